"""Tables that RethinkDB's clients made, declared tables for RethinkDB's clients, keys of Redis."""

from __future__ import annotations

import pytest

from client import connect


@pytest.fixture(name="cursor")
def cursor_of_test(server):
    with connect(server, database="test", autocommit=True) as connection:
        with connection.cursor() as cursor:
            yield cursor


def test_rows_of_documents_have_columns(r, conn, cursor):
    r.table_create("people").run(conn)
    r.table("people").insert([
        {"id": 1, "name": "ann", "age": 31, "tags": ["a"], "on": True},
        {"id": 2, "name": "bob", "age": 40},
        {"id": 3, "name": "cid", "age": 40.5, "odd": 1},
    ]).run(conn)
    cursor.execute("DESCRIBE people")
    assert [row[0] for row in cursor.fetchall()] == ["id", "age", "name", "odd", "on", "tags"]
    cursor.execute("SELECT name FROM people WHERE age > 30 ORDER BY age, name")
    assert cursor.fetchall() == (("ann",), ("bob",), ("cid",))
    cursor.execute("SELECT COUNT(*), MAX(age) FROM people")
    assert cursor.fetchone() == (3, 40.5)
    cursor.execute("INSERT INTO people (id, name, age) VALUES (4, 'dan', 50)")
    cursor.execute("UPDATE people SET age = 51 WHERE id = 4")
    assert r.table("people").get(4).run(conn) == {"id": 4, "name": "dan", "age": 51}
    cursor.execute("INSERT INTO people (name) VALUES ('eve')")
    assert len(r.table("people").filter({"name": "eve"}).nth(0)["id"].run(conn)) == 36


def test_columns_are_in_another_order_than_fields(r, conn, cursor):
    """RethinkDB's clients merge objects by name; columns are as they were declared."""
    cursor.execute("CREATE TABLE turned (id INT PRIMARY KEY, v INT, prev INT, extra JSON)")
    cursor.execute("INSERT INTO turned VALUES (1, 1, 0, '{\"z\": 1, \"aa\": {\"y\": 1, \"b\": 2}}')")
    row = r.table("turned").get(1)
    row.update({"prev": r.row["v"], "v": 2, "extra": {"aa": {"b": 3}}}).run(conn)
    assert row.to_json_string().run(conn) == (
        '{"extra":{"aa":{"b":3,"y":1},"z":1},"id":1,"prev":1,"v":2}')
    cursor.execute("SELECT v, prev, CAST(extra->'$.aa.b' AS SIGNED) FROM turned")
    assert cursor.fetchone() == (2, 1, 3)
    cursor.execute("UPDATE turned SET prev = v, v = 3")
    assert row.pluck("v", "prev").run(conn) == {"v": 3, "prev": 2}
    r.table("turned").insert({"id": 1, "prev": 7}, conflict="update").run(conn)
    cursor.execute("SELECT v, prev FROM turned")
    assert cursor.fetchone() == (3, 7)


def test_a_declared_table_is_a_table_for_everyone(r, conn, cursor):
    cursor.execute("CREATE TABLE dues (id INT PRIMARY KEY, owed INT NOT NULL)")
    cursor.execute("INSERT INTO dues VALUES (1, 5)")
    assert r.table("dues").get(1).run(conn) == {"id": 1, "owed": 5}
    r.table("dues").insert({"id": 2, "owed": 7}).run(conn)
    assert r.table("dues").insert({"id": 3}).run(conn)["errors"] == 1
    cursor.execute("SELECT SUM(owed) FROM dues")
    assert int(cursor.fetchone()[0]) == 12


def test_keys_are_rows(redis, cursor):
    redis.call("SET", "greeting", "hello")
    cursor.execute("SELECT id, type, value FROM redis.db0 WHERE id = 'greeting'")
    assert cursor.fetchone() == ("greeting", "string", "hello")
