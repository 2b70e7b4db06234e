"""The statements of `cases/`, one test a file, all differences at once."""

from __future__ import annotations

import pathlib
import unittest

import pymysql

import cases
from client import connect, start

FOLDER = pathlib.Path(__file__).resolve().parent / "cases"
LEVELS = {"Note": "note", "Warning": "warning", "Error": "error"}


def outcome(connection, case: cases.Case) -> list[str]:
    """What the statement came to, in the words of a case."""
    with connection.cursor() as cursor:
        try:
            cursor.execute(case.statement)
        except pymysql.err.MySQLError as error:
            return [f"error {error.args[0]} {error.args[1]}"]
        lines = []
        if cursor.description is None:
            line = f"ok {cursor.rowcount}" if cursor.rowcount else "ok"
            if cursor.lastrowid:
                line += f" id {cursor.lastrowid}"
            info = cursor._result.message  # pylint: disable=protected-access
            if info:
                line += f" info {info.decode()}"
            lines.append(line)
        else:
            lines.append(" | ".join(column[0] for column in cursor.description))
            rows = [" | ".join(cases.shown(cell) for cell in row) for row in cursor.fetchall()]
            lines += sorted(rows) if case.unordered else rows
        warnings = cursor._result.warning_count  # pylint: disable=protected-access
        if warnings and not case.statement.upper().startswith("SHOW"):
            cursor.execute("SHOW WARNINGS")
            lines += [f"{LEVELS[level]} {code} {text}" for level, code, text in cursor.fetchall()]
        return lines


def expected(case: cases.Case) -> list[str]:
    if not case.unordered:
        return case.expected
    notes = [line for line in case.expected[1:] if line.split()[0] in ("note", "warning")]
    rows = [line for line in case.expected[1:] if line not in notes]
    return case.expected[:1] + sorted(rows) + notes


class CaseTest(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.server = start()

    @classmethod
    def tearDownClass(cls):
        cls.server.close()

    def run_file(self, path: pathlib.Path) -> None:
        with connect(self.server, autocommit=True) as connection:
            with connection.cursor() as cursor:
                name = path.stem
                cursor.execute(f"DROP DATABASE IF EXISTS `{name}`")
                cursor.execute(f"CREATE DATABASE `{name}`")
                cursor.execute(f"USE `{name}`")
            for case in cases.read(path):
                with self.subTest(case.name):
                    self.assertEqual(outcome(connection, case), expected(case), case.name)


def add_tests() -> None:
    for path in sorted(FOLDER.glob("*.test")):
        def test(self, path=path):
            self.run_file(path)
        setattr(CaseTest, f"test_{path.stem}", test)


add_tests()

if __name__ == "__main__":
    unittest.main()
