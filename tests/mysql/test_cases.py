"""The statements of `cases/`: one test a file, all differences at once."""

from __future__ import annotations

import concurrent.futures
import contextlib
import pathlib
import socket
import time

import pymysql
import pytest

import cases
from client import connect
from lib.patience import patient

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
            if result.message:  # behind its length, which PyMySQL does not read
                lines[0] += f" info {result.message[1:].decode()}"
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


class Client:
    """A connection with a thread of its own, so that a statement may wait for another's."""

    PATIENCE = 0.3  # what takes longer waits, where the server does not say what for

    def __init__(self, server, database: str):
        self.server = server
        self.connection = connect(server, database=database, autocommit=True)
        self.thread = concurrent.futures.ThreadPoolExecutor(max_workers=1)
        self.running = None

    def outcome(self, case: cases.Case) -> list[str]:
        waits = case.expected == ["waits"]
        waiting = self.waiting() if waits else 0
        if case.statement:
            assert self.running is None, f"{case.name}: the one before goes on"
            self.running = self.thread.submit(outcome, self.connection, case)
        if self.running is None:
            return ["nothing that goes on"]
        if waits and self.comes_to_wait(waiting):
            return ["waits"]
        try:
            found = self.running.result(timeout=patient(20))
        except concurrent.futures.TimeoutError:
            return ["waits"]
        self.running = None
        return found

    def waiting(self) -> float:
        """Transactions that wait for a lock."""
        return self.server.metrics()["octavo_transactions_waiting"].value()

    def comes_to_wait(self, before: float) -> bool:
        """Whether the statement waits: one more does than `before`, or it takes too long for anything
        else (names of GET_LOCK are not counted)."""
        ends = time.monotonic() + patient(self.PATIENCE)
        while not self.running.done():
            if self.waiting() > before or time.monotonic() > ends:
                return True
        return False

    def close(self):
        """Nothing goes on: the server ends what still runs."""
        with contextlib.suppress(OSError, AttributeError):  # it has closed itself, perhaps
            self.connection._sock.shutdown(socket.SHUT_RDWR)  # pylint: disable=protected-access
        self.thread.shutdown()
        self.connection._force_close()  # pylint: disable=protected-access


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.test")), ids=lambda path: path.stem)
def test_case(server, path):
    differences = []
    with connect(server, autocommit=True) as connection, connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS `{path.stem}`")
        cursor.execute(f"CREATE DATABASE `{path.stem}`")
    clients: dict[str, Client] = {}
    try:
        for case in cases.read(path):
            if case.client not in clients:
                clients[case.client] = Client(server, path.stem)
            found = clients[case.client].outcome(case)
            if found != expected(case):
                differences.append("\n".join([case.name, *("- " + line for line in expected(case)),
                                              *("+ " + line for line in found)]))
    finally:
        for client in clients.values():
            client.close()
    assert not differences, "\n\n" + "\n\n".join(differences)
