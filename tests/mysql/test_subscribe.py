"""SUBSCRIBE: the rows of a query and then their changes, whoever makes them, and the way back in."""

from __future__ import annotations

import contextlib

import pymysql
import pytest
from pymysql.cursors import SSCursor

from client import connect
from lib.patience import patient

DATABASE = "watched"


@contextlib.contextmanager
def filled(server):
    with connect(server, autocommit=True) as connection, connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {DATABASE}")
        cursor.execute(f"CREATE DATABASE {DATABASE}")
        cursor.execute(f"USE {DATABASE}")
        cursor.execute("CREATE TABLE t (id INT PRIMARY KEY, v INT NOT NULL, name VARCHAR(20), "
                       "KEY (v))")
        cursor.execute("INSERT INTO t VALUES (1, 10, 'a'), (2, 20, 'b')")
        yield cursor


@pytest.fixture(name="cursor")
def cursor_of_test(server):
    with filled(server) as cursor:
        yield cursor


@contextlib.contextmanager
def subscribed(server, statement: str, **options):
    connection = connect(server, database=DATABASE, cursorclass=SSCursor,
                         read_timeout=patient(20), **options)
    cursor = connection.cursor()
    try:
        cursor.execute(statement)
        yield cursor
    finally:
        # The driver would read the rest, of which there is no end.
        result = cursor._result  # pylint: disable=protected-access
        if result is not None:
            result.unbuffered_active = False
        connection._force_close()  # pylint: disable=protected-access


def take(cursor, count: int) -> list[tuple]:
    """Rows without their cursors."""
    return [(row[0], *row[2:]) for row in (cursor.fetchone() for _ in range(count))]


def test_rows_and_then_changes(server, cursor):
    with subscribed(server, "SUBSCRIBE SELECT id, v FROM t WHERE v < 100") as feed:
        assert [column[0] for column in feed.description] == ["_change", "_cursor", "id", "v"]
        assert take(feed, 3) == [("initial", 1, 10), ("initial", 2, 20), ("ready", None, None)]
        cursor.execute("INSERT INTO t VALUES (3, 30, 'c'), (4, 400, 'd')")
        cursor.execute("UPDATE t SET v = v + 1 WHERE id < 3")
        cursor.execute("UPDATE t SET name = 'unseen' WHERE id = 1")
        cursor.execute("UPDATE t SET v = 99 WHERE id = 4")
        cursor.execute("UPDATE t SET v = 100 WHERE id = 1")
        cursor.execute("DELETE FROM t WHERE id = 3")
        changes = take(feed, 6)
        assert changes[0] == ("insert", 3, 30)
        assert sorted(changes[1:3]) == [("update", 1, 11), ("update", 2, 21)]
        assert changes[3:] == [("insert", 4, 99), ("delete", 1, 11), ("delete", 3, 30)]


def test_changes_of_every_protocol(server, r, conn, cursor):
    with subscribed(server, "SUBSCRIBE SELECT id, v FROM t") as feed:
        take(feed, 3)
        table = r.db(DATABASE).table("t")
        table.insert({"id": 7, "v": 70}).run(conn)
        table.get(7).update({"v": 71}).run(conn)
        table.get(7).delete().run(conn)
        assert take(feed, 3) == [("insert", 7, 70), ("update", 7, 71), ("delete", 7, 71)]
        cursor.execute("BEGIN")
        cursor.execute("INSERT INTO t VALUES (8, 80, NULL)")
        cursor.execute("DELETE FROM t WHERE id = 1")
        cursor.execute("COMMIT")
        assert sorted(take(feed, 2)) == [("delete", 1, 10), ("insert", 8, 80)]


def test_keys_of_redis_are_followed(server, redis, cursor):
    del cursor
    with subscribed(server, "SUBSCRIBE SELECT id, value FROM redis.db0 WHERE id = 'k'") as feed:
        assert take(feed, 1) == [("ready", None, None)]
        redis.call("SET", "k", "one")
        redis.call("DEL", "k")
        assert take(feed, 2) == [("insert", "k", "one"), ("delete", "k", "one")]


def test_goes_on_where_it_left_off(server, cursor):
    with subscribed(server, "SUBSCRIBE SELECT * FROM t") as feed:
        rows = [feed.fetchone() for _ in range(3)]
        assert rows[0][1] is None and rows[2][1] is not None
        cursor.execute("INSERT INTO t VALUES (3, 30, 'c')")
        seen = feed.fetchone()
    cursor.execute("INSERT INTO t VALUES (4, 40, 'd')")
    cursor.execute("DELETE FROM t WHERE id = 1")
    for place, changes in ((rows[2][1], 3), (seen[1], 2)):
        with subscribed(server, f"SUBSCRIBE AFTER '{place}' SELECT * FROM t") as feed:
            assert feed.fetchone()[0] == "ready"
            missed = [("insert", 3, 30, "c"), ("insert", 4, 40, "d"), ("delete", 1, 10, "a")]
            assert take(feed, changes) == missed[-changes:]


def test_goes_on_after_a_crash(own_server):
    with filled(own_server) as cursor:
        with subscribed(own_server, "SUBSCRIBE SELECT id FROM t") as feed:
            place = [feed.fetchone() for _ in range(3)][2][1]
        cursor.execute("INSERT INTO t VALUES (3, 30, 'c')")
        own_server.kill()
    own_server.start()
    with subscribed(own_server, f"SUBSCRIBE AFTER '{place}' SELECT id FROM t") as feed:
        assert take(feed, 2) == [("ready", None), ("insert", 3)]


