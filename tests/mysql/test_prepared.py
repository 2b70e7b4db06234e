"""Prepared statements that run again and again: with other parameters, and after something that they
were bound to has changed. What they say is what their text says."""

from __future__ import annotations

import datetime
import random

import mysql.connector
import pymysql
import pytest
from pymysql.constants import FIELD_TYPE, FLAG
from pymysql.protocol import FieldDescriptorPacket

from client import connect

TABLES = (
    "CREATE TABLE t (id INT PRIMARY KEY, x INT, y BIGINT UNSIGNED, s VARCHAR(8), d DECIMAL(8,2), f DOUBLE,"
    " k DATETIME, KEY (x), KEY (s, x))",
    "CREATE TABLE p (a INT, b INT, v VARCHAR(10) NOT NULL DEFAULT 'none', PRIMARY KEY (a, b))",
    "CREATE TABLE n (name VARCHAR(8) PRIMARY KEY, v TINYINT NOT NULL)",
)

# What a `?` is given: i, an integer; s, a text; m, either or null.
QUERIES = (
    ("SELECT s, id FROM t WHERE id = ?", "i"),
    ("SELECT * FROM t WHERE ? = id AND x > ?", "ii"),
    ("SELECT id FROM t WHERE id BETWEEN ? AND ?", "ii"),
    ("SELECT id FROM t WHERE id > ? AND id <= ? AND id < ? ORDER BY id DESC", "iii"),
    ("SELECT id FROM t WHERE id = ? AND id = ?", "ii"),
    ("SELECT SUM(x), COUNT(*) FROM t WHERE id BETWEEN ? AND ?", "ii"),
    ("SELECT s FROM t WHERE id BETWEEN ? AND ? ORDER BY s, id", "ii"),
    ("SELECT DISTINCT s FROM t WHERE id BETWEEN ? AND ? ORDER BY s", "ii"),
    ("SELECT x, COUNT(*) FROM t WHERE id >= ? GROUP BY x HAVING COUNT(*) > ? ORDER BY x", "ii"),
    ("SELECT id FROM t WHERE x = ? ORDER BY id", "i"),
    ("SELECT id FROM t WHERE s = ? ORDER BY x, id", "s"),
    ("SELECT id FROM t WHERE s = ? AND x > ? ORDER BY x, id", "si"),
    ("SELECT id FROM t WHERE s > ? ORDER BY id", "s"),
    ("SELECT id FROM t WHERE y = ? ORDER BY id", "i"),
    ("SELECT id FROM t WHERE y - ? > 0 ORDER BY id", "i"),
    ("SELECT id, x + ? FROM t WHERE id < ? ORDER BY id", "ii"),
    ("SELECT id, d * ? FROM t WHERE d > ? ORDER BY id", "ii"),
    ("SELECT id FROM t WHERE x = ? OR x = ? ORDER BY id", "ii"),
    ("SELECT id FROM t WHERE x IN (?, ?) ORDER BY id", "ii"),
    ("SELECT id FROM t WHERE x NOT BETWEEN ? AND ? ORDER BY id", "ii"),
    ("SELECT CASE WHEN x > ? THEN 'more' ELSE 'less' END FROM t WHERE id = ?", "ii"),
    ("SELECT id FROM t WHERE x = ? LIMIT ?", "ii"),
    ("SELECT id FROM t WHERE id > ? ORDER BY id LIMIT 2", "i"),
    ("SELECT id FROM t WHERE id = ?", "m"),
    ("SELECT id FROM t WHERE x <=> ? ORDER BY id", "m"),
    ("SELECT id FROM t WHERE s = ? ORDER BY id", "m"),
    ("SELECT id, ? FROM t WHERE id = ?", "si"),
    ("SELECT v FROM p WHERE a = ? AND b = ?", "ii"),
    ("SELECT b FROM p WHERE a = ? AND b > ? ORDER BY b", "ii"),
    ("SELECT a, b FROM p WHERE a = ? ORDER BY b DESC", "i"),
    ("SELECT v FROM n WHERE name = ?", "s"),
    ("SELECT id FROM t WHERE id = (SELECT MAX(a) FROM p WHERE b = ?)", "i"),
    ("SELECT t.id FROM t JOIN p ON p.a = t.x WHERE p.b = ? ORDER BY t.id", "i"),
    ("WITH c AS (SELECT id FROM t WHERE x > ?) SELECT COUNT(*) FROM c", "i"),
    ("SELECT id FROM t WHERE k > ? ORDER BY id", "s"),
    ("SELECT id FROM t WHERE nothing = ?", "i"),
)
WRITES = (
    ("UPDATE t SET x = x + ? WHERE id = ?", "ii"),
    ("UPDATE t SET s = ? WHERE id = ?", "si"),
    ("UPDATE t SET s = ?, x = ?, y = y + ? WHERE id = ? AND x > ?", "siiii"),
    ("UPDATE t SET d = ? WHERE x = ?", "ii"),
    ("UPDATE t SET x = ? WHERE s = ?", "is"),
    ("UPDATE t SET id = id + ? WHERE id = ?", "ii"),
    ("UPDATE t SET x = ? WHERE id > ? ORDER BY id LIMIT 2", "ii"),
    ("UPDATE p SET v = ? WHERE a = ? AND b = ?", "sii"),
    ("UPDATE n SET v = ? WHERE name = ?", "is"),
    ("UPDATE n SET v = v + ? WHERE name = ?", "is"),
    ("DELETE FROM t WHERE id = ?", "i"),
    ("DELETE FROM t WHERE x = ? AND s = ?", "is"),
    ("DELETE FROM p WHERE a = ? AND b > ?", "ii"),
    ("INSERT INTO t VALUES (?, ?, ?, ?, ?, ?, ?)", "iiisiis"),
    ("INSERT INTO t (id, s) VALUES (?, ?)", "is"),
    ("INSERT INTO t (id, x, k) VALUES (?, ?, NOW() - NOW())", "ii"),
    ("INSERT INTO p (a, b) VALUES (?, ?)", "ii"),
    ("INSERT INTO p VALUES (?, ?, ?)", "iis"),
    ("INSERT INTO p VALUES (?, ?, ?), (?, 1, 'two')", "iisi"),
    ("INSERT IGNORE INTO n VALUES (?, ?)", "si"),
    ("INSERT INTO n VALUES (?, ?)", "sm"),
    ("INSERT INTO n VALUES (?, ?) ON DUPLICATE KEY UPDATE v = ?", "sii"),
    ("REPLACE INTO n VALUES (?, ?)", "si"),
)
INTEGERS = (*range(-1, 12), 3, 4, 5, 300, 2**31, 2**40, 2**64 - 1)
TEXTS = ("", "a", "A", "b", "ab", "abcdefghijkl", "é", "7", "2026-01-01")


