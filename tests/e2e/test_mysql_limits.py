"""What a MySQL client may not ask for is told by MySQL's errors, and the server stays up."""

from __future__ import annotations

import contextlib
import socket
import struct

import pymysql
import pytest

LARGEST = 64 << 20  # bytes of a request, its first byte included
COM_QUERY = 1


def connect(server, **options):
    host, port = server.addresses["mysql"]
    return contextlib.closing(pymysql.connect(host=host, port=port, user="root", ssl_disabled=True,
                                              max_allowed_packet=1 << 30, **options))


def query(server, text):
    with connect(server) as connection:
        cursor = connection.cursor()
        cursor.execute(text)
        return cursor.fetchall()


def number_of(server, text) -> int:
    with pytest.raises(pymysql.err.Error) as told:
        query(server, text)
    return told.value.args[0]


@pytest.fixture(autouse=True)
def stays_up(server):
    yield
    assert query(server, "SELECT 1") == ((1,),)


def test_a_statement_of_64_mib(server):
    around = "SELECT LENGTH('')"
    letters = LARGEST - COM_QUERY - len(around)
    assert query(server, f"SELECT LENGTH('{'x' * letters}')") == ((letters,),)
    assert number_of(server, f"SELECT LENGTH('{'x' * (letters + 1)}')") == 1153


def test_a_value_that_is_too_large_is_null(server):
    assert len(query(server, f"SELECT REPEAT('x', {LARGEST - 1})")[0][0]) == LARGEST - 1
    assert query(server, f"SELECT REPEAT('x', {LARGEST + 1})") == ((None,),)


@pytest.mark.parametrize("text", [
    "SELECT " + "(" * 10_000 + "1" + ")" * 10_000,
    "SELECT " + "ABS(" * 10_000 + "1" + ")" * 10_000,
    "SELECT " + "NOT " * 10_000 + "1",
    "SELECT * FROM " + "(SELECT * FROM " * 2_000 + "(SELECT 1) x" + ") x" * 2_000,
], ids=["parentheses", "functions", "not", "queries"])
def test_deep_nesting(server, text):
    assert number_of(server, text) == 1436


def test_wide_results_and_tables(server):
    assert len(query(server, "SELECT " + ", ".join(["1"] * 4_096))[0]) == 4_096
    columns = ", ".join(f"c{number} INT" for number in range(4_097))
    assert number_of(server, f"CREATE TABLE test.wide ({columns})") == 1117


def test_ten_thousand_prepared_statements(server):
    with connect(server) as connection:
        cursor = connection.cursor()
        for number in range(10_000):
            cursor.execute(f"PREPARE s{number} FROM 'SELECT ?'")
        cursor.execute("SET @x = 5")
        cursor.execute("EXECUTE s9999 USING @x")
        assert cursor.fetchall() == ((5,),)


def test_packets_that_are_none(server):
    host, port = server.addresses["mysql"]
    for login in (b"", b"\x00", b"\xff" * 100, b"\xff\xff\xff\x01" + b"x" * 100_000,
                  struct.pack("<I", 32)[:3] + b"\x01" + b"\x00\x02" + b"\x00" * 30,
                  struct.pack("<I", 4)[:3] + b"\x07abcd"):
        with socket.create_connection((host, port), timeout=30) as wire:
            wire.sendall(login)
            wire.shutdown(socket.SHUT_WR)
            while wire.recv(65_536):
                pass
