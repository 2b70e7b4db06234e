"""kill -9 at random points under concurrent writers over both protocols, again and again.

What must hold after each start: every acknowledged write is there; a transaction is there as a
whole or not at all; indexes agree with rows; a feed resumed from its cursor tells the rest.
"""

from __future__ import annotations

import os
import random
import subprocess
import threading
import time

import pytest

from lib import resp
from lib.server import Server, binary

ROUNDS = int(os.environ.get("OCTAVO_KILL_ROUNDS", "8"))
SEED = int(os.environ.get("OCTAVO_KILL_SEED", str(random.randrange(1 << 30))))


class Writer(threading.Thread):
    """Writes until the server goes away; remembers what was acknowledged."""

    def __init__(self, server: Server, number: int, state: dict):
        super().__init__()
        self.server = server
        self.number = number
        self.state = state  # survives rounds: name → last acknowledged value
        self.failure: Exception | None = None
        self.expects_end = False  # set before the server is killed

    def run(self) -> None:
        try:
            self.write()
        except Exception as error:  # pylint: disable=broad-exception-caught
            if not self.expects_end:  # the server ended, or refused a write, by itself
                self.failure = error

    def write(self) -> None:
        raise NotImplementedError


class RedisWriter(Writer):
    """Pairs of keys that change together, and a list that only grows."""

    def write(self) -> None:
        name = f"w{self.number}"
        with resp.Connection(*self.server.addresses["redis"]) as redis:
            for i in range(self.state.get("next", 0), 1 << 40):
                redis.call("MULTI")
                redis.call("SET", f"{name}:left", str(i))
                redis.call("RPUSH", f"{name}:log", str(i))
                redis.call("SET", f"{name}:right", str(i))
                redis.call("EXEC")
                self.state["next"] = i + 1

    def check(self, redis: resp.Connection) -> None:
        name = f"w{self.number}"
        left, right = redis.call("GET", f"{name}:left"), redis.call("GET", f"{name}:right")
        assert left == right, f"half a transaction: {left} and {right}"
        log = [int(one) for one in redis.call("LRANGE", f"{name}:log", "0", "-1")]
        assert log == list(range(len(log))), f"the log of {name} has gaps or repeats"
        assert len(log) >= self.state.get("next", 0), f"{name}: acknowledged writes are lost"
        assert int(left or -1) == len(log) - 1
        self.state["next"] = len(log)  # one more may have been applied than acknowledged


class DocumentWriter(Writer):
    """Batches of documents under an index, and updates of one of them."""

    def __init__(self, server: Server, number: int, state: dict, r):
        super().__init__(server, number, state)
        self.r = r

    def write(self) -> None:
        host, port = self.server.addresses["rethinkdb"]
        conn = self.r.connect(host=host, port=port, timeout=20)
        table = self.r.table("rows")
        for batch in range(self.state.get("next", 0), 1 << 40):
            rows = [{"id": f"{self.number}:{batch}:{i}", "writer": self.number, "batch": batch}
                    for i in range(5)]
            result = table.insert(rows, conflict="replace").run(conn)
            assert result["errors"] == 0, result
            table.insert({"id": f"last:{self.number}", "batch": batch},
                         conflict="replace").run(conn)
            self.state["next"] = batch + 1

    def check(self, conn) -> None:
        r = self.r
        table = r.table("rows")
        wanted = self.state.get("next", 0)
        rows = list(table.filter({"writer": self.number}).run(conn))
        batches: dict[int, int] = {}
        for row in rows:
            batches[row["batch"]] = batches.get(row["batch"], 0) + 1
        missing = [batch for batch in range(wanted) if batches.get(batch) != 5]
        assert not missing, f"acknowledged batches are lost: {missing[:10]}"
        half = {batch: count for batch, count in batches.items() if count != 5}
        assert not half, f"half-visible batches: {half}"  # acknowledged or not
        by_index = table.get_all(self.number, index="writer").count().run(conn)
        assert by_index == len(rows), f"the index has {by_index} entries for {len(rows)} rows"
        last = table.get(f"last:{self.number}").run(conn)
        assert (last["batch"] if last else -1) >= wanted - 1