def values(chance: random.Random, kinds: str) -> list:
    of = {"i": INTEGERS, "s": TEXTS, "m": (*INTEGERS[:6], None, "a", 1.5)}
    return [chance.choice(of[kind]) for kind in kinds]


class Side:
    """The tables in a database of their own, and a way to say statements."""

    def __init__(self, server, name: str, prepares: bool):
        host, port = server.addresses["mysql"]
        self.name = name
        self.admin = connect(server, autocommit=True)
        self.do(f"CREATE DATABASE {name}")
        self.admin.select_db(name)
        self.prepared = mysql.connector.connect(host=host, port=port, user="root", database=name,
                                                autocommit=True, use_pure=True) if prepares else None
        for table in TABLES:
            self.do(table)
        for i in range(12):
            text = "NULL" if i % 5 == 4 else f"'{'aAbc'[i % 4]}'"
            self.do(f"INSERT INTO t VALUES ({i}, {i % 4}, {i}, {text}, {i}.25, {i} / 4,"
                    f" '2026-01-0{i % 9 + 1}')")
            self.do(f"INSERT INTO p VALUES ({i % 3}, {i}, 'v{i}')")
        for i, name in enumerate(("a", "b", "c")):
            self.do(f"INSERT INTO n VALUES ('{name}', {i})")

    def do(self, text: str):
        with self.admin.cursor() as cursor:
            cursor.execute(text)
            return cursor.fetchall()

    def text(self, statement: str, parameters: list):
        """Rows or what was done; warnings; or an error."""
        with self.admin.cursor() as cursor:
            try:
                cursor.execute(statement.replace("?", "%s"), parameters)
            except pymysql.err.MySQLError as error:
                return error.args
            done = [shown(row) for row in cursor.fetchall()] if cursor.description else cursor.rowcount
            cursor.execute("SHOW WARNINGS")
            return done, [tuple(row) for row in cursor.fetchall()]

    def close(self) -> None:
        self.admin.close()
        if self.prepared is not None:
            self.prepared.close()


def shown(row) -> tuple:
    return tuple(bytes(value).decode() if isinstance(value, (bytes, bytearray)) else value for value in row)


