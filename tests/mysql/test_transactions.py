"""Transactions of several clients: what a client that goes leaves, many on one row, all protocols."""

from __future__ import annotations

import concurrent.futures
import socket
import struct
import time

import pymysql
import pytest

from client import connect
from lib.patience import patient
from lib.server import Server

DATABASE = "accounts"


@pytest.fixture(name="table")
def table_of_accounts(server):
    fill(server)
    return server


def fill(server):
    with connect(server, autocommit=True) as connection, connection.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE IF NOT EXISTS {DATABASE}")
        cursor.execute(f"DROP TABLE IF EXISTS {DATABASE}.t")
        cursor.execute(f"CREATE TABLE {DATABASE}.t (id INT PRIMARY KEY, v INT NOT NULL)")
        cursor.execute(f"INSERT INTO {DATABASE}.t VALUES (1, 0), (2, 0)")


def values(server) -> dict[int, int]:
    with connect(server, database=DATABASE, autocommit=True) as connection:
        with connection.cursor() as cursor:
            cursor.execute("SELECT id, v FROM t")
            return dict(cursor.fetchall())


def begin_and_write(server) -> pymysql.Connection:
    connection = connect(server, database=DATABASE)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE t SET v = v + 1 WHERE id = 1")
    return connection


def write_at_once(server) -> int:
    """What comes of a write that would have to wait."""
    with connect(server, database=DATABASE, autocommit=True) as connection:
        with connection.cursor() as cursor:
            cursor.execute("SET innodb_lock_wait_timeout = 1")
            try:
                return cursor.execute("UPDATE t SET v = v + 10 WHERE id = 1")
            except pymysql.err.OperationalError as error:
                return error.args[0]


def until_written(server):
    """The lock is let go."""
    deadline = time.monotonic() + patient(20)
    while (written := write_at_once(server)) == 1205 and time.monotonic() < deadline:
        pass
    assert written == 1


def test_commit_and_rollback_of_pymysql(table):
    with connect(table, database=DATABASE) as connection, connection.cursor() as cursor:
        assert not connection.get_autocommit()
        cursor.execute("UPDATE t SET v = 5 WHERE id = 1")
        assert connection.server_status & pymysql.constants.SERVER_STATUS.SERVER_STATUS_IN_TRANS
        connection.rollback()
        assert values(table) == {1: 0, 2: 0}
        cursor.execute("UPDATE t SET v = 6 WHERE id = 1")
        assert values(table) == {1: 0, 2: 0}
        connection.commit()
        assert not connection.server_status & 1
        cursor.execute("UPDATE t SET v = 7 WHERE id = 2")
        connection.autocommit(True)
        assert values(table) == {1: 6, 2: 7}
        connection.begin()
        cursor.execute("DELETE FROM t")
        connection.rollback()
    assert values(table) == {1: 6, 2: 7}


def test_release_ends_the_connection(table):
    connection = begin_and_write(table)
    with connection.cursor() as cursor:
        cursor.execute("COMMIT RELEASE")
        with pytest.raises(pymysql.err.OperationalError):
            cursor.execute("SELECT 1")
    assert values(table)[1] == 1


def test_a_client_that_closes_takes_nothing_with_it(table):
    connection = begin_and_write(table)
    assert write_at_once(table) == 1205
    connection.close()
    until_written(table)
    assert values(table)[1] == 10


def test_nor_does_one_that_is_gone(table):
    connection = begin_and_write(table)
    connection._sock.shutdown(socket.SHUT_RDWR)  # pylint: disable=protected-access
    until_written(table)
    assert values(table)[1] == 10


def test_nor_one_that_is_silent_for_too_long(table):
    connection = begin_and_write(table)
    with connection.cursor() as cursor:
        cursor.execute("SET wait_timeout = 1")
    until_written(table)
    assert values(table)[1] == 10
    with pytest.raises(pymysql.err.OperationalError):
        connection.ping(reconnect=False)


