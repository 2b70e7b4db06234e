"""What a user may do is decided by the one store of users and grants, and told in MySQL's words."""

from __future__ import annotations

import pymysql
import pytest

from client import connect


@pytest.fixture(name="reader")
def reader_of_one_database(server, r, conn):
    """A connection of a user who may read `mine` and has nothing to do with `theirs`."""
    with connect(server, autocommit=True) as admin, admin.cursor() as cursor:
        for name in ("mine", "theirs"):
            cursor.execute(f"CREATE DATABASE {name}")
            cursor.execute(f"CREATE TABLE {name}.t (id INT PRIMARY KEY, v INT)")
            cursor.execute(f"INSERT INTO {name}.t VALUES (1, 1)")
    users = r.db("rethinkdb").table("users")
    users.insert({"id": "eve", "password": "pw"}).run(conn)
    r.db("mine").grant("eve", {"read": True}).run(conn)
    with connect(server, user="eve", password="pw", autocommit=True) as connection:
        yield connection
    users.get("eve").delete().run(conn)


def test_what_is_granted_is_there(reader, r, conn):
    with reader.cursor() as cursor:
        cursor.execute("SELECT * FROM mine.t")
        assert cursor.fetchall() == ((1, 1),)
        cursor.execute("SHOW DATABASES")
        assert [row[0] for row in cursor.fetchall()] == [
            "information_schema", "mine", "performance_schema"]
        cursor.execute("SELECT table_schema FROM information_schema.tables "
                       "WHERE table_type = 'BASE TABLE'")
        assert cursor.fetchall() == (("mine",),)
        cursor.execute("SHOW GRANTS")
        assert cursor.fetchall() == (("GRANT SELECT, SHOW VIEW ON `mine`.* TO `eve`@`%`",),)
        r.db("mine").grant("eve", {"write": True}).run(conn)
        cursor.execute("INSERT INTO mine.t VALUES (2, 2)")
        assert cursor.rowcount == 1


@pytest.mark.parametrize("statement, number, told", [
    ("SELECT * FROM theirs.t", 1142, "SELECT command denied"),
    ("INSERT INTO mine.t VALUES (2, 2)", 1142, "INSERT command denied"),
    ("UPDATE mine.t SET v = 2", 1142, "UPDATE command denied"),
    ("DELETE FROM mine.t", 1142, "DELETE command denied"),
    ("CREATE TABLE mine.u (id INT PRIMARY KEY)", 1142, "CREATE command denied"),
    ("DROP TABLE mine.t", 1142, "DROP command denied"),
    ("CREATE DATABASE more", 1044, "to database 'more'"),
    ("USE theirs", 1044, "to database 'theirs'"),
    ("SHOW TABLES FROM theirs", 1044, "to database 'theirs'"),
    ("DESCRIBE theirs.t", 1044, "to database 'theirs'"),
    ("SET GLOBAL max_error_count = 3", 1227, "SYSTEM_VARIABLES_ADMIN"),
])
def test_what_is_not_is_refused(reader, statement, number, told):
    with reader.cursor() as cursor, pytest.raises(pymysql.err.MySQLError) as caught:
        cursor.execute(statement)
    assert caught.value.args[0] == number
    assert told in caught.value.args[1]