def run(cursor, statement: str, parameters: list):
    try:
        cursor.execute(statement, parameters)
        done = [shown(row) for row in cursor.fetchall()] if cursor.description else cursor.rowcount
    except mysql.connector.Error as error:
        return (error.errno, error.msg)
    with cursor._connection.cursor() as other:  # pylint: disable=protected-access
        other.execute("SHOW WARNINGS")
        return done, [tuple(row) for row in other.fetchall()]


@pytest.fixture(name="sides")
def two_sides(server):
    sides = (Side(server, "as_text", False), Side(server, "as_prepared", True))
    yield sides
    for side in sides:
        side.close()
        with connect(server) as admin, admin.cursor() as cursor:
            cursor.execute("DROP DATABASE " + side.name)


@pytest.mark.parametrize("mode", ["STRICT_TRANS_TABLES", ""])
def test_they_say_what_their_texts_say(sides, mode):
    text, prepared = sides
    chance = random.Random(11)
    for side in sides:
        side.do(f"SET sql_mode = '{mode}'")
    with prepared.prepared.cursor() as cursor:
        cursor.execute(f"SET sql_mode = '{mode}'")
    for statement, kinds in QUERIES + WRITES:
        with prepared.prepared.cursor(prepared=True) as cursor:
            for _ in range(8):
                parameters = values(chance, kinds)
                said = run(cursor, statement, parameters)
                expected = text.text(statement, parameters)
                told = str(expected).replace("as_text", "as_prepared")
                assert str(said) == told, (statement, parameters)
        if (statement, kinds) in WRITES:
            for table in ("t", "p", "n"):
                rows = f"SELECT * FROM {table} ORDER BY 1, 2"
                assert prepared.do(rows) == text.do(rows), statement


def again(cursor, statement: str, parameters: list):
    """The same each time, until something changes."""
    first = run(cursor, statement, parameters)
    for _ in range(3):
        assert run(cursor, statement, parameters) == first
    return first[0]


def test_definitions_change_between_two_executions(sides):
    _, side = sides
    with side.prepared.cursor(prepared=True) as cursor, side.prepared.cursor(prepared=True) as write:
        rows, insert = "SELECT * FROM n WHERE name = ?", "INSERT INTO n VALUES (?, ?)"
        assert again(cursor, rows, ["b"]) == [("b", 1)]
        for i in range(4):
            assert run(write, insert, [f"x{i}", i])[0] == 1
        side.do("ALTER TABLE n ADD w INT DEFAULT 7")
        assert again(cursor, rows, ["b"]) == [("b", 1, 7)]
        assert run(write, insert, ["y", 1]) == (1136, "Column count doesn't match value count at row 1")
        side.do("DROP TABLE n")
        assert run(cursor, rows, ["b"]) == (1146, "Table 'as_prepared.n' doesn't exist")
        side.do("CREATE TABLE n (v INT, name VARCHAR(9), KEY (name))")
        assert again(cursor, rows, ["b"]) == []
        assert run(write, insert, [1, "b"])[0] == 1
        assert again(cursor, rows, ["b"]) == [(1, "b")]
        side.do("RENAME TABLE n TO n2")
        side.do("CREATE VIEW n AS SELECT 'view' AS name")
        assert again(cursor, rows, ["view"]) == [("view",)]


def test_temporary_tables_come_and_go(sides):
    _, side = sides
    with side.prepared.cursor(prepared=True) as cursor, side.prepared.cursor() as other:
        rows = "SELECT v FROM n WHERE name = ?"
        assert again(cursor, rows, ["b"]) == [(1,)]
        other.execute("CREATE TEMPORARY TABLE n (name VARCHAR(8) PRIMARY KEY, v INT)")
        assert again(cursor, rows, ["b"]) == []
        other.execute("INSERT INTO n VALUES ('b', 9)")
        assert again(cursor, rows, ["b"]) == [(9,)]
        other.execute("DROP TEMPORARY TABLE n")
        assert again(cursor, rows, ["b"]) == [(1,)]