def test_the_first_of_an_order(server, cursor):
    with subscribed(server, "SUBSCRIBE SELECT id, v FROM t ORDER BY id LIMIT 2") as feed:
        assert sorted(take(feed, 3)) == [("initial", 1, 10), ("initial", 2, 20),
                                         ("ready", None, None)]
        cursor.execute("INSERT INTO t VALUES (0, 5, 'z')")
        assert take(feed, 2) == [("delete", 2, 20), ("insert", 0, 5)]
        cursor.execute("UPDATE t SET v = 11 WHERE id = 1")
        assert take(feed, 2) == [("delete", 1, 10), ("insert", 1, 11)]
    with subscribed(server, "SUBSCRIBE SELECT v + 1 FROM t ORDER BY v DESC LIMIT 1") as feed:
        assert take(feed, 2) == [("initial", 21), ("ready", None)]


def test_with_autocommit_off_it_holds_no_transaction(server, cursor):
    with subscribed(server, "SUBSCRIBE SELECT id FROM t", autocommit=False) as feed:
        take(feed, 3)
        cursor.execute("SELECT COUNT(*) FROM information_schema.INNODB_TRX")
        assert cursor.fetchone() == (0,)


def test_a_prepared_one_has_its_columns(server, cursor):
    del cursor
    with connect(server, database=DATABASE) as connection, connection.cursor() as cursor:
        cursor.execute("PREPARE s FROM 'SUBSCRIBE SELECT id FROM t WHERE v > ?'")
    with subscribed(server, "SELECT 1") as feed:
        feed.fetchall()
        feed.execute("SET @least = 15")
        feed.execute("PREPARE s FROM 'SUBSCRIBE SELECT id FROM t WHERE v > ?'")
        feed.execute("EXECUTE s USING @least")
        assert take(feed, 2) == [("initial", 2), ("ready", None)]


@pytest.mark.parametrize("how", ["KILL QUERY {}", "KILL {}"])
def test_kill_ends_it(server, cursor, how):
    with subscribed(server, "SUBSCRIBE SELECT id FROM t") as feed:
        take(feed, 3)
        cursor.execute(how.format(feed.connection.thread_id()))
        with pytest.raises(pymysql.err.OperationalError) as ended:
            feed.fetchone()
        assert ended.value.args[0] in (1317, 2013)
        if how.startswith("KILL QUERY"):
            feed.execute("SELECT 5")
            assert feed.fetchone() == (5,)


def test_a_client_that_is_gone_leaves_nothing(server, cursor):
    with subscribed(server, "SUBSCRIBE SELECT id FROM t") as feed:
        take(feed, 3)
        place = feed.connection.thread_id()
    for _ in range(1000):
        cursor.execute("SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE ID = %s", (place,))
        if cursor.fetchone() == (0,):
            break
    else:
        pytest.fail("its process is still there")


def test_a_table_that_is_dropped_ends_it(server, cursor):
    with subscribed(server, "SUBSCRIBE SELECT id FROM t") as feed:
        take(feed, 3)
        cursor.execute("DROP TABLE t")
        with pytest.raises(pymysql.err.ProgrammingError) as ended:
            feed.fetchone()
        assert ended.value.args == (1146, f"Table '{DATABASE}.t' doesn't exist")


@pytest.mark.parametrize("query, obstacle", [
    ("SELECT COUNT(*) FROM t", "GROUP BY or an aggregate"),
    ("SELECT a.id FROM t a JOIN t b ON a.id = b.v", "a join"),
    ("SELECT DISTINCT v FROM t", "DISTINCT"),
    ("SELECT id FROM t ORDER BY name", "ORDER BY without an index"),
    ("SELECT id FROM t UNION ALL SELECT v FROM t", "UNION"),
    ("SELECT id, ROW_NUMBER() OVER () FROM t", "a window function"),
    ("SELECT id FROM t WHERE v > RAND()", "a function whose result changes"),
    ("SELECT id FROM t WHERE v = (SELECT MAX(v) FROM t)", "a subquery"),
    ("SELECT id FROM t ORDER BY id LIMIT 3 OFFSET 1", "OFFSET"),
    ("SELECT 1", "rows of no table"),
    ("SELECT id FROM t FOR UPDATE", "FOR UPDATE"),
])
def test_what_cannot_be_followed_says_so(cursor, query, obstacle):
    with pytest.raises(pymysql.err.NotSupportedError) as refused:
        cursor.execute(f"SUBSCRIBE {query}")
    assert refused.value.args[0] == 1235
    assert obstacle in refused.value.args[1]


def test_wrong_cursors_and_rights(server, cursor):
    with pytest.raises(pymysql.err.MySQLError) as refused:
        cursor.execute("SUBSCRIBE AFTER 'o1-nonsense' SELECT id FROM t")
    assert refused.value.args == (1210, "Incorrect arguments to SUBSCRIBE AFTER")
    cursor.execute("CREATE USER IF NOT EXISTS nobody IDENTIFIED BY 'x'")
    cursor.execute(f"CREATE TABLE {DATABASE}.open (id INT PRIMARY KEY)")
    cursor.execute(f"GRANT SELECT ON {DATABASE}.open TO nobody")
    with connect(server, user="nobody", password="x", database=DATABASE) as connection:
        with connection.cursor() as other, pytest.raises(pymysql.err.OperationalError) as refused:
            other.execute("SUBSCRIBE SELECT id FROM t")
    assert refused.value.args[0] == 1142
    cursor.execute("DROP USER nobody")