@pytest.mark.timeout(600)
def test_kill_under_writers(r, tmp_path):
    print(f"seed {SEED}, {ROUNDS} rounds")
    generator = random.Random(SEED)
    server = Server(tmp_path / "data").start()
    host, port = server.addresses["rethinkdb"]
    conn = r.connect(host=host, port=port)
    r.table_create("rows").run(conn)
    r.table("rows").index_create("writer").run(conn)
    r.table("rows").index_wait().run(conn)
    conn.close()
    states: list[dict] = [{} for _ in range(4)]
    for _ in range(ROUNDS):
        writers = [RedisWriter(server, 0, states[0]), RedisWriter(server, 1, states[1]),
                   DocumentWriter(server, 2, states[2], r), DocumentWriter(server, 3, states[3], r)]
        for writer in writers:
            writer.start()
        time.sleep(generator.uniform(0.05, 1.5))
        for writer in writers:
            writer.expects_end = True
        assert server.alive(), server.log()
        server.kill()
        for writer in writers:
            writer.join(60)
            assert not writer.is_alive()
            if writer.failure:
                raise writer.failure
        server.start()
        host, port = server.addresses["rethinkdb"]
        conn = r.connect(host=host, port=port, timeout=20)
        with resp.Connection(*server.addresses["redis"]) as redis:
            writers[0].check(redis)
            writers[1].check(redis)
        writers[2].check(conn)
        writers[3].check(conn)
        conn.close()
    written = [state.get("next", 0) for state in states]
    print(f"acknowledged: {written}")
    assert all(written)
    server.close()


@pytest.mark.timeout(300)
def test_an_index_over_rows_that_were_there(r, tmp_path):
    """A kill right after it is ready: of rows in the log only, and of rows in table files."""
    server = Server(tmp_path / "data").start()
    conn = r.connect(*server.addresses["rethinkdb"], timeout=20)
    r.table_create("t").run(conn)
    table = r.table("t")
    table.insert([{"id": i, "a": i % 7} for i in range(1000)]).run(conn)
    for name in ("first", "second"):
        table.index_create(name, r.row["a"]).run(conn)
        assert table.index_wait(name).run(conn)[0]["ready"]
        table.get_all(*range(100)).update({"a": r.row["a"] + 10}).run(conn)
        server.kill()
        server.start()
        conn = r.connect(*server.addresses["rethinkdb"], timeout=20)
        table.index_wait().run(conn)
        rows = sorted((row["a"], row["id"]) for row in table.run(conn))
        assert len(rows) == 1000
        by_index = table.order_by(index=name).run(conn)
        assert [(row["a"], row["id"]) for row in by_index] == rows
        server.restart()
        conn = r.connect(*server.addresses["rethinkdb"], timeout=20)
    server.stop()
    verdict = subprocess.run([str(binary()), "check", str(server.data)], capture_output=True,
                             text=True, timeout=120, check=False)
    assert verdict.returncode == 0, verdict.stdout + verdict.stderr
    assert "index second: 1000 rows, 1000 entries" in verdict.stdout


@pytest.mark.timeout(300)
def test_feed_resumes_after_kill(r, tmp_path):
    """Each change once and in order, over several kills, for a feed that resumes each time."""
    generator = random.Random(SEED + 1)
    server = Server(tmp_path / "data").start()
    conn = r.connect(*server.addresses["rethinkdb"])
    r.table_create("t").run(conn)
    cursor, seen, acknowledged = None, [], 0
    for _ in range(4):
        conn = r.connect(*server.addresses["rethinkdb"], timeout=20)
        other = r.connect(*server.addresses["rethinkdb"], timeout=20)
        options = {"include_cursor": True, **({"resume_after": cursor} if cursor else {})}
        feed = r.table("t").changes(**options).run(conn)
        for _ in range(generator.randrange(5, 40)):
            r.table("t").insert({"id": acknowledged}).run(other)
            acknowledged += 1
        for _ in range(generator.randrange(1, acknowledged - len(seen) + 1)):
            event = feed.next(wait=20)
            seen.append(event["new_val"]["id"])
            cursor = event["cursor"]
        server.kill()
        server.start()
    feed = r.table("t").changes(resume_after=cursor).run(r.connect(*server.addresses["rethinkdb"]))
    while len(seen) < acknowledged:
        seen.append(feed.next(wait=20)["new_val"]["id"])
    assert seen == list(range(acknowledged))
    server.close()
