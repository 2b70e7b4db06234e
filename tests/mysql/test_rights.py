"""What a user may do is decided by the one store of users and grants, and told in MySQL's words."""

from __future__ import annotations

import pymysql
import pytest

from client import connect

COM_FIELD_LIST = 4
COM_STMT_PREPARE = 22


@pytest.fixture(name="reader")
def reader_of_one_database(server, r, conn):
    """A connection of a user who may read `mine` and has nothing to do with `theirs`."""
    with connect(server, autocommit=True) as admin, admin.cursor() as cursor:
        for name in ("mine", "theirs"):
            cursor.execute(f"CREATE DATABASE {name}")
            cursor.execute(f"CREATE TABLE {name}.t (id INT PRIMARY KEY, v INT)")
            cursor.execute(f"INSERT INTO {name}.t VALUES (1, 1)")
        cursor.execute("CREATE DATABASE more")
        cursor.execute("CREATE TABLE more.t (id INT PRIMARY KEY, v INT)")
        cursor.execute("CREATE DATABASE half")
        cursor.execute("CREATE TABLE half.open (id INT PRIMARY KEY, v INT)")
        cursor.execute("CREATE TABLE half.shut (id INT PRIMARY KEY, secret INT)")
    users = r.db("rethinkdb").table("users")
    users.insert({"id": "eve", "password": "pw"}).run(conn)
    r.db("mine").grant("eve", {"read": True}).run(conn)
    r.db("more").grant("eve", {"read": True, "write": True, "config": True}).run(conn)
    r.db("half").table("open").grant("eve", {"read": True}).run(conn)
    with connect(server, user="eve", password="pw", autocommit=True) as connection:
        yield connection
    users.get("eve").delete().run(conn)


