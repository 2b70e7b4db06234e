#!/usr/bin/env python3
"""Rows that are brought in bulk over MySQL's protocol: the server's CPU for each, Octavo beside MariaDB in turns.

    bench/load.py                           every shape, 60,000 rows of TPC-H's lineitem
    bench/load.py --scale 0.1 lineitem      600,000 rows, one shape
    bench/load.py --folder DIR --alone      rows stay in DIR; without MariaDB

DuckDB makes the rows (bench/tpch.py). Shapes:

    lineitem      LOAD DATA LOCAL into the table with its key of two parts and three foreign keys
    plain         the same without foreign keys
    shuffled      the same, rows in random order
    indexed       the same as plain, with an index of a date and one of two numbers
    insert        INSERT of --batch rows, each a transaction, without foreign keys
    insert-random the same, rows in random order
    insert-begin  the same as insert, all of them in one transaction
    insert-keys   the same as insert, with the three foreign keys

CPU is the server's, all threads, in µs for a row, until a while after the last answer when it is still again;
wall is what the client waits for. The ratio is that of CPU: above 1 Octavo takes more. Both answer a commit
when it is on the disk. The environment of bench/requirements.txt is made where it is missing.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import os
import pathlib
import random
import shutil
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "bench")]

# pylint: disable=wrong-import-position
from lib import mariadb_server, venvs
from lib.mariadb_server import MariadbServer
from lib.server import Server, binary
from tpch import TABLES, Duck

DATABASE = "loaded"
TICKS = os.sysconf("SC_CLK_TCK")
STILL_S = 0.3  # so long without work: the server has done it
TABLE = "lineitem"
PARENTS = [table for table in TABLES if table != TABLE]
PLAIN = TABLES[TABLE].split(",\n        FOREIGN KEY", maxsplit=1)[0]


@dataclasses.dataclass(frozen=True)
class Shape:
    columns: str = PLAIN
    shuffled: bool = False
    statements: bool = False
    begins: bool = False


SHAPES = {
    "lineitem": Shape(columns=TABLES[TABLE]),
    "plain": Shape(),
    "shuffled": Shape(shuffled=True),
    "indexed": Shape(columns=PLAIN + ", INDEX (l_shipdate), INDEX (l_partkey, l_suppkey)"),
    "insert": Shape(statements=True),
    "insert-random": Shape(statements=True, shuffled=True),
    "insert-begin": Shape(statements=True, begins=True),
    "insert-keys": Shape(columns=TABLES[TABLE], statements=True),
}


class Rows:
    """Those of the table: files for LOAD DATA, texts for INSERT."""

    def __init__(self, folder: pathlib.Path, most: int | None, batch: int):
        self.folder = folder
        with open(folder / f"{TABLE}.tsv", encoding="utf-8") as file:
            self.lines = file.readlines()[:most]
        mixed = self.lines[:]
        random.Random(1).shuffle(mixed)
        self.of = {False: self.lines, True: mixed}
        self.batch = batch

    def file(self, shuffled: bool) -> pathlib.Path:
        path = self.folder / f"{TABLE}{'-shuffled' if shuffled else ''}-{len(self.lines)}.part"
        if not path.exists():
            path.write_text("".join(self.of[shuffled]), encoding="utf-8")
        return path

    def statements(self, shuffled: bool) -> list[str]:
        def value(field: str) -> str:
            return field if field.replace(".", "", 1).isdigit() else "'" + field.replace("'", "''") + "'"

        rows = ["(" + ",".join(map(value, line.rstrip("\n").split("\t"))) + ")" for line in self.of[shuffled]]
        return [f"INSERT INTO {TABLE} VALUES " + ",".join(rows[at:at + self.batch])
                for at in range(0, len(rows), self.batch)]


class Side:
    """A server that runs."""

    def __init__(self, name: str, port: int, user: str, pid: int):
        self.name, self.pid = name, pid
        self.connection = __import__("pymysql").connect(
            host="127.0.0.1", port=port, user=user, autocommit=True, local_infile=True, charset="utf8mb4")

    def execute(self, statement: str) -> int:
        with self.connection.cursor() as cursor:
            return cursor.execute(statement)

    def prepare(self, folder: pathlib.Path) -> None:
        self.execute(f"CREATE DATABASE {DATABASE}")
        self.execute(f"USE {DATABASE}")
        for table in PARENTS:
            self.execute(f"CREATE TABLE {table} ({TABLES[table]})")
            self.execute(f"LOAD DATA LOCAL INFILE '{folder / table}.tsv' INTO TABLE {table}")

    def cpu_s(self) -> float:
        stat = pathlib.Path(f"/proc/{self.pid}/stat").read_text(encoding="ascii")
        fields = stat.rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def still_cpu_s(self, limit_s: float = 30.0) -> float:
        deadline = time.monotonic() + limit_s
        before = self.cpu_s()
        while time.monotonic() < deadline:
            time.sleep(STILL_S)
            now = self.cpu_s()
            if now - before <= 0.02:
                return now
            before = now
        return before

    def turn(self, shape: Shape, rows: Rows) -> tuple[float, float]:
        """µs of CPU and µs of waiting, for a row."""
        self.execute(f"DROP TABLE IF EXISTS {TABLE}")
        self.execute(f"CREATE TABLE {TABLE} ({shape.columns})")
        if shape.statements:
            statements = rows.statements(shape.shuffled)
        else:
            statements = [f"LOAD DATA LOCAL INFILE '{rows.file(shape.shuffled)}' INTO TABLE {TABLE}"]
        cpu, began = self.still_cpu_s(), time.perf_counter()
        if shape.begins:
            self.execute("BEGIN")
        affected = sum(self.execute(statement) for statement in statements)
        if shape.begins:
            self.execute("COMMIT")
        wall = time.perf_counter() - began
        cpu = self.still_cpu_s() - cpu
        if affected != len(rows.lines):
            raise RuntimeError(f"{self.name} has taken {affected} of {len(rows.lines)} rows")
        return cpu * 1e6 / affected, wall * 1e6 / affected


def show(name: str, best: dict[str, tuple[float, float]]) -> None:
    text = f"{name:14}"
    for side, (cpu, wall) in best.items():
        text += f"   {side} {cpu:7.1f} us CPU {wall:7.1f} us wall"
    if len(best) == 2:
        ours, theirs = best.values()
        text += f"   ratio {ours[0] / theirs[0]:.2f}"
    print(text, flush=True)


def compare(options, folder: pathlib.Path) -> None:
    if not (folder / f"{TABLE}.tsv").exists():
        duck = Duck(folder, options.scale, 1)
        duck.write(folder)
        duck.close()
    rows = Rows(folder, options.rows, options.batch)
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(Server(program=pathlib.Path(options.binary),
                                            arguments=("--mysql-local-infile", "on")))
        sides = [Side("Octavo", server.port("mysql"), "root", server.pid)]
        if not options.alone and mariadb_server.installed():
            peer = stack.enter_context(MariadbServer(
                "--innodb-buffer-pool-size=2G", "--innodb-flush-log-at-trx-commit=1", "--skip-log-bin",
                "--max-allowed-packet=64M", "--local-infile=1", "--character-set-server=utf8mb4"))
            sides.append(Side("MariaDB", peer.port, mariadb_server.USER, peer.process.pid))
        for side in sides:
            side.prepare(folder)
        print(f"{len(rows.lines):,} rows, {options.batch} of them in an INSERT", flush=True)
        for name in options.shapes or SHAPES:
            best: dict[str, tuple[float, float]] = {}
            for _ in range(options.turns):
                for side in sides:
                    taken = side.turn(SHAPES[name], rows)
                    best[side.name] = min(taken, best.get(side.name, taken))
            show(name, best)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shapes", nargs="*", metavar="SHAPE", choices=[[], *SHAPES])
    parser.add_argument("--scale", type=float, default=0.01)
    parser.add_argument("--rows", type=int, help="no more of them than so many")
    parser.add_argument("--batch", type=int, default=500)
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--folder", type=pathlib.Path, help="where the rows stay")
    parser.add_argument("--binary", default=str(binary()))
    parser.add_argument("--alone", action="store_true", help="without MariaDB")
    options = parser.parse_args()
    wanted = venvs.python("bench")
    if pathlib.Path(sys.prefix) != wanted.parents[1]:
        os.execv(wanted, [str(wanted), *sys.argv])
    folder = options.folder or pathlib.Path(tempfile.mkdtemp(prefix="octavo-load-"))
    folder.mkdir(parents=True, exist_ok=True)
    try:
        compare(options, folder.resolve())
        return 0
    finally:
        if options.folder is None:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
