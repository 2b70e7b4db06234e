#!/usr/bin/env python3
"""TPC-H: its 22 queries over MySQL's protocol, their answers compared with DuckDB's over the same rows.

    bench/tpch.py                                  scale 0.01, the release binary beside DuckDB
    bench/tpch.py --scale 0.1 --mariadb            and beside MariaDB (`mariadbd` of the system)
    bench/tpch.py --folder DIR 3 18                rows and servers' files stay in DIR; queries 3 and 18
    bench/tpch.py --address HOST:PORT --loaded     a server that runs, whose database `tpch` is there

DuckDB makes the rows (its extension `tpch`, scale and seed as usual). Tables have their primary and foreign
keys. Each query runs `--turns` times on each side in turns, and the best one counts: what the client waits
for, rows included. A ratio of 2 means that Octavo takes twice as long. The environment of bench/requirements.txt
is made where it is missing.
"""

from __future__ import annotations

import argparse
import datetime
import decimal
import math
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

# pylint: disable=wrong-import-position
from lib import venvs
from lib.server import Server, binary

DATABASE = "tpch"
TABLES = {
    "region": """r_regionkey INT NOT NULL, r_name CHAR(25) NOT NULL, r_comment VARCHAR(152) NOT NULL,
        PRIMARY KEY (r_regionkey)""",
    "nation": """n_nationkey INT NOT NULL, n_name CHAR(25) NOT NULL, n_regionkey INT NOT NULL,
        n_comment VARCHAR(152) NOT NULL, PRIMARY KEY (n_nationkey),
        FOREIGN KEY (n_regionkey) REFERENCES region (r_regionkey)""",
    "supplier": """s_suppkey INT NOT NULL, s_name CHAR(25) NOT NULL, s_address VARCHAR(40) NOT NULL,
        s_nationkey INT NOT NULL, s_phone CHAR(15) NOT NULL, s_acctbal DECIMAL(15,2) NOT NULL,
        s_comment VARCHAR(101) NOT NULL, PRIMARY KEY (s_suppkey),
        FOREIGN KEY (s_nationkey) REFERENCES nation (n_nationkey)""",
    "part": """p_partkey INT NOT NULL, p_name VARCHAR(55) NOT NULL, p_mfgr CHAR(25) NOT NULL,
        p_brand CHAR(10) NOT NULL, p_type VARCHAR(25) NOT NULL, p_size INT NOT NULL,
        p_container CHAR(10) NOT NULL, p_retailprice DECIMAL(15,2) NOT NULL, p_comment VARCHAR(23) NOT NULL,
        PRIMARY KEY (p_partkey)""",
    "partsupp": """ps_partkey INT NOT NULL, ps_suppkey INT NOT NULL, ps_availqty INT NOT NULL,
        ps_supplycost DECIMAL(15,2) NOT NULL, ps_comment VARCHAR(199) NOT NULL,
        PRIMARY KEY (ps_partkey, ps_suppkey),
        FOREIGN KEY (ps_partkey) REFERENCES part (p_partkey),
        FOREIGN KEY (ps_suppkey) REFERENCES supplier (s_suppkey)""",
    "customer": """c_custkey INT NOT NULL, c_name VARCHAR(25) NOT NULL, c_address VARCHAR(40) NOT NULL,
        c_nationkey INT NOT NULL, c_phone CHAR(15) NOT NULL, c_acctbal DECIMAL(15,2) NOT NULL,
        c_mktsegment CHAR(10) NOT NULL, c_comment VARCHAR(117) NOT NULL, PRIMARY KEY (c_custkey),
        FOREIGN KEY (c_nationkey) REFERENCES nation (n_nationkey)""",
    "orders": """o_orderkey INT NOT NULL, o_custkey INT NOT NULL, o_orderstatus CHAR(1) NOT NULL,
        o_totalprice DECIMAL(15,2) NOT NULL, o_orderdate DATE NOT NULL, o_orderpriority CHAR(15) NOT NULL,
        o_clerk CHAR(15) NOT NULL, o_shippriority INT NOT NULL, o_comment VARCHAR(79) NOT NULL,
        PRIMARY KEY (o_orderkey), FOREIGN KEY (o_custkey) REFERENCES customer (c_custkey)""",
    "lineitem": """l_orderkey INT NOT NULL, l_partkey INT NOT NULL, l_suppkey INT NOT NULL,
        l_linenumber INT NOT NULL, l_quantity DECIMAL(15,2) NOT NULL, l_extendedprice DECIMAL(15,2) NOT NULL,
        l_discount DECIMAL(15,2) NOT NULL, l_tax DECIMAL(15,2) NOT NULL, l_returnflag CHAR(1) NOT NULL,
        l_linestatus CHAR(1) NOT NULL, l_shipdate DATE NOT NULL, l_commitdate DATE NOT NULL,
        l_receiptdate DATE NOT NULL, l_shipinstruct CHAR(25) NOT NULL, l_shipmode CHAR(10) NOT NULL,
        l_comment VARCHAR(44) NOT NULL, PRIMARY KEY (l_orderkey, l_linenumber),
        FOREIGN KEY (l_orderkey) REFERENCES orders (o_orderkey),
        FOREIGN KEY (l_partkey, l_suppkey) REFERENCES partsupp (ps_partkey, ps_suppkey),
        FOREIGN KEY (l_suppkey) REFERENCES supplier (s_suppkey)""",
}
# The same as DuckDB's, in words that MariaDB knows.
QUERIES = {
    13: """SELECT c_count, count(*) AS custdist
        FROM (SELECT c_custkey, count(o_orderkey) AS c_count
              FROM customer LEFT OUTER JOIN orders
                ON c_custkey = o_custkey AND o_comment NOT LIKE '%special%requests%'
              GROUP BY c_custkey) AS c_orders
        GROUP BY c_count ORDER BY custdist DESC, c_count DESC""",
}
# What averages and quotients of decimals are rounded to differs, and DuckDB's averages are doubles.
RELATIVE, ABSOLUTE = 1e-6, 1e-4


