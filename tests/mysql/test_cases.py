"""The statements of `cases/`: one test a file, all differences at once."""

from __future__ import annotations

import pathlib

import pymysql
import pytest

import cases
from client import connect

FOLDER = pathlib.Path(__file__).resolve().parent / "cases"
LEVELS = {"Note": "note", "Warning": "warning", "Error": "error"}


def outcome(connection, case: cases.Case) -> list[str]:
    """What the statement came to, in the words of a case."""
    with connection.cursor() as cursor:
        try:
            cursor.execute(case.statement)
        except pymysql.err.MySQLError as error:
            return [f"error {error.args[0]} {error.args[1]}"]
        result = cursor._result  # pylint: disable=protected-access
        if cursor.description is None:
            lines = ["ok"]
            if cursor.rowcount:
                lines[0] += f" {cursor.rowcount}"
            if cursor.lastrowid:
                lines[0] += f" id {cursor.lastrowid}"
            if result.message:
                lines[0] += f" info {result.message.decode()}"
        else:
            rows = [" | ".join(cases.shown(cell) for cell in row) for row in cursor.fetchall()]
            lines = [" | ".join(column[0] for column in cursor.description)]
            lines += sorted(rows) if case.unordered else rows
        if result.warning_count and not case.statement.upper().startswith("SHOW"):
            cursor.execute("SHOW WARNINGS")
            lines += [f"{LEVELS[level]} {code} {text}" for level, code, text in cursor.fetchall()]
        return lines


def expected(case: cases.Case) -> list[str]:
    if not case.unordered:
        return case.expected
    told = [line for line in case.expected[1:] if line.split()[0] in ("note", "warning")]
    return case.expected[:1] + sorted(line for line in case.expected[1:] if line not in told) + told


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.test")), ids=lambda path: path.stem)
def test_case(server, path):
    differences = []
    with connect(server, autocommit=True) as connection:
        with connection.cursor() as cursor:
            cursor.execute(f"DROP DATABASE IF EXISTS `{path.stem}`")
            cursor.execute(f"CREATE DATABASE `{path.stem}`")
            cursor.execute(f"USE `{path.stem}`")
        for case in cases.read(path):
            found = outcome(connection, case)
            if found != expected(case):
                differences.append("\n".join([case.name, *("- " + line for line in expected(case)),
                                              *("+ " + line for line in found)]))
    assert not differences, "\n\n" + "\n\n".join(differences)
