#!/usr/bin/env python3
"""What joins of SQL cost: CPU of the server per row of the large table, of one or two binaries.

    bench/joins.py A [B]             paths of octavo binaries
    bench/joins.py A B --rows 100000 --turns 3

Each server is loaded with a table of so many rows, one of a hundredth and another one as large. Each
query runs in turns (A, B, A, B, …), and the median of its turns counts, as in analytics.py. A query that a
binary refuses shows the error. Needs PyMySQL (the environment of the tests: build/venv/current/bin/python).
"""

from __future__ import annotations

import argparse
import os
import pathlib
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

# pylint: disable=wrong-import-position
import pymysql

from lib.server import Server

TICKS = os.sysconf("SC_CLK_TCK")
BATCH = 1000
CPU_OF_A_TURN = 0.5  # seconds, as ticks are long
REPEATS = 10

TABLES = """
CREATE TABLE big (id INT PRIMARY KEY, small_id INT, other_id INT, v INT, text VARCHAR(40))
CREATE TABLE small (id INT PRIMARY KEY, code INT, v INT, text VARCHAR(40))
CREATE TABLE other (id INT PRIMARY KEY, code INT, v INT, text VARCHAR(40), KEY (code))
"""
SUMS = "SELECT COUNT(*), SUM(r.v) FROM big b"
QUERIES = {
    "a hundredth, by primary key": f"{SUMS} JOIN small r ON r.id = b.small_id",
    "a hundredth, no index": f"{SUMS} JOIN small r ON r.code = b.small_id",
    "as many, by primary key": f"{SUMS} JOIN other r ON r.id = b.other_id",
    "as many, by index": f"{SUMS} JOIN other r ON r.code = b.other_id",
    "as many, no index": f"{SUMS} JOIN other r ON r.v = b.other_id",
    "as many, LEFT JOIN, half match": f"{SUMS} LEFT JOIN other r ON r.id = b.other_id * 2",
    "a tenth of as many, by primary key":
        f"{SUMS} JOIN other r ON r.id = b.other_id WHERE b.small_id < 100",
}


class Side:
    """One binary: its server and a connection."""

    def __init__(self, name: str, program: str):
        self.name = name
        self.server = Server(program=pathlib.Path(program)).start()
        host, port = self.server.addresses["mysql"]
        self.connection = pymysql.connect(host=host, port=port, user="root", autocommit=True)

    def run(self, statement: str) -> tuple:
        with self.connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall()

    def load(self, rows: int) -> None:
        self.run("CREATE DATABASE bench")
        self.run("USE bench")
        for statement in TABLES.split("\n"):
            if statement:
                self.run(statement)
        small = max(rows // 100, 1)
        text = "some words of a row"
        self.fill("big", rows, lambda i: f"({i},{i * 7 % small},{i * 31 % rows},{i % 97},'{text}')")
        self.fill("small", small, lambda i: f"({i},{i},{i % 13},'{text}')")
        self.fill("other", rows, lambda i: f"({i},{i},{i},'{text}')")

    def fill(self, table: str, rows: int, row) -> None:
        for first in range(0, rows, BATCH):
            values = ",".join(row(i) for i in range(first, min(rows, first + BATCH)))
            self.run(f"INSERT INTO {table} VALUES {values}")

    def cpu_s(self) -> float:
        stat = pathlib.Path(f"/proc/{self.server.pid}/stat").read_text(encoding="ascii")
        fields = stat.rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def wait_until_quiet(self) -> None:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            before = self.cpu_s()
            time.sleep(0.3)
            if self.cpu_s() - before < 0.03:
                return

    def turn(self, statement: str, rows: int) -> tuple[float, tuple]:
        """Nanoseconds a row, and the answer."""
        self.wait_until_quiet()
        before, repeats, answer = self.cpu_s(), 0, ()
        while repeats < REPEATS and self.cpu_s() - before < CPU_OF_A_TURN:
            answer = self.run(statement)
            repeats += 1
        return (self.cpu_s() - before) / repeats / rows * 1e9, answer


def measure(sides: list[Side], statement: str, rows: int, turns: int) -> str:
    figures: dict[str, list[float]] = {side.name: [] for side in sides}
    answers: dict[str, tuple] = {}
    refused: dict[str, str] = {}
    for _ in range(turns):
        for side in sides:
            if side.name in refused:
                continue
            try:
                taken, answers[side.name] = side.turn(statement, rows)
                figures[side.name].append(taken)
            except pymysql.Error as error:
                refused[side.name] = str(error)
    text = ""
    medians = {}
    for name, of_side in figures.items():
        if name in refused:
            text += f" {name} refused: {refused[name]}"
            continue
        medians[name] = sorted(of_side)[len(of_side) // 2]
        text += f" {name} {medians[name]:>9,.0f} ns"
    if len(medians) == 2:
        text += f"   B/A {medians['B'] / medians['A']:.3f}"
    if len({str(answer) for answer in answers.values()}) > 1:
        text += f"   answers differ: {answers}"
    return text


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binaries", nargs="+", metavar="BINARY", help="one or two")
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--turns", type=int, default=3)
    options = parser.parse_args()
    sides: list[Side] = []
    wrong = False
    try:
        for name, program in zip("AB", options.binaries):
            sides.append(Side(name, program))
            sides[-1].load(options.rows)
        print(f"{options.rows:,} rows; CPU of the server per row, median of {options.turns}")
        for name, statement in QUERIES.items():
            text = measure(sides, statement, options.rows, options.turns)
            wrong = wrong or "differ" in text
            print(f"{name:36}{text}", flush=True)
    finally:
        for side in sides:
            side.server.close()
    return int(wrong)


if __name__ == "__main__":
    sys.exit(main())