class Duck:
    """The rows, the queries and the answers that count."""

    name = "DuckDB"

    def __init__(self, folder: pathlib.Path, scale: float, threads: int):
        self.driver = __import__("duckdb")
        path = folder / "rows.duckdb"
        fresh = not path.exists()
        self.connection = self.driver.connect(str(path))
        self.connection.execute("LOAD tpch")
        self.connection.execute(f"SET threads = {threads}")
        if fresh:
            self.connection.execute(f"CALL dbgen(sf = {scale})")

    def queries(self) -> dict[int, str]:
        own = self.connection.execute("SELECT query_nr, query FROM tpch_queries()").fetchall()
        return {**dict(own), **QUERIES}

    def write(self, folder: pathlib.Path) -> None:
        for table in TABLES:
            self.connection.execute(
                f"COPY {table} TO '{folder / table}.tsv' (DELIMITER '\t', HEADER false, QUOTE '')")

    def run(self, query: str) -> list[tuple]:
        return self.connection.execute(query).fetchall()

    def close(self) -> None:
        self.connection.close()


class MySQL:
    """A server that speaks MySQL's protocol."""

    def __init__(self, name: str, limit_s: float, **address):
        self.name = name
        self.driver = __import__("pymysql")
        self.limit_s = limit_s
        self.address = address
        self.connection = None

    def execute(self, statement: str) -> list[tuple]:
        if self.connection is None:
            self.connection = self.driver.connect(user="root", autocommit=True, local_infile=True,
                                                  charset="utf8mb4", **self.address)
        with self.connection.cursor() as cursor:
            cursor.execute(statement)
            return list(cursor.fetchall())

    def load(self, folder: pathlib.Path) -> None:
        self.execute(f"DROP DATABASE IF EXISTS {DATABASE}")
        self.execute(f"CREATE DATABASE {DATABASE}")
        self.execute(f"USE {DATABASE}")
        for table, columns in TABLES.items():
            self.execute(f"CREATE TABLE {table} ({columns})")
            self.execute(f"LOAD DATA LOCAL INFILE '{folder / table}.tsv' INTO TABLE {table}")

    def use(self) -> None:
        self.connection = None
        self.execute(f"USE {DATABASE}")
        self.connection._read_timeout = self.limit_s  # pylint: disable=protected-access

    def run(self, query: str) -> list[tuple]:
        if self.connection is None:
            self.use()
        try:
            return self.execute(query)
        except (self.driver.err.OperationalError, OSError) as error:
            if isinstance(error, OSError) or error.args[0] in (0, 2006, 2013):
                self.connection = None  # and with it the query
            raise

    def close(self) -> None:
        if self.connection is not None:
            self.connection.close()


