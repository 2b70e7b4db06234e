"""`memory` is one total: keys, tables and whoever works share it."""

from __future__ import annotations

import os
import threading
import time

import pytest

from lib import resp
from lib.server import Server

MIB = 1 << 20
LARGE = 10**6  # of a value, which takes a MiB


def connect(r, server):
    host, port = server.addresses["rethinkdb"]
    return r.connect(host=host, port=port, timeout=60)


def pools_of(server) -> dict[str, tuple[int, int]]:
    """What each pool holds, and may hold."""
    families = server.metrics()
    used, limit = ({dict(labels)["pool"]: int(value) for (_, labels), value
                    in families[f"octavo_memory_{what}_bytes"].samples.items()}
                   for what in ("used", "limit"))
    return {name: (used[name], limit[name]) for name in used}


def fill(redis, mebibytes: int) -> None:
    for i in range(mebibytes):
        redis.call("SET", f"key:{i}", "x" * LARGE)


def error_of(redis, *command) -> str:
    with pytest.raises(resp.ReplyError) as caught:
        redis.call(*command)
    return str(caught.value)


def test_more_keys_than_memory_allows(tmp_path, r):
    """Keys have a share without a maxmemory. A start with more of them loses none, and takes only
    what makes them fewer; no other protocol gets around it."""
    data = tmp_path / "data"
    with Server(data, ("--memory", "128MiB")) as server:
        with resp.Connection(*server.addresses["redis"]) as redis:
            assert b"maxmemory:83886080\r" in redis.call("INFO", "memory")
            assert error_of(redis, "CONFIG", "SET", "maxmemory", "81mb").endswith(
                "argument must be between 0 and 83886080 inclusive")
            fill(redis, 75)
            assert error_of(redis, "SET", "more", "x" * 8 * MIB).startswith("OOM ")
            assert redis.call("SET", "little", "x") == b"OK"
    with Server(data, ("--memory", "64MiB")) as server:
        assert "keys take more than their share" in server.log()
        conn = connect(r, server)
        with resp.Connection(*server.addresses["redis"]) as redis:
            assert redis.call("DBSIZE") == 76
            assert redis.call("GET", "key:74") == b"x" * LARGE
            assert error_of(redis, "SET", "more", "x").startswith("OOM ")
            keys = r.db("redis").table("db0")
            done = keys.insert({"id": "more", "value": "x"}).run(conn)
            assert done["errors"] == 1 and done["first_error"].startswith("OOM ")
            assert keys.get("little")["value"].run(conn) == "x"
            # Tables have the least that they can work with, and work.
            r.table_create("t").run(conn)
            for part in range(10):
                rows = [{"id": part * 500 + i, "text": "y" * 1000} for i in range(500)]
                assert r.table("t").insert(rows).run(conn)["inserted"] == 500
            assert r.table("t")["text"].count().run(conn) == 5000
            pools = pools_of(server)
            assert pools["keyspace"][0] > 75 * MIB and pools["keyspace"][1] == 40 * MIB
            assert pools["rows"][1] == 8 * MIB
            for i in range(0, 75, 2):
                redis.call("DEL", f"key:{i}")
            assert redis.call("SET", "more", "x") == b"OK"
        conn.close()


def test_who_holds_it(tmp_path, r):
    """An operator sees true figures, and that they are one sum."""
    with Server(tmp_path / "data", ("--memory", "256MiB")) as server:
        conn = connect(r, server)
        r.table_create("t").run(conn)
        for part in range(20):
            rows = [{"id": part * 1000 + i, "text": "y" * 1000} for i in range(1000)]
            r.table("t").insert(rows, durability="soft").run(conn)
        with resp.Connection(*server.addresses["redis"]) as redis:
            fill(redis, 100)
            used = int(redis.call("INFO", "memory").decode().split("used_memory:")[1].split()[0])
        cursor = r.range(10**6).map(lambda i: {"i": i}).run(conn)
        for attempt in range(100):  # it is looked at every so often
            pools = r.db("rethinkdb").table("server_status").nth(0)["memory"].run(conn)
            if pools["keyspace"]["used"] == used and pools["rows"]["limit"] < 80 * MIB:
                break
            assert attempt < 99, pools
        assert pools["rows"]["used"] > 8 * MIB  # the rows are in write buffers, or in the cache
        assert pools["queries"]["used"] > 0
        assert pools["process"]["limit"] == 256 * MIB
        assert set(pools) == set(pools_of(server))
        sum_of_parts = sum(pool["used"] for name, pool in pools.items() if name != "process")
        assert abs(pools["process"]["used"] - sum_of_parts) < MIB  # they are read one by one
        cursor.close()
        conn.close()


