#!/usr/bin/env python3
"""The executor alone over columns in memory, beside DuckDB with the same rows in memory, one thread each.

    bench/executor.py                    all queries
    bench/executor.py --only group       those with that in their names
    bench/executor.py --before BINARY    an earlier executor_bench as well

Octavo's side is build/release/bin/executor_bench: plans as the binder of SQL makes them, the operators that are
built of a plan, rows given out as values. DuckDB's rows go to numpy. Both make their rows of the same numbers
(`mixed`), and the sums of what they answer are compared. Processor time, in turns, of which the least counts; a
ratio above 1 means that Octavo takes longer. All figures go to build/bench/executor.json. Ends with 1 when the
answers differ.
"""

from __future__ import annotations

import argparse
import json
import os
import pathlib
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

# pylint: disable=wrong-import-position
from lib import venvs

BINARY = ROOT / "build" / "release" / "bin" / "executor_bench"
RESULTS = ROOT / "build" / "bench" / "executor.json"
ROWS = 4_000_000
KEYS = 1_000_000
REPEATS = 3  # of DuckDB's queries in a turn

# By the names of executor_bench. Groups leave in the order of their keys there, which costs it what it costs.
QUERIES = {
    "filter_sum": "SELECT sum(price), count(*) FROM facts WHERE amount > 1000 AND few < 30",
    "group_few": "SELECT few, sum(amount), count(*) FROM facts GROUP BY few",
    "group_many": "SELECT many, sum(amount), count(*) FROM facts GROUP BY many",
    "group_texts": "SELECT name, sum(price), count(*) FROM facts GROUP BY name",
    "hash_join": "SELECT sum(amount), sum(weight) FROM facts JOIN parts ON many = part",
    "sort": "SELECT many, amount FROM facts ORDER BY many, id",
    "sort_texts": "SELECT name, amount FROM facts ORDER BY name, id",
    "top_100": "SELECT price, id FROM facts ORDER BY price, id LIMIT 100",
}


class DuckDB:
    def __init__(self) -> None:
        self.connection = __import__("duckdb").connect(":memory:")
        self.run("SET threads = 1")
        self.run(f"""CREATE TABLE facts AS
            WITH spread AS (SELECT i, i * 2654435761 % 4294967296 AS s FROM range({ROWS}) AS r(i)),
                 mixed AS (SELECT i, xor(s, s >> 15) * 1181783497 % 4294967296 AS m FROM spread)
            SELECT i AS id, m % 100 AS few, m // 8 % {KEYS} AS many, m % 10007 AS amount,
                   (m % 100000)::DOUBLE / 8 AS price, 'name ' || (m // 4 % 5000) AS name FROM mixed ORDER BY i""")
        self.run(f"""CREATE TABLE parts AS
            WITH spread AS (SELECT i, i * 2654435761 % 4294967296 AS s FROM range({KEYS}) AS r(i)),
                 mixed AS (SELECT i, xor(s, s >> 15) * 1181783497 % 4294967296 AS m FROM spread)
            SELECT i * 7 % {KEYS} AS part, m % 1000 AS weight FROM mixed ORDER BY i""")

    def run(self, text: str) -> dict:
        return self.connection.execute(text).fetchnumpy()

    def milliseconds(self, text: str) -> float:
        best = float("inf")
        for _ in range(REPEATS):
            before = time.process_time()
            self.run(text)
            best = min(best, time.process_time() - before)
        return best * 1000

    def check(self, text: str) -> tuple[int, float]:
        """How many rows, and the sum that executor_bench makes of them."""
        columns = list(self.run(text).values())
        rows = len(columns[0])
        numbers = sum(float(column.astype(float).sum()) for column in columns if column.dtype != object)
        full, rest = divmod(rows, 1000)
        return rows, numbers + full * 499_500 + rest * (rest + 1) // 2


def octavo(binary: pathlib.Path, name: str) -> tuple[float, int, float]:
    done = subprocess.run([str(binary), f"--benchmark_filter=^query/{name}$", "--benchmark_format=json"],
                          check=True, capture_output=True, text=True)
    found = json.loads(done.stdout)["benchmarks"][0]
    return found["cpu_time"], int(found["rows"]), found["check"]


def measure(name: str, text: str, duck: DuckDB, options: argparse.Namespace) -> dict:
    programs = {"octavo": BINARY} | ({"before": options.before} if options.before else {})
    best = dict.fromkeys([*programs, "duckdb"], float("inf"))
    rows, check = duck.check(text)
    same = True
    for _ in range(options.turns):
        best["duckdb"] = min(best["duckdb"], duck.milliseconds(text))
        for who, program in programs.items():
            took, its_rows, its_check = octavo(program, name)
            best[who] = min(best[who], took)
            same = same and its_rows == rows and abs(its_check - check) <= abs(check) * 1e-9
    return best | {"rows": rows, "same": same}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="")
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--before", type=pathlib.Path, metavar="BINARY")
    options = parser.parse_args()
    wanted = venvs.python("bench")
    if pathlib.Path(sys.prefix) != wanted.parents[1]:
        os.execv(wanted, [str(wanted), *sys.argv])

    duck = DuckDB()
    results = {}
    for name, text in QUERIES.items():
        if options.only not in name:
            continue
        results[name] = found = measure(name, text, duck, options)
        before = f"   before {found['before']:>7,.0f} ms" if options.before else ""
        print(f"{name:12} {found['octavo']:>7,.0f} ms   DuckDB {found['duckdb']:>7,.0f} ms   ratio "
              f"{found['octavo'] / found['duckdb']:>5.2f}{before}{'' if found['same'] else '   DIFFERENT'}",
              flush=True)
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    RESULTS.write_text(json.dumps(results, indent=1), encoding="utf-8")
    return int(not all(found["same"] for found in results.values()))


if __name__ == "__main__":
    sys.exit(main())
