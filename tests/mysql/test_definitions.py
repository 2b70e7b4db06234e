"""Declared tables under writers, over restarts, and from both protocols at once."""

from __future__ import annotations

import threading

import pymysql
import pytest

from client import connect


def rows_of(server, query):
    with connect(server, database="test", autocommit=True) as connection:
        with connection.cursor() as cursor:
            cursor.execute(query)
            return cursor.fetchall()


def test_alter_table_beside_writers(server):
    with connect(server, database="test", autocommit=True) as connection:
        cursor = connection.cursor()
        cursor.execute("CREATE TABLE moving (id INT PRIMARY KEY AUTO_INCREMENT, u INT UNIQUE)")
        stop = threading.Event()
        progress = threading.Semaphore(0)
        written: list[int] = []
        failures: list[Exception] = []

        def write(number: int) -> None:
            with connect(server, database="test", autocommit=True) as own:
                with own.cursor() as inserting:
                    for i in range(100_000):
                        if stop.is_set():
                            break
                        try:
                            inserting.execute(f"INSERT INTO moving (u) VALUES ({i * 3 + number})")
                        except pymysql.err.MySQLError as error:
                            failures.append(error)
                            break
                        written.append(i)
                        progress.release()

        writers = [threading.Thread(target=write, args=(number,)) for number in range(3)]
        for writer in writers:
            writer.start()
        for column in range(5):
            for _ in range(20):
                progress.acquire(timeout=30)
            cursor.execute(f"ALTER TABLE moving ADD c{column} INT NOT NULL DEFAULT {column}")
            cursor.execute(f"ALTER TABLE moving ADD KEY k{column} (c{column})")
        stop.set()
        for writer in writers:
            writer.join()
        assert not failures
        cursor.execute("SELECT COUNT(*), COUNT(DISTINCT id), COUNT(DISTINCT u) FROM moving")
        assert cursor.fetchone() == (len(written),) * 3
        cursor.execute("SELECT COUNT(*) FROM moving WHERE c4 = 4")
        assert cursor.fetchone() == (len(written),)


def test_a_key_is_taken_once_over_both_protocols(server, r, conn):
    with connect(server, database="test", autocommit=True) as connection:
        cursor = connection.cursor()
        cursor.execute("CREATE TABLE shared_keys (id INT PRIMARY KEY, u VARCHAR(9) UNIQUE)")
        taken: list[str] = []

        def by_sql() -> None:
            for i in range(100):
                try:
                    cursor.execute(f"INSERT INTO shared_keys VALUES ({i}, 'u{i}')")
                    taken.append("sql")
                except pymysql.err.IntegrityError as error:
                    assert error.args[0] == 1062

        writer = threading.Thread(target=by_sql)
        writer.start()
        for i in range(100):
            done = r.table("shared_keys").insert({"id": 1000 + i, "u": f"U{i}"}).run(conn)
            if done["inserted"]:
                taken.append("reql")
            else:
                assert "another row has the key" in done["first_error"]
        writer.join()
        assert len(taken) == 100
        cursor.execute("SELECT COUNT(*), COUNT(DISTINCT u) FROM shared_keys")
        assert cursor.fetchone() == (100, 100)


def test_definitions_and_numbers_over_restarts(own_server):
    for statement in (
        "CREATE TABLE kept (id INT PRIMARY KEY AUTO_INCREMENT, u VARCHAR(9) UNIQUE, n INT, KEY (n))",
        "INSERT INTO kept (u, n) VALUES ('a', 1), ('b', 2)",
        "ALTER TABLE kept ADD x INT NOT NULL DEFAULT 4, DROP KEY n, ADD KEY m (n, x)",
    ):
        rows_of(own_server, statement)
    shown = rows_of(own_server, "SHOW CREATE TABLE kept")
    own_server.restart()
    assert rows_of(own_server, "SHOW CREATE TABLE kept") == shown
    rows_of(own_server, "INSERT INTO kept (u) VALUES ('c')")
    assert rows_of(own_server, "SELECT id, x FROM kept WHERE u = 'C'") == ((3, 4),)
    own_server.kill()
    own_server.start()
    with pytest.raises(pymysql.err.IntegrityError):
        rows_of(own_server, "INSERT INTO kept (u) VALUES ('B')")
    rows_of(own_server, "INSERT INTO kept (u, n) VALUES ('d', 2)")
    assert rows_of(own_server, "SELECT u FROM kept WHERE n = 2 ORDER BY u") == (("b",), ("d",))
    assert rows_of(own_server, "SELECT MAX(id) > 3 FROM kept") == ((1,),)


def test_rethinkdb_drops_wait_for_locks(server, r, conn):
    host, port = server.addresses["rethinkdb"]
    with connect(server, database="test", autocommit=True) as holder, holder.cursor() as cursor:
        cursor.execute("CREATE TABLE held (id INT PRIMARY KEY)")
        cursor.execute("LOCK TABLES held READ")
        dropped = threading.Event()

        def drop() -> None:
            with r.connect(host=host, port=port) as own:
                r.db("test").table_drop("held").run(own)
            dropped.set()

        dropping = threading.Thread(target=drop)
        dropping.start()
        assert not dropped.wait(0.5)
        cursor.execute("SELECT COUNT(*) FROM held")
        assert cursor.fetchall() == ((0,),)
        cursor.execute("UNLOCK TABLES")
        dropping.join(20)
        assert dropped.is_set()
        assert "held" not in r.db("test").table_list().run(conn)
