#!/usr/bin/env python3
"""sysbench's oltp tests over the MySQL protocol, Octavo beside MariaDB in turns.

    bench/sysbench.py                          every test, 1, 8 and 64 threads
    bench/sysbench.py point_select write_only --threads 1,8 --seconds 5
    bench/sysbench.py --binary A --mode disable

Both servers have the same tables (--tables of --rows rows each), the same room for rows in memory
(--buffer MiB: innodb_buffer_pool_size, and half of Octavo's --memory) and the same durability: a
commit is answered when it is on the disk (innodb_flush_log_at_trx_commit = 1; tables of MySQL's
clients promise it in Octavo).

Each test runs in turns (Octavo, MariaDB, Octavo, …); the median of --turns counts. A ratio above 1
means that Octavo is faster. Errors are what sysbench ignores and counts: deadlocks, lock waits and
duplicate keys; it runs such a transaction again. CPU is the server's for a transaction. Needs
sysbench and, for the ratios, mariadbd.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

# pylint: disable=wrong-import-position
from lib import mariadb_server
from lib.mariadb_server import MariadbServer
from lib.server import DEFAULT_BINARY, Server

TESTS = ("point_select", "read_only", "read_write", "write_only", "insert", "update_index",
         "update_non_index", "delete")
RESULTS = ROOT / "build" / "bench" / "sysbench.json"
DATABASE = "sbtest"
TICKS = os.sysconf("SC_CLK_TCK")


class Side:
    """A server that runs, as sysbench reaches it."""

    def __init__(self, name: str, port: int, user: str, pid: int, options: argparse.Namespace):
        self.name, self.port, self.user, self.pid = name, port, user, pid
        self.options = options

    def statement(self, text: str) -> None:
        subprocess.run(["mariadb", "--no-defaults", "-h", "127.0.0.1", "-P", str(self.port), "-u", self.user,
                        "-e", text], check=True)

    def sysbench(self, test: str, command: str, *more: str) -> str:
        done = subprocess.run(
            ["sysbench", f"oltp_{test}", "--db-driver=mysql", "--mysql-host=127.0.0.1",
             f"--mysql-port={self.port}", f"--mysql-user={self.user}", f"--mysql-db={DATABASE}",
             f"--tables={self.options.tables}", f"--table-size={self.options.rows}",
             f"--db-ps-mode={self.options.mode}", "--rand-type=uniform", *more, command],
            check=False, capture_output=True, text=True, timeout=900)
        if done.returncode != 0:
            lines = [line for line in done.stdout.splitlines() if "FATAL" in line]
            raise RuntimeError("; ".join(lines[:2]) or done.stderr or done.stdout)
        return done.stdout

    def prepare(self) -> None:
        self.statement(f"CREATE DATABASE {DATABASE}")
        self.sysbench("read_write", "prepare")

    def cpu_s(self) -> float:
        stat = pathlib.Path(f"/proc/{self.pid}/stat").read_text(encoding="ascii")
        fields = stat.rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def turn(self, test: str, threads: int) -> dict:
        before = self.cpu_s()
        text = self.sysbench(test, "run", f"--threads={threads}", f"--time={self.options.seconds}",
                             "--report-interval=0", "--percentile=99")
        cpu = self.cpu_s() - before
        number = r"\s+(\d+)\s+\(([\d.]+) per sec"
        done = re.search(r"transactions:" + number, text)
        errors = re.search(r"ignored errors:" + number, text)
        return {"per_second": float(done[2]), "errors": int(errors[1]),
                "p99_ms": float(re.search(r"99th percentile:\s+([\d.]+)", text)[1]),
                "cpu_us": cpu / max(int(done[1]), 1) * 1e6}


def median(turns: list[dict]) -> dict:
    return sorted(turns, key=lambda turn: turn["per_second"])[len(turns) // 2]


def measure(sides: list[Side], test: str, threads: int, turns: int) -> dict:
    of_sides: dict[str, list[dict]] = {side.name: [] for side in sides}
    for _ in range(turns):
        for side in sides:
            of_sides[side.name].append(side.turn(test, threads))
    return {name: median(each) for name, each in of_sides.items()}


def show(test: str, threads: int, figures: dict) -> None:
    text = f"{test:18} {threads:>3} threads"
    for name, each in figures.items():
        text += (f"   {name} {each['per_second']:>9,.0f}/s p99 {each['p99_ms']:>6.2f} ms"
                 f" {each['cpu_us']:>6,.0f} us CPU")
        if each["errors"]:
            text += f" ({each['errors']} errors)"
    if len(figures) == 2:
        ours, theirs = figures.values()
        text += f"   ratio {ours['per_second'] / theirs['per_second']:.2f}"
    print(text, flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tests", nargs="*", help=", ".join(TESTS))
    parser.add_argument("--binary", default=str(DEFAULT_BINARY))
    parser.add_argument("--threads", default="1,8,64")
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--tables", type=int, default=4)
    parser.add_argument("--rows", type=int, default=25_000)
    parser.add_argument("--buffer", type=int, default=1024, help="MiB")
    parser.add_argument("--mode", choices=("auto", "disable"), default="auto",
                        help="auto: prepared statements; disable: texts")
    parser.add_argument("--alone", action="store_true", help="without MariaDB")
    options = parser.parse_args()
    results = {}
    print(f"{options.tables} tables of {options.rows:,} rows, commits on disk, "
          f"{'prepared statements' if options.mode == 'auto' else 'texts'}")
    with Server(program=pathlib.Path(options.binary),
                arguments=("--memory", f"{2 * options.buffer}MiB")) as server:
        ours = Side("Octavo", server.port("mysql"), "root", server.pid, options)
        ours.prepare()
        peer = MariadbServer(f"--innodb-buffer-pool-size={options.buffer}M",
                             "--innodb-flush-log-at-trx-commit=1", "--innodb-log-file-size=256M",
                             "--skip-log-bin",
                             "--max-connections=200",
                             "--character-set-server=utf8mb4")
        with contextlib.ExitStack() as stack:
            sides = [ours]
            if not options.alone and mariadb_server.installed():
                stack.enter_context(peer)
                sides.append(Side("MariaDB", peer.port, mariadb_server.USER, peer.process.pid, options))
                sides[1].prepare()
            for test in options.tests or TESTS:
                for threads in map(int, options.threads.split(",")):
                    try:
                        figures = measure(sides, test, threads, options.turns)
                    except RuntimeError as error:
                        print(f"{test:18} {threads:>3} threads   fails: {error}", flush=True)
                        continue
                    results[f"{test} {threads}"] = figures
                    show(test, threads, figures)
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    RESULTS.write_text(json.dumps(results, indent=1), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