@pytest.mark.parametrize("what", ["KILL", "reset", "change_user"])
def test_nor_one_that_begins_anew_or_is_killed(table, what):
    connection = begin_and_write(table)
    if what == "KILL":
        with connect(table, autocommit=True) as other, other.cursor() as cursor:
            cursor.execute(f"KILL {connection.thread_id()}")
    elif what == "reset":
        connection._execute_command(0x1F, b"")  # pylint: disable=protected-access
        connection._read_ok_packet()  # pylint: disable=protected-access
        assert not connection.server_status & 1
    else:
        # The same user, no password, no database.
        body = b"root\0\0\0" + struct.pack("<H", 45) + b"caching_sha2_password\0"
        connection._execute_command(0x11, body)  # pylint: disable=protected-access
        packet = connection._read_packet()  # pylint: disable=protected-access
        if packet.is_auth_switch_request():
            connection.write_packet(b"")
            packet = connection._read_packet()  # pylint: disable=protected-access
        assert packet.is_ok_packet()
    until_written(table)
    assert values(table)[1] == 10


def test_a_statement_that_is_killed_leaves_the_transaction(table):
    holder = begin_and_write(table)
    with connect(table, database=DATABASE) as connection, connection.cursor() as cursor:
        cursor.execute("UPDATE t SET v = 3 WHERE id = 2")
        with concurrent.futures.ThreadPoolExecutor() as threads:
            waits = threads.submit(cursor.execute, "UPDATE t SET v = 3 WHERE id = 1")
            with connect(table, autocommit=True) as other, other.cursor() as killer:
                while not waits.done():
                    killer.execute(f"KILL QUERY {connection.thread_id()}")
                    time.sleep(0.05)
            with pytest.raises(pymysql.err.OperationalError) as caught:
                waits.result()
            assert caught.value.args[0] == 1317
        connection.commit()
    holder.rollback()
    holder.close()
    assert values(table) == {1: 0, 2: 3}


def test_sessions_that_update_one_row_all_do(table):
    """More of them than there are threads that could wait for them."""
    clients, rounds = 64, 5

    def work(_number):
        with connect(table, database=DATABASE) as connection, connection.cursor() as cursor:
            for _ in range(rounds):
                cursor.execute("SELECT v FROM t WHERE id = 1 FOR UPDATE")
                (value,) = cursor.fetchone()
                cursor.execute("UPDATE t SET v = %s WHERE id = 1", (value + 1,))
                cursor.execute("UPDATE t SET v = v + 1 WHERE id = 2")
                connection.commit()

    with concurrent.futures.ThreadPoolExecutor(max_workers=clients) as threads:
        list(threads.map(work, range(clients)))
    assert values(table) == {1: clients * rounds, 2: clients * rounds}


def test_many_wait_for_a_row_on_two_workers(tmp_path):
    """All threads that could run the holder's commit are waited on; it runs all the same."""
    clients = 64
    with Server(tmp_path / "data", ("--threads", "2")) as server:
        fill(server)
        holder = begin_and_write(server)

        def work(_number):
            with connect(server, database=DATABASE) as connection, connection.cursor() as cursor:
                cursor.execute("UPDATE t SET v = v + 1 WHERE id = 1")
                connection.commit()

        with concurrent.futures.ThreadPoolExecutor(max_workers=clients) as threads:
            done = [threads.submit(work, number) for number in range(clients)]
            deadline = time.monotonic() + patient(30)
            waiting = 0
            while waiting < clients and time.monotonic() < deadline:
                waiting = server.metrics()["octavo_transactions_waiting"].value()
            holder.commit()
            for one in done:
                one.result(timeout=patient(60))
        assert waiting == clients
        assert values(server)[1] == clients + 1
        holder.close()


