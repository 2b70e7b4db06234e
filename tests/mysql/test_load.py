"""LOAD DATA LOCAL: files of the client."""

from __future__ import annotations

import pymysql
import pytest

from client import connect
from lib.server import Server


@pytest.fixture(name="cursor", scope="module")
def of_a_server_that_asks_for_files(tmp_path_factory):
    with Server(tmp_path_factory.mktemp("load") / "data", ("--mysql-local-infile", "on")) as server:
        with connect(server, database="test", autocommit=True, local_infile=True) as connection:
            with connection.cursor() as cursor:
                yield cursor


@pytest.fixture(name="load")
def of_a_file(cursor, tmp_path):
    """Loads a text into the table t, and gives the rows, and what was told."""
    def load(table: str, text: str | bytes, how: str = "", duplicates: str = ""):
        file = tmp_path / "rows.txt"
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        cursor.execute("DROP TABLE IF EXISTS t")
        cursor.execute(f"CREATE TABLE t ({table})")
        cursor.execute("INSERT INTO t SET id = 100" if "KEEP" in how else "DO 0")
        cursor.execute(f"LOAD DATA LOCAL INFILE '{file}' {duplicates} INTO TABLE t "
                       + how.replace("KEEP", ""))
        told = cursor._result.message[1:].decode()  # pylint: disable=protected-access
        affected = cursor.rowcount
        cursor.execute("SHOW WARNINGS")
        warnings = [row[1:] for row in cursor.fetchall()]
        cursor.execute("SELECT * FROM t")
        return cursor.fetchall(), affected, told, warnings
    return load


def test_lines_and_fields(load):
    rows, affected, told, warnings = load("id INT PRIMARY KEY, name VARCHAR(20), at DATE",
                                          "1\tone\t2024-01-02\n2\t\\N\t\\N\n3\ta\\tb\t2024-02-03")
    assert [row[:2] for row in rows] == [(1, "one"), (2, None), (3, "a\tb")]
    assert rows[1][2] is None
    assert (affected, told, warnings) == (3, "Records: 3  Deleted: 0  Skipped: 0  Warnings: 0", [])


def test_options(load):
    rows, _, told, _ = load(
        "id INT PRIMARY KEY, name VARCHAR(20), note VARCHAR(20)", 'id;name\r\n1;"a;""b"""\r\n2;c\r\n',
        "CHARACTER SET utf8mb4 FIELDS TERMINATED BY ';' OPTIONALLY ENCLOSED BY '\"' "
        "LINES TERMINATED BY '\\r\\n' IGNORE 1 LINES (id, @name) "
        "SET name = UPPER(@name), note = CONCAT(@name, id)")
    assert rows == ((1, 'A;"B"', 'a;"b"1'), (2, "C", "c2"))
    assert told == "Records: 2  Deleted: 0  Skipped: 0  Warnings: 0"


def test_character_sets(load):
    table = "id INT PRIMARY KEY, name VARCHAR(20), b VARBINARY(9)"
    rows, *_ = load(table, "1,\xe9,x\n".encode("latin1"),
                    "CHARACTER SET latin1 FIELDS TERMINATED BY ',' (id, name)")
    assert rows == ((1, "é", None),)
    rows, *_ = load(table, b"1,\xff\x01\n", "CHARACTER SET binary FIELDS TERMINATED BY ',' (id, b)")
    assert rows == ((1, None, b"\xff\x01"),)
    rows, _, told, warnings = load(table, b"1,\xff\n2,y\n", "FIELDS TERMINATED BY ',' (id, name)")
    assert rows == ((2, "y", None),)
    assert told == "Records: 2  Deleted: 0  Skipped: 1  Warnings: 1"
    assert warnings == [(1300, "Invalid utf8mb4 character string: 'ff'")]


def test_what_does_not_fit_is_told(load):
    rows, _, told, warnings = load("id INT PRIMARY KEY, n INT NOT NULL DEFAULT 7, s VARCHAR(2)",
                                   "1,x,abc\n2\n3,4,d,e\n", "FIELDS TERMINATED BY ','")
    assert rows == ((1, 0, "ab"), (2, 7, None), (3, 4, "d"))
    assert told == "Records: 3  Deleted: 0  Skipped: 0  Warnings: 5"
    assert warnings == [
        (1366, "Incorrect integer value: 'x' for column 'n' at row 1"),
        (1265, "Data truncated for column 's' at row 1"),
        (1261, "Row 2 doesn't contain data for all columns"),
        (1261, "Row 2 doesn't contain data for all columns"),
        (1262, "Row 3 was truncated; it contained more data than there were input columns"),
    ]


