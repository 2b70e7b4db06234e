"""The first lines of each client's manual, on the standard ports where they are free."""

from __future__ import annotations

import socket

import pytest

from lib.server import Server


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
            return True
        except OSError:
            return False


@pytest.fixture
def standard_server(tmp_path):
    if not (is_free(28015) and is_free(6379)):
        pytest.skip("the standard ports are in use")
    with Server(tmp_path / "data", ports={"rethinkdb": 28015, "redis": 6379}) as running:
        yield running


def test_rethinkdb_first_lines(standard_server):
    from rethinkdb import RethinkDB
    r = RethinkDB()
    conn = r.connect()
    r.db("test").table_create("authors").run(conn)
    r.table("authors").insert([{"name": "William Adama", "tv_show": "Battlestar Galactica"},
                               {"name": "Laura Roslin"}]).run(conn)
    assert sorted(document["name"] for document in r.table("authors").run(conn)) == [
        "Laura Roslin", "William Adama"]
    feed = r.table("authors").changes().run(conn)
    r.table("authors").insert({"id": "x"}).run(r.connect())
    assert next(feed) == {"old_val": None, "new_val": {"id": "x"}}


def test_redis_first_lines(standard_server):
    import redis
    client = redis.Redis()
    assert client.set("foo", "bar") is True
    assert client.get("foo") == b"bar"
    strict = redis.StrictRedis(connection_pool=redis.ConnectionPool())
    assert strict.rpush("l", 1, 2) == 2
    assert strict.lrange("l", 0, -1) == [b"1", b"2"]
    with pytest.raises(redis.ResponseError):
        strict.incr("l")
