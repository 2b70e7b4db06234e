"""PyMySQL as it is: connections, cursors, parameters, transactions."""

from __future__ import annotations

import datetime
import decimal
import threading
import time

import pymysql
import pymysql.cursors
import pytest

from client import connect
from lib.patience import patient


@pytest.fixture(name="connection")
def shop(server):
    with connect(server) as connection:
        with connection.cursor() as cursor:
            cursor.execute("CREATE DATABASE IF NOT EXISTS shop")
            cursor.execute("USE shop")
            cursor.execute("DROP TABLE IF EXISTS books")
            cursor.execute("CREATE TABLE books (id INT AUTO_INCREMENT PRIMARY KEY, "
                           "title VARCHAR(100) NOT NULL, price DECIMAL(8,2), sold DATE)")
        yield connection


@pytest.fixture(name="cursor")
def cursor_of_shop(connection):
    with connection.cursor() as cursor:
        yield cursor


def test_values_of_each_kind_come_back(connection, cursor):
    row = ("Emma", decimal.Decimal("12.50"), datetime.date(1815, 12, 23))
    cursor.execute("INSERT INTO books (title, price, sold) VALUES (%s, %s, %s)", row)
    assert cursor.lastrowid == 1
    connection.commit()
    cursor.execute("SELECT title, price, sold FROM books")
    assert cursor.fetchall() == (row,)


def test_many_rows_in_one_statement(cursor):
    rows = [(f"book {i}", i) for i in range(500)]
    assert cursor.executemany("INSERT INTO books (title, price) VALUES (%s, %s)", rows) == 500
    cursor.execute("SELECT COUNT(*), SUM(price) FROM books")
    assert [int(cell) for cell in cursor.fetchone()] == [500, sum(range(500))]


def test_dictionaries_and_fetching_by_parts(connection, cursor):
    cursor.executemany("INSERT INTO books (title) VALUES (%s)", ["a", "b", "c"])
    with connection.cursor(pymysql.cursors.DictCursor) as dictionaries:
        dictionaries.execute("SELECT id, title FROM books ORDER BY id")
        assert dictionaries.fetchone() == {"id": 1, "title": "a"}
        assert dictionaries.fetchmany(1) == [{"id": 2, "title": "b"}]
        assert dictionaries.fetchall() == [{"id": 3, "title": "c"}]


def test_unbuffered_rows(connection, cursor):
    rows = [(f"book {i}",) for i in range(5000)]
    cursor.executemany("INSERT INTO books (title) VALUES (%s)", rows)
    with connection.cursor(pymysql.cursors.SSCursor) as unbuffered:
        unbuffered.execute("SELECT title FROM books ORDER BY id")
        assert list(unbuffered) == rows


@pytest.mark.parametrize("statement, kind, number", [
    ("INSERT INTO books (id, title) VALUES (5, 'a'), (5, 'b')", pymysql.err.IntegrityError, 1062),
    ("INSERT INTO books (title) VALUES (NULL)", pymysql.err.IntegrityError, 1048),
    ("SELECT * FROM nothing", pymysql.err.ProgrammingError, 1146),
    ("SELEC 1", pymysql.err.ProgrammingError, 1064),
    ("SELECT nothing FROM books", pymysql.err.OperationalError, 1054),
])
def test_errors_are_of_their_classes(cursor, statement, kind, number):
    with pytest.raises(kind) as caught:
        cursor.execute(statement)
    assert caught.value.args[0] == number


def test_a_statement_is_killed(server, connection, cursor):
    errors = []

    def run():
        try:
            cursor.execute("SELECT SLEEP(600)")
            errors.append(None)
        except pymysql.err.MySQLError as error:
            errors.append(error.args[0])

    thread = threading.Thread(target=run)
    thread.start()
    with connect(server) as other, other.cursor() as killer:
        deadline = time.monotonic() + patient(30)
        running = 0
        while not running and time.monotonic() < deadline:
            killer.execute("SELECT COUNT(*) FROM information_schema.processlist "
                           "WHERE id = %s AND info LIKE '%%SLEEP%%'", (connection.thread_id(),))
            running = killer.fetchone()[0]
        assert running
        killer.execute(f"KILL QUERY {connection.thread_id()}")
    thread.join(patient(30))
    assert errors == [1317]


def test_several_statements_in_one_text(server, connection):
    flag = pymysql.constants.CLIENT.MULTI_STATEMENTS
    with connect(server, database="shop", client_flag=flag) as several:
        with several.cursor() as cursor:
            cursor.execute("INSERT INTO books (title) VALUES ('a'); SELECT COUNT(*) FROM books; "
                           "SELECT 'é;' AS x")
            assert cursor.nextset()
            assert cursor.fetchall() == ((1,),)
            assert cursor.nextset()
            assert cursor.fetchall() == (("é;",),)
            assert not cursor.nextset()
