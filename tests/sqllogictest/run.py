#!/usr/bin/env python3
"""Runs files of sqllogictest over PyMySQL.

    run.py                              the files of own/, against a server of its own
    run.py --corpus DIR [--sample 1]    the corpus: DIR is the folder `test` of a copy of
                                        github.com/gregrahn/sqllogictest. All of select1 to 5 and evidence/,
                                        and of index/ and random/ a sample in per cent
    run.py --address HOST:PORT …        against a server that runs (user root); its database `slt` is lost
    run.py … [NAME …]                   only files whose path contains a NAME

What fails must be in known_failures.txt with its reason, and what is there must fail; the case is the line of
the statement.
"""

from __future__ import annotations

import argparse
import os
import pathlib
import random
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent), str(HERE.parent / "conformance")]

# pylint: disable=wrong-import-position
import known_failures
import script
from lib import venvs
from lib.patience import patient
from lib.server import Server, StartError, binary

OWN = HERE / "own"
KNOWN = HERE / "known_failures.txt"
ENGINE = "mysql"
SEED = 1
LOST = (2006, 2013, 2014, 2055)  # PyMySQL's errors of a connection that is gone


class Connection:
    """A connection that comes again after the server has closed it."""

    def __init__(self, address: tuple[str, int]):
        self.address = address
        self.driver = __import__("pymysql")
        self.open = None
        self.database = False

    def run(self, sql: str) -> tuple[int, tuple]:
        """The number of columns and the rows, as texts."""
        if self.open is None:
            # Without conversions, each value is the text that came.
            self.open = self.driver.connect(
                host=self.address[0], port=self.address[1], user="root", password="", charset="utf8mb4",
                autocommit=True, conv={}, read_timeout=patient(120), init_command=None,
                database="slt" if self.database else None)
            # The corpus is older than this mode's default; some queries name columns beside aggregates.
            self.run("SET SESSION sql_mode = REPLACE(@@sql_mode, 'ONLY_FULL_GROUP_BY', '')")
        try:
            with self.open.cursor() as cursor:
                cursor.execute(sql)
                return len(cursor.description or ()), cursor.fetchall()
        except (self.driver.err.MySQLError, OSError) as error:
            if isinstance(error, OSError) or (error.args and error.args[0] in LOST):
                self.close()
            raise

    def fresh(self) -> None:
        """A new connection to an empty database."""
        self.close()
        self.database = False
        self.run("DROP DATABASE IF EXISTS slt")
        self.run("CREATE DATABASE slt")
        self.run("USE slt")
        self.database = True

    def close(self) -> None:
        if self.open is not None:
            try:
                self.open.close()
            except self.driver.err.MySQLError:
                pass
            self.open = None


def failure(connection: Connection, record: script.Record, labels: dict[str, str]) -> str | None:
    """What is wrong with a record, or None."""
    try:
        columns, rows = connection.run(record.sql)
    except (connection.driver.err.MySQLError, OSError) as error:
        return None if record.must_fail else " ".join(str(part) for part in error.args)
    if record.must_fail:
        return "succeeded"
    if record.types is None:
        return None
    if columns != len(record.types):
        return f"expected {len(record.types)} columns, got {columns}"
    shown = [[script.shown(value, kind) for value, kind in zip(row, record.types)] for row in rows]
    values = script.arrange(shown, record.sort)
    if record.label and labels.setdefault(record.label, script.digest(values)) != script.digest(values):
        return f"another result than that of an earlier {record.label}"
    return script.difference(record, values)


def run_file(connection: Connection, path: pathlib.Path, name: str) -> dict:
    connection.fresh()
    labels: dict[str, str] = {}
    results = {}
    for record in script.read(path, ENGINE):
        why = failure(connection, record, labels)
        results[(name, str(record.line))] = why and f"{why} — {' '.join(record.sql.split())}"
    return results


def chosen(options) -> list[tuple[pathlib.Path, str]]:
    """Files and their names."""
    if options.corpus is None:
        files = [(path, f"own/{path.name}") for path in sorted(OWN.glob("*.test"))]
    else:
        every = sorted(options.corpus.rglob("*.test"))
        if not every:
            sys.exit(f"no .test files in {options.corpus}")
        named = [(path, path.relative_to(options.corpus).as_posix()) for path in every]
        large = [one for one in named if one[1].startswith(("index/", "random/"))]
        share = min(len(large), max(1, round(len(large) * options.sample / 100))) if large else 0
        sample = set(random.Random(options.seed).sample([name for _, name in large], share))
        files = [one for one in named if one not in large or one[1] in sample]
    return [one for one in files if not options.names or any(name in one[1] for name in options.names)]


def run(address: tuple[str, int], files: list[tuple[pathlib.Path, str]]) -> dict:
    connection = Connection(address)
    results: dict[tuple[str, str], str | None] = {}
    for path, name in files:
        started = time.monotonic()
        of_file = run_file(connection, path, name)
        bad = sum(why is not None for why in of_file.values())
        print(f"{name}: {len(of_file) - bad} passed, {bad} failed ({time.monotonic() - started:.1f} s)",
              flush=True)
        results.update(of_file)
    connection.close()
    return results


def report(results: dict, options) -> int:
    known = known_failures.load(KNOWN)
    if options.update_known:
        known_failures.update(KNOWN, known, results)
        known = known_failures.load(KNOWN)
    verdict = known_failures.judge(known, results)
    for file, case, why in verdict.unexpected_failures[:options.show]:
        print(f"FAIL {file}:{case}: {why[:400]}")
    for file, case in verdict.unexpected_passes[:options.show]:
        print(f"PASSES, but is listed: {file}:{case}")
    failed = len(verdict.unexpected_failures) + len(verdict.unexpected_passes)
    expected = sum(why is not None for why in results.values()) - len(verdict.unexpected_failures)
    passed = len(results) - expected - failed
    print(f"{expected} known to fail\n{passed} passed, {failed} failed, 0 skipped")
    return 0 if verdict.ok else 1


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--corpus", type=pathlib.Path)
    parser.add_argument("--sample", type=float, default=1.0, help="per cent; default 1")
    parser.add_argument("--seed", type=int, default=SEED, help="of the sample")
    parser.add_argument("--address", help="host:port of a running server")
    parser.add_argument("--update-known", action="store_true")
    parser.add_argument("--show", type=int, default=40, help="how many unexpected results to print")
    options = parser.parse_args()
    wanted = venvs.python("current")
    if pathlib.Path(sys.prefix) != wanted.parents[1]:
        os.execv(wanted, [str(wanted), *sys.argv])  # the interpreter that has PyMySQL

    files = chosen(options)
    if options.address:
        host, _, port = options.address.rpartition(":")
        return report(run((host, int(port)), files), options)
    if not binary().exists():
        print(f"{binary()} is not there: build it first (make build)\n0 passed, 1 failed")
        return 1
    try:
        with Server() as server:
            results = run(server.addresses["mysql"], files)
    except (StartError, AssertionError) as error:
        print(f"{error}\n0 passed, 1 failed")
        return 1
    return report(results, options)


if __name__ == "__main__":
    sys.exit(main())