def test_duplicates(load):
    table = "id INT PRIMARY KEY, n INT"
    rows, affected, told, warnings = load(table, "100\t1\n1\t1\n", "KEEP")
    assert rows == ((1, 1), (100, None))
    assert (affected, told) == (1, "Records: 2  Deleted: 0  Skipped: 1  Warnings: 1")
    assert warnings == [(1062, "Duplicate entry '100' for key 't.PRIMARY'")]
    rows, affected, told, _ = load(table, "100\t1\n1\t1\n", "KEEP", "REPLACE")
    assert rows == ((1, 1), (100, 1))
    assert (affected, told) == (3, "Records: 2  Deleted: 1  Skipped: 0  Warnings: 0")
    # With REPLACE a row that does not fit is an error, and nothing is written.
    with pytest.raises(pymysql.err.MySQLError) as caught:
        load(table, "1\t1\n2\tx\n", "", "REPLACE")
    assert caught.value.args == (1366, "Incorrect integer value: 'x' for column 'n' at row 2")


def test_numbers_are_given(load, cursor):
    rows, *_ = load("id INT PRIMARY KEY AUTO_INCREMENT, n INT", "7\n8\n", "(n)")
    assert rows == ((1, 7), (2, 8))
    cursor.execute("SELECT LAST_INSERT_ID()")
    assert cursor.fetchone() == (1,)


def test_a_long_file_in_many_packets(load, cursor):
    rows, affected, told, _ = load("id INT PRIMARY KEY, s VARCHAR(40)",
                                   "".join(f"{i}\t{'x' * (i % 40)}\n" for i in range(50_000)))
    assert len(rows) == affected == 50_000
    assert told == "Records: 50000  Deleted: 0  Skipped: 0  Warnings: 0"
    cursor.execute("SELECT SUM(id), SUM(LENGTH(s)) FROM t")
    assert cursor.fetchone() == (sum(range(50_000)), sum(i % 40 for i in range(50_000)))


def test_a_file_larger_than_what_a_statement_may_hold(tmp_path):
    """Such a file is written in parts as it comes; in a transaction it is one change."""
    file = tmp_path / "rows.txt"
    lines = [f"{i % 40_000}\t{'x' * 1000}\n" for i in range(60_000)]  # a third of them twice
    arguments = ("--mysql-local-infile", "on", "--memory", "256MiB")  # 32 MiB for a statement
    load = f"LOAD DATA LOCAL INFILE '{file}' INTO TABLE t"
    with Server(tmp_path / "data", arguments) as server, \
            connect(server, database="test", autocommit=True, local_infile=True) as connection, \
            connection.cursor() as cursor:
        cursor.execute("CREATE TABLE t (id INT PRIMARY KEY, s VARCHAR(1000))")
        file.write_text("".join(lines[:9_000]), "ascii")
        cursor.execute("START TRANSACTION")
        cursor.execute(load)
        assert cursor.rowcount == 9_000
        cursor.execute("ROLLBACK")
        cursor.execute("SELECT COUNT(*) FROM t")
        assert cursor.fetchone() == (0,)
        file.write_text("".join(lines), "ascii")
        cursor.execute(load)
        told = cursor._result.message[1:].decode()  # pylint: disable=protected-access
        assert cursor.rowcount == 40_000
        assert told == "Records: 60000  Deleted: 0  Skipped: 20000  Warnings: 20000"
        cursor.execute("SELECT COUNT(*), SUM(id), SUM(LENGTH(s)) FROM t")
        assert cursor.fetchone() == (40_000, sum(range(40_000)), 40_000_000)


@pytest.mark.parametrize("statement, number", [
    ("LOAD DATA INFILE '/etc/passwd' INTO TABLE t", 1290),
    ("LOAD DATA LOCAL INFILE '/dev/null' INTO TABLE nothing", 1146),
    ("LOAD DATA LOCAL INFILE '/dev/null' INTO TABLE t (nothing)", 1054),
    ("LOAD DATA LOCAL INFILE '/dev/null' INTO TABLE t (id, id)", 1110),
    ("LOAD DATA LOCAL INFILE '/dev/null' INTO TABLE t CHARACTER SET nothing", 1115),
    ("LOAD DATA LOCAL INFILE '/dev/null' INTO TABLE t FIELDS ENCLOSED BY 'ab'", 1083),
    ("LOAD DATA LOCAL INFILE '/dev/null' INTO TABLE t FIELDS TERMINATED BY ''", 1235),
    ("LOAD DATA LOCAL INFILE '/dev/null' INTO TABLE information_schema.tables", 1288),
])
def test_what_is_wrong_is_told_before_the_file_is_asked_for(load, cursor, statement, number):
    load("id INT PRIMARY KEY", "")
    with pytest.raises(pymysql.err.MySQLError) as caught:
        cursor.execute(statement)
    assert caught.value.args[0] == number
    cursor.execute("SELECT 1")
    assert cursor.fetchone() == (1,)


def test_a_server_that_asks_for_no_files(server):
    with connect(server, database="test", local_infile=True) as connection:
        with connection.cursor() as cursor, pytest.raises(pymysql.err.MySQLError) as caught:
            cursor.execute("LOAD DATA LOCAL INFILE '/dev/null' INTO TABLE t")
    assert caught.value.args[0] == 3948