def test_the_victim_is_who_has_changed_fewest_rows(table):
    """Whoever closes the circle."""
    for closes in (0, 1):
        heavy, light = connect(table, database=DATABASE), connect(table, database=DATABASE)
        with heavy.cursor() as cursor, light.cursor() as other:
            cursor.execute("INSERT INTO t VALUES (10, 1), (11, 1)")
            cursor.execute("UPDATE t SET v = 5 WHERE id = 1")
            other.execute("UPDATE t SET v = 6 WHERE id = 2")
            steps = [(cursor, "UPDATE t SET v = 7 WHERE id = 2"),
                     (other, "UPDATE t SET v = 8 WHERE id = 1")]
            if closes == 0:
                steps.reverse()
            with concurrent.futures.ThreadPoolExecutor() as threads:
                first = threads.submit(steps[0][0].execute, steps[0][1])
                while table.metrics()["octavo_transactions_waiting"].value() == 0:
                    assert not first.done()
                second = threads.submit(steps[1][0].execute, steps[1][1])
                ends = [first, second] if closes == 1 else [second, first]
                assert ends[0].result(timeout=patient(20)) == 1
                with pytest.raises(pymysql.err.OperationalError) as caught:
                    ends[1].result(timeout=patient(20))
                assert caught.value.args[0] == 1213
            heavy.rollback()
        heavy.close()
        light.close()
    assert values(table) == {1: 0, 2: 0}


def test_money_stays_where_transactions_clash(table):
    """Deadlocks and all: who is told 1213 or 1205 has changed nothing."""
    with connect(table, database=DATABASE, autocommit=True) as connection:
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM t")
            cursor.executemany("INSERT INTO t VALUES (%s, 100)", [(i,) for i in range(10)])

    def work(number):
        moved = 0
        with connect(table, database=DATABASE) as connection, connection.cursor() as cursor:
            for step in range(30):
                source, target = (number * 7 + step * 3) % 10, (number + step) % 10
                try:
                    cursor.execute("UPDATE t SET v = v - 1 WHERE id = %s", (source,))
                    cursor.execute("UPDATE t SET v = v + 1 WHERE id = %s", (target,))
                    connection.commit()
                    moved += 1
                except pymysql.err.OperationalError as error:
                    assert error.args[0] in (1205, 1213)
                    connection.rollback()
        return moved

    with concurrent.futures.ThreadPoolExecutor(max_workers=8) as threads:
        assert sum(threads.map(work, range(8))) > 0
    assert sum(values(table).values()) == 1000


def test_a_cursor_keeps_its_rows_when_the_transaction_ends(table):
    """Rows that are fetched when others have run in between, as drivers in C and Java do."""
    # pylint: disable=protected-access
    with connect(table, database=DATABASE) as connection, connection.cursor() as cursor:
        cursor.execute("INSERT INTO t VALUES (3, 30)")
        connection._execute_command(0x16, b"SELECT id FROM t ORDER BY id")
        identity = connection._read_packet().get_all_data()[1:5]
        read_to_end(connection)
        connection._execute_command(0x17, identity + b"\x01" + struct.pack("<I", 1))
        connection._read_packet()
        read_to_end(connection)
        connection.rollback()
        connection._execute_command(0x1C, identity + struct.pack("<I", 10))
        rows = read_to_end(connection)
        # A header, no nulls, and the number.
        assert [struct.unpack("<xxI", row) for row in rows] == [(1,), (2,), (3,)]


def read_to_end(connection) -> list[bytes]:
    packets = []
    while not (packet := connection._read_packet()).is_eof_packet():  # pylint: disable=protected-access
        packets.append(packet.get_all_data())
    return packets


def test_nothing_stays_of_a_transaction_when_the_server_is_killed(own_server):
    fill(own_server)
    connection = begin_and_write(own_server)
    with connect(own_server, database=DATABASE) as other, other.cursor() as cursor:
        cursor.execute("UPDATE t SET v = 9 WHERE id = 2")
        other.commit()
    own_server.kill()
    own_server.start()
    assert values(own_server) == {1: 0, 2: 9}
    connection._force_close()  # pylint: disable=protected-access