def test_what_is_granted_is_there(reader, r, conn):
    with reader.cursor() as cursor:
        cursor.execute("SELECT * FROM mine.t")
        assert cursor.fetchall() == ((1, 1),)
        cursor.execute("SHOW DATABASES")
        assert [row[0] for row in cursor.fetchall()] == [
            "half", "information_schema", "mine", "more", "performance_schema"]
        cursor.execute("SELECT table_schema FROM information_schema.tables "
                       "WHERE table_type = 'BASE TABLE'")
        assert sorted(cursor.fetchall()) == [("half",), ("mine",), ("more",)]
        cursor.execute("SELECT COUNT(*) FROM information_schema.columns WHERE column_name = 'secret'")
        assert cursor.fetchall() == ((0,),)
        cursor.execute("SHOW GRANTS")
        assert ("GRANT SELECT ON `mine`.* TO `eve`@`%`",) in cursor.fetchall()
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
    ("CREATE DATABASE new", 1044, "to database 'new'"),
    ("USE theirs", 1044, "to database 'theirs'"),
    ("SHOW TABLES FROM theirs", 1044, "to database 'theirs'"),
    ("DESCRIBE theirs.t", 1044, "to database 'theirs'"),
    ("REPLACE mine.t VALUES (1, 2)", 1142, "INSERT, DELETE command denied"),
    ("UPDATE theirs.t SET nope = 2", 1142, "UPDATE command denied"),
    ("DELETE FROM theirs.t WHERE nope = 2", 1142, "DELETE command denied"),
    ("INSERT INTO theirs.t (nope) VALUES (2)", 1142, "INSERT command denied"),
    ("SELECT nope FROM theirs.t", 1142, "SELECT command denied"),
    ("SELECT 1 FROM mine.t JOIN theirs.t USING (id)", 1142, "SELECT command denied"),
    ("SELECT (SELECT v FROM theirs.t)", 1142, "SELECT command denied"),
    ("SELECT 1 FROM mine.t WHERE v IN (SELECT v FROM theirs.t)", 1142, "SELECT command denied"),
    ("WITH w AS (SELECT * FROM theirs.t) SELECT * FROM w", 1142, "SELECT command denied"),
    ("INSERT INTO more.t SELECT * FROM theirs.t", 1142, "SELECT command denied"),
    ("UPDATE more.t SET v = (SELECT v FROM theirs.t)", 1142, "SELECT command denied"),
    ("DELETE FROM more.t WHERE v = (SELECT v FROM theirs.t)", 1142, "SELECT command denied"),
    ("EXPLAIN SELECT * FROM theirs.t", 1142, "SELECT command denied"),
    ("EXPLAIN FORMAT=TREE SELECT * FROM theirs.t", 1142, "SELECT command denied"),
    ("EXPLAIN SELECT 1 FROM mine.t WHERE v IN (SELECT v FROM theirs.t)", 1142,
     "SELECT command denied"),
    ("EXPLAIN UPDATE mine.t SET v = 2", 1142, "UPDATE command denied"),
    ("EXPLAIN DELETE FROM theirs.t", 1142, "DELETE command denied"),
    ("EXPLAIN INSERT INTO mine.t VALUES (2, 2)", 1142, "INSERT command denied"),
    ("EXPLAIN INSERT INTO more.t SELECT * FROM theirs.t", 1142, "SELECT command denied"),
    ("CREATE TABLE more.u LIKE theirs.t", 1142, "SELECT command denied"),
    ("ALTER TABLE theirs.t DROP COLUMN nope", 1142, "ALTER command denied"),
    ("ALTER TABLE mine.t ADD COLUMN v INT", 1142, "ALTER command denied"),
    ("CREATE INDEX i ON theirs.t (nope)", 1142, "INDEX command denied"),
    ("TRUNCATE TABLE mine.t", 1142, "DROP command denied"),
    ("RENAME TABLE mine.t TO mine.u", 1142, "ALTER command denied"),
    ("ANALYZE TABLE mine.t", 1142, "INSERT command denied"),
    ("SHOW CREATE TABLE theirs.t", 1044, "to database 'theirs'"),
    ("SHOW COLUMNS FROM theirs.t", 1044, "to database 'theirs'"),
    ("SHOW INDEX FROM theirs.t", 1044, "to database 'theirs'"),
    ("SHOW CREATE TABLE half.shut", 1142, "SELECT command denied"),
    ("SHOW COLUMNS FROM half.shut", 1142, "SELECT command denied"),
    ("SHOW INDEX FROM half.shut", 1142, "SELECT command denied"),
    ("DESCRIBE half.shut", 1142, "SELECT command denied"),
    ("SET GLOBAL max_error_count = 3", 1227, "SYSTEM_VARIABLES_ADMIN"),
])
def test_what_is_not_is_refused(reader, statement, number, told):
    with reader.cursor() as cursor, pytest.raises(pymysql.err.MySQLError) as caught:
        cursor.execute(statement)
    assert caught.value.args[0] == number
    assert told in caught.value.args[1]


def fields_of(connection, table: bytes, pattern: bytes) -> list[bytes]:
    """What COM_FIELD_LIST answers: the names of the columns."""
    # pylint: disable=protected-access
    connection._execute_command(COM_FIELD_LIST, table + b"\0" + pattern)
    names = []
    while True:
        packet = connection._read_packet()
        if packet.is_eof_packet() or packet.is_ok_packet():
            return names
        for _ in range(4):  # catalog, database, table as it is called, table
            packet.read_length_coded_string()
        names.append(packet.read_length_coded_string())


def test_lists_of_fields_ask_as_well(reader):
    reader.select_db("half")
    assert fields_of(reader, b"open", b"") == [b"id", b"v"]
    assert fields_of(reader, b"open", b"%" * 60_000 + b"D") == [b"id"]
    assert fields_of(reader, b"open", b"%" * 60_000 + b"x") == []
    with pytest.raises(pymysql.err.MySQLError) as caught:
        fields_of(reader, b"shut", b"%")
    assert caught.value.args[0] == 1142


