"""Redis keys written and read as documents: what is said of a write, and what is left of it."""

from __future__ import annotations

import pytest


def keys(r):
    return r.db("redis").table("db0")


def entry(name: str, *fields: str) -> dict:
    return {"id": name, "fields": list(fields)}


@pytest.mark.parametrize("name", [b"k" * 200, b"a\0b", b"\xff\xfe\x00", "kéy".encode()])
def test_every_id_that_is_listed_is_an_id(r, conn, redis, name):
    redis.call("SET", name, "1")
    table = keys(r)
    listed = list(table["id"].run(conn))
    assert len(listed) == 1
    given = r.binary(listed[0]) if isinstance(listed[0], bytes) else listed[0]
    assert table.get(given)["value"].run(conn) == "1"
    assert table.get_all(given).count().run(conn) == 1
    assert table.between(given, given, right_bound="closed").count().run(conn) == 1
    assert [row["value"] for row in r.expr([given]).eq_join(r.row, table)["right"].run(conn)] == ["1"]
    feed = table.get(given).changes(include_initial=True).run(conn)
    assert feed.next(wait=20)["new_val"]["value"] == "1"
    assert table.get(given).update({"value": "2"}).run(conn)["replaced"] == 1
    assert feed.next(wait=20)["new_val"]["value"] == "2"
    feed.close()
    assert redis.call("GET", name) == b"2"
    assert table.get(given).delete().run(conn)["deleted"] == 1
    assert table.insert({"id": given, "value": "3"}).run(conn)["inserted"] == 1
    assert redis.call("GET", name) == b"3"


def test_the_limit_of_other_tables_stays(r, conn):
    r.table_create("short_keys").run(conn)
    result = r.table("short_keys").insert({"id": "k" * 200}).run(conn)
    assert result["errors"] == 1 and "too long" in result["first_error"]
    r.table_drop("short_keys").run(conn)


def test_a_write_returns_what_was_stored(r, conn, redis):
    table = keys(r)
    done = table.insert({"id": "s", "type": "set", "value": ["b", "a", "b", 1], "ttl": 100.0004},
                        return_changes=True).run(conn)
    stored = {"id": "s", "type": "set", "value": ["1", "a", "b"], "ttl": 100}
    assert done["changes"] == [{"old_val": None, "new_val": stored}]
    assert sorted(redis.call("SMEMBERS", "s")) == [b"1", b"a", b"b"]
    # Said in another way, it is the same.
    done = table.get("s").update({"value": ["a", 1, "b"]}, return_changes="always").run(conn)
    assert done["changes"][0]["new_val"]["value"] == ["1", "a", "b"]
    assert done["errors"] == 0


def test_a_stream_keeps_its_groups_and_loses_nothing(r, conn, redis):
    redis.call("XADD", "x", "5-1", "f", "v")
    redis.call("XGROUP", "CREATE", "x", "g", "0")
    redis.call("XREADGROUP", "GROUP", "g", "c", "STREAMS", "x", ">")
    pending = redis.call("XPENDING", "x", "g")
    table = keys(r)
    done = table.get("x").update({"value": r.row["value"].append(entry("6-1", "f", "v"))}).run(conn)
    assert done["replaced"] == 1
    assert redis.call("XPENDING", "x", "g") == pending
    assert redis.call("XLEN", "x") == 2
    for value in ([entry("2-1", "f", "v"), entry("1-1", "f", "v")], [entry("abc", "f", "v")],
                  [entry("0-0", "f", "v")]):
        done = table.insert({"id": "y", "type": "stream", "value": value}).run(conn)
        assert (done["inserted"], done["errors"]) == (0, 1), value
    assert redis.call("EXISTS", "y") == 0
    done = table.get("x").update({"value": [entry("5-1", "f", "other")]}).run(conn)
    assert done["errors"] == 1
    assert redis.call("XRANGE", "x", "5-1", "5-1") == [[b"5-1", [b"f", b"v"]]]


def test_maxmemory_holds_for_documents(r, conn, redis):
    table = keys(r)
    try:
        redis.call("CONFIG", "SET", "maxmemory", "5mb")
        for i in range(10):
            done = table.insert({"id": f"q{i}", "value": "x" * 10**6}).run(conn)
            refused = done["errors"] == 1
            if refused:
                assert done["first_error"].startswith("OOM ")
        assert refused
        # In one statement, rows that fit are written.
        done = table.insert([{"id": f"r{i}", "value": "x" * 10**6} for i in range(10)]).run(conn)
        assert done["errors"] == 10
        assert table.get("q0").delete().run(conn)["deleted"] == 1
        redis.call("CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
        assert table.insert({"id": "new", "value": "x" * 10**6}).run(conn)["inserted"] == 1
        assert 2 <= redis.call("DBSIZE") <= 5
    finally:
        redis.call("CONFIG", "SET", "maxmemory", "0")
        redis.call("CONFIG", "SET", "maxmemory-policy", "noeviction")