def test_settings_of_the_session_change(sides):
    _, side = sides
    with side.prepared.cursor(prepared=True) as cursor, side.prepared.cursor() as other:
        rows = "SELECT id FROM t WHERE id > ?"
        assert again(cursor, rows, [8]) == [(9,), (10,), (11,)]
        other.execute("SET sql_select_limit = 1")
        assert again(cursor, rows, [8]) == [(9,)]
        other.execute("SET sql_select_limit = DEFAULT")
        assert again(cursor, rows, [8]) == [(9,), (10,), (11,)]
    with side.prepared.cursor(prepared=True) as write, side.prepared.cursor() as other:
        insert = "UPDATE n SET v = ? WHERE name = 'a'"
        for i in range(4):
            assert run(write, insert, [i + 5])[0] == 1
        assert run(write, insert, [1000]) == (1264, "Out of range value for column 'v' at row 1")
        other.execute("SET sql_mode = ''")
        assert run(write, insert, [1000]) == (1, [("Warning", 1264, "Out of range value for column 'v' at row 1")])
        assert side.do("SELECT v FROM n WHERE name = 'a'") == ((127,),)
    with side.prepared.cursor(prepared=True) as cursor, side.prepared.cursor() as other:
        side.do("CREATE TABLE at (id INT PRIMARY KEY, ts TIMESTAMP)")
        side.do("SET time_zone = '+00:00'")
        side.do("INSERT INTO at VALUES (1, '2026-01-01 12:00:00')")
        rows = "SELECT CASE WHEN ts < '2026-01-01 13:00:00' THEN 1 ELSE 0 END FROM at WHERE id = ?"
        other.execute("SET time_zone = '+00:00'")
        assert again(cursor, rows, [1]) == [(1,)]
        other.execute("SET time_zone = '+05:00'")
        assert again(cursor, rows, [1]) == [(0,)]


def test_another_database_is_used(server, sides):
    text, side = sides
    text.do("UPDATE n SET v = 77 WHERE name = 'b'")
    with side.prepared.cursor(prepared=True) as cursor:
        rows = "SELECT v FROM n WHERE name = ?"
        assert again(cursor, rows, ["b"]) == [(1,)]
        side.prepared.database = "as_text"
        assert again(cursor, rows, ["b"]) == [(77,)]


def test_rights_are_taken_away(server, sides):
    _, side = sides
    host, port = server.addresses["mysql"]
    side.do("CREATE USER guest")
    side.do("GRANT SELECT, INSERT, UPDATE, DELETE ON as_prepared.* TO guest")
    with mysql.connector.connect(host=host, port=port, user="guest", use_pure=True,
                                 database="as_prepared", autocommit=True) as guest:
        with guest.cursor(prepared=True) as cursor, guest.cursor(prepared=True) as write:
            assert again(cursor, "SELECT v FROM n WHERE name = ?", ["b"]) == [(1,)]
            assert again(write, "UPDATE n SET v = ? WHERE name = 'c'", [2]) == 0
            side.do("REVOKE SELECT, INSERT, UPDATE, DELETE ON as_prepared.* FROM guest")
            assert run(cursor, "SELECT v FROM n WHERE name = ?", ["b"])[0] == 1142
            assert run(write, "UPDATE n SET v = ? WHERE name = 'c'", [2])[0] == 1142
    side.do("DROP USER guest")


def test_each_execution_reads_by_its_transaction(sides):
    _, side = sides
    with side.prepared.cursor(prepared=True) as cursor, side.prepared.cursor() as other:
        rows = "SELECT v FROM n WHERE name = ?"
        assert again(cursor, rows, ["b"]) == [(1,)]
        other.execute("BEGIN")
        assert run(cursor, rows, ["b"])[0] == [(1,)]
        side.do("UPDATE n SET v = 2 WHERE name = 'b'")
        assert again(cursor, rows, ["b"]) == [(1,)]
        other.execute("COMMIT")
        assert again(cursor, rows, ["b"]) == [(2,)]
        # With autocommit off the first one begins a transaction.
        other.execute("SET autocommit = 0")
        assert again(cursor, rows, ["b"]) == [(2,)]
        side.do("UPDATE n SET v = 3 WHERE name = 'b'")
        assert again(cursor, rows, ["b"]) == [(2,)]
        other.execute("COMMIT")
        assert again(cursor, rows, ["b"]) == [(3,)]
        other.execute("ROLLBACK")
        # Plain reads lock their rows at the strictest level.
        other.execute("SET SESSION TRANSACTION ISOLATION LEVEL SERIALIZABLE")
        other.execute("BEGIN")
        assert again(cursor, rows, ["b"]) == [(3,)]
        with pytest.raises(pymysql.err.MySQLError) as caught:
            side.do("SELECT v FROM n WHERE name = 'b' FOR UPDATE NOWAIT")
        assert caught.value.args[0] == 3572
        other.execute("ROLLBACK")