def test_a_statement_that_is_prepared_asks_at_once(reader):
    # pylint: disable=protected-access
    reader._execute_command(COM_STMT_PREPARE, b"SELECT secret FROM half.shut")
    with pytest.raises(pymysql.err.MySQLError) as caught:
        reader._read_packet()
    assert caught.value.args[0] == 1142


def test_a_view_lends_the_rights_of_its_definer(reader, server, r, conn):
    with connect(server, autocommit=True) as admin, admin.cursor() as cursor:
        cursor.execute("CREATE VIEW mine.lent AS SELECT id, v FROM theirs.t")
        cursor.execute("CREATE VIEW mine.twice AS SELECT v + 1 AS w FROM mine.lent")
        cursor.execute("CREATE SQL SECURITY INVOKER VIEW mine.own AS SELECT id FROM theirs.t")
        cursor.execute("CREATE VIEW mine.over_own AS SELECT id FROM mine.t")
        cursor.execute("CREATE VIEW theirs.shut AS SELECT id FROM mine.t")
        cursor.execute("CREATE DEFINER=eve VIEW mine.of_eve AS SELECT id FROM theirs.t")
    with reader.cursor() as cursor:
        cursor.execute("SELECT v FROM mine.lent WHERE id = 1")
        assert cursor.fetchall() == ((1,),)
        cursor.execute("SELECT w, (SELECT COUNT(*) FROM mine.lent) FROM mine.twice")
        assert cursor.fetchall() == ((2, 1),)
        cursor.execute("DESCRIBE mine.lent")
        assert [row[0] for row in cursor.fetchall()] == ["id", "v"]
        for statement, number in (
                ("SELECT * FROM theirs.t", 1142),
                ("SELECT * FROM mine.lent JOIN theirs.t", 1142),
                ("SELECT * FROM mine.own", 1356),
                ("SELECT * FROM mine.of_eve", 1356),
                ("SELECT * FROM theirs.shut", 1142),
                ("UPDATE mine.lent SET v = 7", 1142),
                ("EXPLAIN SELECT v FROM mine.lent", 1345),
                ("EXPLAIN FORMAT=TREE SELECT * FROM mine.t WHERE id IN (SELECT w FROM mine.twice)", 1345),
                ("SHOW CREATE VIEW mine.lent", 1142),
                ("SHOW CREATE TABLE mine.twice", 1142),
                ("CREATE VIEW mine.more AS SELECT 1", 1142),
                ("DROP VIEW mine.lent", 1142),
                ("CREATE DEFINER=admin VIEW more.all_of_it AS SELECT * FROM theirs.t", 1142)):
            with pytest.raises(pymysql.err.MySQLError) as error:
                cursor.execute(statement)
            assert error.value.args[0] == number, (statement, error.value)
        # What is behind these the user may read, or has defined them.
        for statement in ("SHOW CREATE VIEW mine.over_own", "EXPLAIN SELECT * FROM mine.over_own",
                          "CREATE VIEW more.made AS SELECT * FROM mine.t", "SHOW CREATE VIEW more.made",
                          "DROP VIEW more.made"):
            cursor.execute(statement)
        with pytest.raises(pymysql.err.MySQLError) as error:
            cursor.execute("CREATE DEFINER=admin VIEW more.mine_too AS SELECT * FROM mine.t")
        assert error.value.args[0] == 1227
        r.db("mine").grant("eve", {"write": True}).run(conn)
        cursor.execute("UPDATE mine.lent SET v = 7 WHERE id = 1")
        assert cursor.rowcount == 1
        cursor.execute("SELECT v FROM mine.lent")
        assert cursor.fetchall() == ((7,),)
        cursor.execute("INSERT INTO mine.lent VALUES (2, 2)")
        with connect(server, autocommit=True) as admin, admin.cursor() as theirs:
            theirs.execute("DROP VIEW mine.own, mine.of_eve")
