"""Collections are tables of the other protocols, and their tables are collections."""

from __future__ import annotations

import contextlib
import threading
import time

import pymysql
from pymongo import UpdateOne

from client import connect
from lib.patience import patient


def test_documents_are_rows(server, r):
    with connect(server) as client:
        client.drop_database("shared")
        client.shared.people.insert_many([{"_id": 1, "name": "Ada", "age": 36},
                                          {"_id": 2, "name": "Bob", "age": 20}])
        with r.connect(*server.addresses["rethinkdb"]) as connection:
            rows = r.db("shared").table("people").order_by("age").run(connection)
            assert [row["name"] for row in rows] == ["Bob", "Ada"]
            r.db("shared").table("people").get(1).update({"age": 37}).run(connection)
        host, port = server.addresses["mysql"]
        with pymysql.connect(host=host, port=port, user="admin", database="shared",
                             autocommit=True) as connection, connection.cursor() as cursor:
            cursor.execute("SELECT name, age FROM people WHERE age > 30")
            assert cursor.fetchall() == (("Ada", 37),)
            cursor.execute("UPDATE people SET age = 21 WHERE name = 'Bob'")
        assert client.shared.people.find_one({"_id": 2})["age"] == 21
        client.drop_database("shared")


def test_rows_are_documents(server, r):
    host, port = server.addresses["mysql"]
    with connect(server) as client, pymysql.connect(host=host, port=port, user="admin",
                                                    autocommit=True) as sql:
        with sql.cursor() as cursor:
            cursor.execute("CREATE DATABASE IF NOT EXISTS declared")
            cursor.execute("DROP TABLE IF EXISTS declared.t")
            cursor.execute("CREATE TABLE declared.t (id INT PRIMARY KEY, n INT NOT NULL, s VARCHAR(5))")
            cursor.execute("INSERT INTO declared.t VALUES (1, 10, 'x')")
        collection = client.declared.t
        assert collection.find_one({"_id": 1}) == {"_id": 1, "id": 1, "n": 10, "s": "x"}
        collection.update_one({"_id": 1}, {"$inc": {"n": 5}})
        collection.insert_one({"_id": 2, "n": 7, "s": "y"})
        with sql.cursor() as cursor:
            cursor.execute("SELECT id, n, s FROM declared.t ORDER BY id")
            assert cursor.fetchall() == ((1, 15, "x"), (2, 7, "y"))
            cursor.execute("DROP DATABASE declared")
        with r.connect(*server.addresses["rethinkdb"]) as connection:
            if "mixed" in r.db_list().run(connection):
                r.db_drop("mixed").run(connection)
            r.db_create("mixed").run(connection)
            r.db("mixed").table_create("t").run(connection)
            r.db("mixed").table("t").insert({"id": "a", "v": [1, 2]}).run(connection)
        assert client.mixed.t.find_one({"v": 2}) == {"_id": "a", "id": "a", "v": [1.0, 2.0]}
        client.drop_database("mixed")


@contextlib.contextmanager
def locked(server, table: str, name: int):
    """A row that a transaction of SQL has written to. The connection, which is to end that."""
    host, port = server.addresses["mysql"]
    with pymysql.connect(host=host, port=port, user="admin") as sql, sql.cursor() as cursor:
        assert cursor.execute(f"UPDATE {table} SET n = n + 100 WHERE _id = {name}") == 1
        yield sql


def done_while_waiting(work, begun, lock) -> list:
    """Of a thread that has to wait for the lock in the midst of its work."""
    out = []
    thread = threading.Thread(target=lambda: out.append(work()))
    thread.start()
    deadline = time.monotonic() + patient(20)
    while not begun():
        assert time.monotonic() < deadline
    lock.commit()
    thread.join(patient(20))
    return out


def test_writes_before_one_that_waits_are_made_once(server, r):
    with connect(server, retryWrites=False) as client:
        client.drop_database("waits")
        collection = client.waits.c
        collection.insert_many([{"_id": 1, "n": 0}, {"_id": 2, "n": 0}])

        def value():
            return collection.find_one({"_id": 1})["n"]
        with locked(server, "waits.c", 2) as lock:
            done_while_waiting(lambda: collection.bulk_write(
                [UpdateOne({"_id": i}, {"$inc": {"n": 1}}) for i in (1, 2)]), lambda: value() > 0, lock)
        assert [row["n"] for row in collection.find()] == [1, 101]
        table = r.db("waits").table("c")
        with r.connect(*server.addresses["rethinkdb"]) as connection, \
                locked(server, "waits.c", 2) as lock:
            done = done_while_waiting(lambda: (
                table.insert({"_id": 3, "n": 5})["inserted"]
                + table.get(2).update({"n": 7})["replaced"]).run(connection),
                lambda: collection.find_one({"_id": 3}) is not None, lock)
        assert done == [2]
        assert [row["n"] for row in collection.find()] == [1, 7, 5]
        client.drop_database("waits")


def test_a_transaction_of_sql_sees_what_is_there_at_its_first_plain_read(server):
    """Also where it has written to a table without columns, whose rows are looked at for what they have."""
    host, port = server.addresses["mysql"]
    with connect(server) as client, pymysql.connect(host=host, port=port, user="admin") as sql, \
            sql.cursor() as cursor:
        client.drop_database("first")
        client.first.c.insert_many([{"_id": 1, "n": 1}, {"_id": 2, "n": 2}])
        cursor.execute("UPDATE first.c SET n = 10 WHERE _id = 1")
        cursor.execute("SELECT n FROM first.c WHERE _id = 1 FOR UPDATE")
        client.first.c.update_one({"_id": 2}, {"$set": {"n": 20}})
        cursor.execute("SELECT n FROM first.c ORDER BY _id")
        assert cursor.fetchall() == ((10,), (20,))
        client.first.c.update_one({"_id": 2}, {"$set": {"n": 30}})
        cursor.execute("SELECT n FROM first.c ORDER BY _id")
        assert cursor.fetchall() == ((10,), (20,))
        sql.rollback()
        client.drop_database("first")
