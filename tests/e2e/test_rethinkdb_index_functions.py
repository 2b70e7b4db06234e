"""Functions of indexes that never end by themselves, and writes that wait for others."""

from __future__ import annotations

import subprocess
import threading
import time

import pytest

from lib import resp
from lib.server import Server, binary

FOR_EVER = 10**13


def slow(r):
    """As slow as the row says."""
    return lambda row: r.range(row["n"]).count()


def check(server: Server) -> str:
    done = subprocess.run([str(binary()), "check", str(server.data)], check=False,
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def connect(r, server: Server):
    host, port = server.addresses["rethinkdb"]
    return r.connect(host=host, port=port, timeout=60)


def test_a_function_that_never_ends_stops_nobody(r, tmp_path):
    """The row is written and not indexed: by the insert, on replay, and by a later build."""
    with Server(tmp_path / "data") as server:
        conn = connect(r, server)
        r.table_create("t").run(conn)
        t = r.table("t")
        t.index_create("slow", slow(r)).run(conn)
        t.index_wait().run(conn)
        rows = [{"id": i, "n": FOR_EVER if i % 2 else i} for i in range(200)]
        longest = 0.0
        with resp.Connection(*server.addresses["redis"]) as redis:
            inserted: list[dict] = []
            writer = threading.Thread(
                target=lambda: inserted.append(t.insert(rows).run(connect(r, server))))
            writer.start()
            while writer.is_alive():
                before = time.monotonic()
                assert redis.call("SET", "k", "v") == b"OK"
                longest = max(longest, time.monotonic() - before)
            writer.join()
        assert inserted[0]["inserted"] == 200
        assert longest < 2, "other clients go on"
        indexed = [i for i in range(200) if i % 2 == 0]
        assert sorted(t.order_by(index="slow")["id"].run(conn)) == indexed
        server.kill()
        server.start()
        conn = connect(r, server)
        assert t.count().run(conn) == 200
        assert sorted(t.order_by(index="slow")["id"].run(conn)) == indexed
        t.index_create("later", slow(r)).run(conn)
        t.index_wait("later").run(conn)
        assert sorted(t.order_by(index="later")["id"].run(conn)) == indexed
        t.get(0).update({"n": FOR_EVER}).run(conn)
        t.get(1).update({"n": 1}).run(conn)
        indexed[0] = 1
        for name in ("slow", "later"):
            assert sorted(t.order_by(index=name)["id"].run(conn)) == indexed
        server.stop()
        assert "index later: 200 rows, 100 entries" in check(server)


def test_a_slow_build_ends_with_its_index_and_with_the_server(r, tmp_path):
    with Server(tmp_path / "data") as server:
        conn = connect(r, server)
        r.table_create("t").run(conn)
        t = r.table("t")
        t.insert(r.range(20000).map(lambda i: {"id": i, "n": FOR_EVER})).run(conn)
        t.index_create("slow", slow(r)).run(conn)
        before = time.monotonic()
        t.insert({"id": "beside", "n": 1}).run(conn)
        t.index_drop("slow").run(conn)
        t.index_create("quick", lambda row: row["n"]).run(conn)
        t.index_wait("quick").run(conn)
        assert time.monotonic() - before < 10, "the next build does not wait for the dropped one"
        t.index_create("slow", slow(r)).run(conn)
        assert server.stop() < 5
        server.start()
        conn = connect(r, server)
        assert t.index_status("slow").run(conn)[0]["ready"] is False
        r.table_drop("t").run(conn)
        assert server.stop() < 5
        check(server)


def test_a_query_that_waits_for_a_row_can_be_ended(r, tmp_path):
    from rethinkdb.errors import ReqlError
    with Server(tmp_path / "data", ("--threads", "4")) as server:
        conn = connect(r, server)
        r.table_create("t").run(conn)
        t = r.table("t")
        t.insert({"id": 1}).run(conn)
        jobs = r.db("rethinkdb").table("jobs")
        outcomes: dict[str, Exception | None] = {}

        def run(name: str, query) -> threading.Thread:
            def body() -> None:
                try:
                    query.run(connect(r, server))
                    outcomes[name] = None
                except ReqlError as error:
                    outcomes[name] = error
            thread = threading.Thread(target=body)
            thread.start()
            return thread

        def job_of(text: str) -> list:
            deadline = time.monotonic() + 20
            while time.monotonic() < deadline:
                for job in jobs.run(conn):
                    if text in str(job["info"].get("query", "")) and "jobs" not in str(job["info"]):
                        return job["id"]
            pytest.fail(f"no job with {text}")

        holder = run("holder", t.get(1).update({"n": r.range(FOR_EVER).count()}))
        holding = job_of(str(FOR_EVER))
        waiter = run("waiter", t.get(1).update({"waited": True}))
        jobs.get(job_of("waited")).delete().run(conn)
        waiter.join(timeout=20)
        assert not waiter.is_alive(), "a wait for a lock ends with its query"
        assert outcomes["waiter"] is not None
        jobs.get(holding).delete().run(conn)
        holder.join(timeout=20)
        assert t.get(1).run(conn) == {"id": 1}