def test_a_server_stops_in_spite_of_open_transactions(own_server):
    fill(own_server)
    connection = begin_and_write(own_server)
    own_server.stop()
    own_server.start()
    assert values(own_server) == {1: 0, 2: 0}
    connection._force_close()  # pylint: disable=protected-access


def test_one_commit_over_tables_of_both_kinds(r, conn, server):
    """RethinkDB's clients see it as one change set."""
    r.table_create("orders").run(conn)
    with connect(server, database="test") as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE stock (id INT PRIMARY KEY, n INT NOT NULL)")
        cursor.execute("INSERT INTO stock VALUES (1, 10)")
        connection.commit()
        feed = r.union(r.table("orders"), r.table("stock")).changes().run(conn)
        cursor.execute("INSERT INTO orders (id, item) VALUES ('a', 1)")
        cursor.execute("UPDATE stock SET n = n - 1 WHERE id = 1")
        cursor.execute("SELECT item FROM orders")
        assert cursor.fetchone() == (1,)
        assert r.table("orders").count().run(conn) == 0
        assert r.table("stock").get(1)["n"].run(conn) == 10
        connection.rollback()
        cursor.execute("INSERT INTO orders (id, item) VALUES ('b', 1)")
        cursor.execute("UPDATE stock SET n = n - 2 WHERE id = 1")
        connection.commit()
    changes = [feed.next(wait=patient(10)), feed.next(wait=patient(10))]
    assert sorted((change["new_val"] for change in changes), key=str) == [
        {"id": "b", "item": 1}, {"id": 1, "n": 8}]
    feed.close()


def test_a_view_is_older_than_a_sample_of_columns(r, conn, server):
    """Columns of a table that declares none are looked for when it is first read."""
    r.table_create("events").run(conn)
    with connect(server, database="test") as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE clock (id INT PRIMARY KEY)")
        cursor.execute("SELECT COUNT(*) FROM clock")
        r.table("events").insert({"id": 1, "name": "later"}).run(conn)
        cursor.execute("SELECT name FROM events")
        assert cursor.fetchall() == ()
        cursor.execute("INSERT INTO events (id, name, kind) VALUES (2, 'mine', 'new')")
        cursor.execute("SELECT * FROM events")
        assert cursor.fetchall() == ((2, "new", "mine"),)
        connection.rollback()
        cursor.execute("SELECT * FROM events")
        assert cursor.fetchall() == ((1, "later"),)


def test_keys_are_no_part_of_transactions(redis, server):
    redis.call("SET", "greeting", "hello")
    with connect(server) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT value FROM redis.db0 WHERE id = 'greeting'")
        assert cursor.fetchone() == ("hello",)
        with pytest.raises(pymysql.err.MySQLError) as caught:
            cursor.execute("DELETE FROM redis.db0 WHERE id = 'greeting'")
        assert caught.value.args[0] == 1235


def test_how_it_stands_is_tracked(table):
    """`session_track_transaction_info`, in the OK packets of clients that take it."""
    session_track = 1 << 23
    with connect(table, database=DATABASE, autocommit=True, client_flag=session_track) as connection:
        def told(statement: str) -> bytes:
            with connection.cursor() as cursor:
                cursor.execute(statement)
                return cursor._result.message  # pylint: disable=protected-access

        assert b"________" in told("SET session_track_transaction_info = 'CHARACTERISTICS'")
        serializable = b"SET TRANSACTION ISOLATION LEVEL SERIALIZABLE;"
        assert serializable in told("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE")
        begun = told("START TRANSACTION READ WRITE")
        assert b"T_______" in begun
        assert serializable + b" START TRANSACTION READ WRITE;" in begun
        with connection.cursor() as cursor:
            cursor.execute("SELECT * FROM t")
        assert b"T_R_W_S_" in told("INSERT INTO t VALUES (3, 0)")
        assert b"________" in told("ROLLBACK")
        assert b"________" not in told("DO 1")
        told("SET autocommit = 0")
        assert b"I___W___" in told("DELETE FROM t")
        assert b"________" in told("ROLLBACK")