def test_a_document_of_shared_parts(tmp_path, r):
    """A small value whose text is without end is refused in a moment, and takes no memory."""
    with Server(tmp_path / "data", ("--memory", "64MiB")) as server:
        conn = connect(r, server)
        r.table_create("t").run(conn)
        shared = r.range(60).fold({"a": 1}, lambda a, _: {"x": a, "y": a})
        done = r.table("t").insert({"id": 1, "v": shared}).run(conn)
        assert done["errors"] == 1
        assert "memory" in done["first_error"]
        assert r.table("t").count().run(conn) == 0
        conn.close()


# What the process may take beside `memory`: docs/notes/0009-memory.md has what it is made of.
BESIDE = 160 * MIB


class Peak:
    """The most that a process has had, in bytes, without the pages of files: those are the system's
    cache, which takes them back when it wants to."""

    def __init__(self, server: Server):
        self._server = server
        self._over = threading.Event()
        self.bytes = 0
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self) -> "Peak":
        self._thread.start()
        return self

    def __exit__(self, *_exception) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(0.005):
            self.bytes = max(self.bytes, self._server.anonymous_bytes())


def fill_with_keys(server) -> None:
    """Until the server takes no more."""
    with resp.Connection(*server.addresses["redis"]) as redis, pytest.raises(resp.ReplyError,
                                                                         match="^OOM "):
        for i in range(10**6):
            redis.call("MSET", *(word for j in range(100)
                                 for word in (f"key:{i}:{j}", "x" * (10 << j % 9))))


def fill_with_rows(r, server, rows: int) -> None:
    """And read them all."""
    conn = connect(r, server)
    for part in range(rows // 200):
        done = [{"id": part * 200 + i, "text": os.urandom(500).hex()} for i in range(200)]
        r.table("t").insert(done, durability="soft").run(conn)
    assert r.table("t").pluck("text").count().run(conn) == rows
    conn.close()


def run_heavy_queries(r, server, until: float, ends: list[str]) -> None:
    """Tells how each ends."""
    from rethinkdb.errors import ReqlError
    conn = connect(r, server)
    queries = [
        r.range(29).fold("x" * 10, lambda a, b: a + a).count(),
        r.range(10**9).coerce_to("array").count(),
        r.range(10**7).map(lambda i: [i, i, i, i]).group(lambda row: row),
        r.range(10**7).map(lambda i: [i, i, i, i]).order_by(lambda row: row).count(),
        r.range(26).fold({"a": 1}, lambda a, b: {"x": a, "y": a}),
    ]
    while time.monotonic() < until:
        for query in queries:
            try:
                query.run(conn, array_limit=10**9)
                ends.append("success")
            except ReqlError as error:
                ends.append(type(error).__name__)
    conn.close()


@pytest.mark.parametrize("mebibytes", [256, 512])
def test_the_process_stays_within_its_memory(tmp_path, r, mebibytes):
    """Whatever fills it: keys up to their share, rows, queries up to the limit, all together. And it
    is given back."""
    with Server(tmp_path / "data", ("--memory", f"{mebibytes}MiB")) as server:
        conn = connect(r, server)
        r.table_create("t").run(conn)
        bar = mebibytes * MIB + BESIDE
        with Peak(server) as peak:
            fill_with_rows(r, server, 20_000)
            fill_with_keys(server)
            assert server.anonymous_bytes() > mebibytes * MIB // 2  # it is there
            ends: list[str] = []
            heavy = [threading.Thread(target=run_heavy_queries,
                                      args=(r, server, time.monotonic() + 5, ends))
                     for _ in range(4)]
            for thread in heavy:
                thread.start()
            with resp.Connection(*server.addresses["redis"]) as redis:
                while any(thread.is_alive() for thread in heavy):
                    assert redis.call("PING") == b"PONG"
                    assert r.table("t").get(7)["id"].run(conn) == 7
                    time.sleep(0.05)
                assert set(ends) == {"ReqlResourceLimitError"}
                print(f"peak {peak.bytes // MIB} MiB")
                assert peak.bytes < bar
                redis.call("FLUSHALL")
            r.table_drop("t").run(conn)
            deadline = time.monotonic() + 30
            while server.anonymous_bytes() > 100 * MIB:
                assert time.monotonic() < deadline, server.anonymous_bytes() // MIB
                time.sleep(0.05)
        conn.close()