class MariaDB:
    """`mariadbd` over a folder of its own."""

    def __init__(self, folder: pathlib.Path):
        self.socket = folder / "mariadb.sock"
        data = folder / "mariadb"
        self.fresh = not data.exists()
        user = ["--user=root"] if os.geteuid() == 0 else []
        if self.fresh:
            subprocess.run(["mariadb-install-db", f"--datadir={data}", "--auth-root-authentication-method=normal",
                            *user], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.process = subprocess.Popen(  # pylint: disable=consider-using-with
            ["mariadbd", "--no-defaults", f"--datadir={data}", f"--socket={self.socket}", "--skip-networking",
             "--innodb-buffer-pool-size=4G", "--local-infile=1", f"--pid-file={folder / 'mariadb.pid'}", *user],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 60
        while not self.socket.exists():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("mariadbd does not start")
            time.sleep(0.1)

    def close(self) -> None:
        self.process.terminate()
        self.process.wait()


def plain(value):
    """Numbers as numbers, times as texts."""
    if isinstance(value, (decimal.Decimal, int)):
        return float(value)
    if isinstance(value, (datetime.date, datetime.datetime)):
        return value.isoformat()
    return value


def same_value(a, b) -> bool:
    a, b = plain(a), plain(b)
    if isinstance(a, float) and isinstance(b, float):
        return math.isclose(a, b, rel_tol=RELATIVE, abs_tol=ABSOLUTE)
    return a == b


def difference(expected: list[tuple], got: list[tuple]) -> str | None:
    if len(expected) != len(got):
        return f"{len(got)} rows, not {len(expected)}"
    for number, (row, other) in enumerate(zip(expected, got)):
        if len(row) != len(other) or not all(map(same_value, row, other)):
            return f"row {number}: {other}, not {row}"
    return None


def timed(side, query: str) -> tuple[float, list[tuple] | str]:
    before = time.perf_counter()
    try:
        rows = side.run(query)
    except (side.driver.Error, OSError) as error:
        rows = " ".join(str(part) for part in error.args)
    return time.perf_counter() - before, rows


def measure(sides: list, number: int, query: str, turns: int) -> tuple[dict[str, float], list[str]]:
    best: dict[str, float] = {}
    answers: dict[str, list[tuple] | str] = {}
    for _ in range(turns):
        for side in sides:
            if isinstance(answers.get(side.name), str):
                continue
            taken, answers[side.name] = timed(side, query)
            if not isinstance(answers[side.name], str):
                best[side.name] = min(taken, best.get(side.name, taken))
    complaints = []
    for name, answer in answers.items():
        why = answer if isinstance(answer, str) else difference(answers[Duck.name], answer)
        if why:
            complaints.append(f"Q{number} {name}: {why}")
    return best, complaints


def line(label: str, best: dict[str, float], others: list[str]) -> str:
    own = best.get("Octavo")
    text = f"{label:<6}" + (f"{own * 1e3:>11,.1f} ms" if own is not None else f"{'—':>14}")
    for name in others:
        other = best.get(name)
        if other is None:
            text += f"{'—':>14}{'':>9}"
        else:
            text += f"{other * 1e3:>11,.1f} ms" + (f"{own / other:>9.2f}" if own is not None else f"{'':>9}")
    return text


def report(sides: list, queries: dict[int, str], turns: int) -> int:
    others = [side.name for side in sides if side.name != "Octavo"]
    print(f"{'':6}{'Octavo':>14}" + "".join(f"{name:>14}{'ratio':>9}" for name in others), flush=True)
    total: dict[str, float] = {side.name: 0.0 for side in sides}
    logs: dict[str, list[float]] = {name: [] for name in others}
    wrong: list[str] = []
    counted = 0
    for number, query in queries.items():
        best, complaints = measure(sides, number, query, turns)
        wrong += complaints
        print(line(f"Q{number}", best, others) + ("   WRONG" if complaints else ""), flush=True)
        for name in others:
            if name in best and "Octavo" in best:
                logs[name].append(math.log(best["Octavo"] / best[name]))
        if len(best) == len(sides):
            counted += 1
            for name, taken in best.items():
                total[name] += taken
    print(line("total", total, others) + f"   of {counted} that ended everywhere")
    for name, ratios in logs.items():
        if ratios:
            print(f"geometric mean of the ratios to {name}: {math.exp(sum(ratios) / len(ratios)):.2f}")
    for complaint in wrong:
        print(complaint[:600])
    return len(wrong)


def address_of(options, server: Server | None) -> dict:
    if server is not None:
        host, port = server.addresses["mysql"]
        return {"host": host, "port": port}
    host, _, port = options.address.rpartition(":")
    return {"host": host, "port": int(port)}


def compare(options, folder: pathlib.Path) -> int:
    duck = Duck(folder, options.scale, options.threads)
    queries = duck.queries()
    if options.queries:
        queries = {number: queries[number] for number in options.queries}
    closing: list = [duck]
    try:
        data = folder / "octavo"
        loaded = options.loaded or (options.address is None and data.exists())
        if not (folder / "lineitem.tsv").exists():
            duck.write(folder)
        server = None
        if options.address is None:
            server = Server(data=data, arguments=("--mysql-local-infile", "on"),
                            program=pathlib.Path(options.binary)).start()
            closing.insert(0, server)
        sides = [MySQL("Octavo", options.limit, **address_of(options, server)), duck]
        fill(sides[0], folder, loaded)
        if options.mariadb:
            mariadb = MariaDB(folder)
            closing.insert(0, mariadb)
            sides.append(MySQL("MariaDB", options.limit, unix_socket=str(mariadb.socket)))
            fill(sides[-1], folder, not mariadb.fresh)
            for table in TABLES if mariadb.fresh else ():
                sides[-1].execute(f"ANALYZE TABLE {table}")
        for side in sides:
            if isinstance(side, MySQL):
                side.use()
        return report(sides, queries, options.turns)
    finally:
        for one in closing:
            one.close()


def fill(side: MySQL, folder: pathlib.Path, loaded: bool) -> None:
    if loaded:
        return
    before = time.perf_counter()
    side.load(folder)
    print(f"{side.name} was loaded in {time.perf_counter() - before:.1f} s", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("queries", nargs="*", type=int, metavar="QUERY")
    parser.add_argument("--scale", type=float, default=0.01)
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--limit", type=float, default=120.0, help="seconds for a query; default 120")
    parser.add_argument("--threads", type=int, default=1, help="of DuckDB; default 1")
    parser.add_argument("--folder", type=pathlib.Path, help="where the rows and servers' files stay")
    parser.add_argument("--binary", default=str(binary()))
    parser.add_argument("--address", help="host:port of a running server")
    parser.add_argument("--loaded", action="store_true", help="that server has the rows already")
    parser.add_argument("--mariadb", action="store_true")
    options = parser.parse_args()
    wanted = venvs.python("bench")
    if pathlib.Path(sys.prefix) != wanted.parents[1]:
        os.execv(wanted, [str(wanted), *sys.argv])

    folder = options.folder or pathlib.Path(tempfile.mkdtemp(prefix="octavo-tpch-"))
    folder.mkdir(parents=True, exist_ok=True)
    try:
        return int(compare(options, folder.resolve()) != 0)
    finally:
        if options.folder is None:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