def test_what_is_written_in_a_transaction_is_taken_back(sides):
    _, side = sides
    with side.prepared.cursor(prepared=True) as cursor, side.prepared.cursor() as other:
        write = "UPDATE n SET v = v + ? WHERE name = 'b'"
        assert run(cursor, write, [1])[0] == run(cursor, write, [1])[0] == 1
        other.execute("BEGIN")
        assert run(cursor, write, [1])[0] == run(cursor, write, [1])[0] == 1
        assert side.do("SELECT v FROM n WHERE name = 'b'") == ((3,),)
        other.execute("ROLLBACK")
        assert side.do("SELECT v FROM n WHERE name = 'b'") == ((3,),)
        other.execute("SET autocommit = 0")
        assert run(cursor, write, [1])[0] == run(cursor, write, [1])[0] == 1
        other.execute("ROLLBACK")
        assert side.do("SELECT v FROM n WHERE name = 'b'") == ((3,),)


COM_STMT_PREPARE = 22


def test_types_of_parameters_are_those_of_what_stands_beside(sides):
    # pylint: disable=protected-access
    side, _ = sides
    side.admin._execute_command(COM_STMT_PREPARE, b"SELECT ? AS c, ? * 2, f / ? FROM t WHERE y > ? AND s = ? "
                                                  b"AND k BETWEEN ? AND ? LIMIT ?")
    first = side.admin._read_packet()
    first.advance(5)
    columns, parameters = first.read_uint16(), first.read_uint16()
    types = [side.admin._read_packet(FieldDescriptorPacket) for _ in range(parameters)]
    side.admin._read_packet()
    results = [side.admin._read_packet(FieldDescriptorPacket) for _ in range(columns)]
    side.admin._read_packet()
    kinds = FIELD_TYPE
    assert [one.type_code for one in types] == [
        kinds.VAR_STRING, kinds.LONGLONG, kinds.DOUBLE, kinds.LONGLONG, kinds.VAR_STRING, kinds.DATETIME,
        kinds.DATETIME, kinds.LONGLONG]
    assert [one.type_code for one in results[1:]] == [kinds.LONGLONG, kinds.DOUBLE]
    assert all(one.flags & FLAG.NOT_NULL == 0 for one in results)


def test_times_that_are_too_long_are_the_longest(sides):
    _, side = sides
    with side.prepared.cursor(prepared=True) as cursor:
        for sign in (1, -1):
            cursor.execute("SELECT CAST(? AS CHAR(20))", [sign * datetime.timedelta(days=40, hours=3)])
            assert cursor.fetchall() == [("838:59:59.000000" if sign == 1 else "-838:59:59.000000",)]


def test_there_are_no_more_than_so_many(sides):
    side, _ = sides
    side.do("PREPARE a FROM 'SELECT 1'")
    assert side.do("SHOW STATUS LIKE 'Prepared_stmt_count'") == (("Prepared_stmt_count", "1"),)
    side.do("SET GLOBAL max_prepared_stmt_count = 2")
    try:
        side.do("PREPARE a FROM 'SELECT 2'")
        side.do("PREPARE b FROM 'SELECT 3'")
        with pytest.raises(pymysql.err.MySQLError) as error:
            side.do("PREPARE c FROM 'SELECT 4'")
        assert error.value.args == (
            1461, "Can't create more than max_prepared_stmt_count statements (current value: 2)")
        side.do("DEALLOCATE PREPARE b")
        side.do("PREPARE c FROM 'SELECT 4'")
        with pytest.raises(mysql.connector.Error) as error:
            with sides[1].prepared.cursor(prepared=True) as cursor:
                cursor.execute("SELECT ?", [1])
        assert error.value.errno == 1461
        side.do("DEALLOCATE PREPARE a")
        side.do("DEALLOCATE PREPARE c")
    finally:
        side.do("SET GLOBAL max_prepared_stmt_count = DEFAULT")
    assert side.do("SHOW STATUS LIKE 'Prepared_stmt_count'") == (("Prepared_stmt_count", "0"),)


def test_what_was_run_is_counted(sides):
    side, _ = sides

    def counts(scope=""):
        return {name: int(count) for name, count in side.do(
            f"SHOW {scope} STATUS WHERE Variable_name IN ('Com_select', 'Com_insert', 'Com_commit',"
            " 'Com_update_multi', 'Queries', 'Questions')")}
    before, all_before = counts(), counts("GLOBAL")
    side.do("SELECT 1")
    side.do("INSERT INTO n VALUES ('q', 1)")
    side.do("UPDATE t JOIN n ON n.v = t.id SET t.x = 1")
    side.do("COMMIT")
    after, all_after = counts(), counts("GLOBAL")
    for now, then in ((after, before), (all_after, all_before)):
        for name in ("Com_select", "Com_insert", "Com_commit", "Com_update_multi"):
            assert now[name] == then[name] + 1, name
        assert now["Questions"] >= then["Questions"] + 5
