"""SIGTERM at random moments under writers and readers: a reply that claims a success or an end is
true, and what cannot be known is an error or no reply.
"""

from __future__ import annotations

import os
import random
import threading
import time

import pytest

from lib import resp
from lib.server import STOP_LIMIT_S, Server

ROUNDS = int(os.environ.get("OCTAVO_STOP_ROUNDS", "4"))
SEED = int(os.environ.get("OCTAVO_STOP_SEED", str(random.randrange(1 << 30))))
FIXED = 4000  # rows of the table that readers read


class Actor(threading.Thread):
    """Does one thing again and again until the server says no; `step` returns only after a reply
    that claims a success, and raises AssertionError when the claim is wrong by itself."""

    def __init__(self, server: Server, state: dict):
        super().__init__(daemon=True)
        self.server = server
        self.state = state  # survives rounds
        self.untrue: AssertionError | None = None
        self.last_error: Exception | None = None

    def connect(self) -> None:
        raise NotImplementedError

    def step(self, number: int) -> None:
        raise NotImplementedError

    def run(self) -> None:
        try:
            self.connect()
            while True:
                number = self.state.setdefault("next", 0)
                self.state["next"] = number + 1
                self.step(number)
                self.state.setdefault("done", set()).add(number)
        except AssertionError as error:
            self.untrue = error
        except Exception as error:  # pylint: disable=broad-exception-caught
            self.last_error = error

    def check(self, conn, redis: resp.Connection) -> None:
        """Whether everything that was claimed is there after a restart."""


class ReqlActor(Actor):
    def __init__(self, server, state, r, **options):
        super().__init__(server, state)
        self.r = r
        self.options = options
        self.conn = None

    def connect(self) -> None:
        self.conn = self.r.connect(*self.server.addresses["rethinkdb"], timeout=30)


class InsertsBatches(ReqlActor):
    def step(self, number):
        name = self.options["name"]
        rows = [{"id": f"{name}:{number}:{i}", "of": f"{name}:{number}"} for i in range(150)]
        result = self.r.table("batches").insert(
            rows, durability=self.options["durability"]).run(self.conn)
        assert isinstance(result, dict) and result["inserted"] == 150, result

    def check(self, conn, redis):
        name = self.options["name"]
        for number in sorted(self.state.get("done", ()))[-20:]:
            keys = [f"{name}:{number}:{i}" for i in range(150)]
            found = self.r.table("batches").get_all(*keys).count().run(conn)
            assert found == 150, f"batch {name}:{number} has {found} of 150 rows"


class InsertsWithoutReply(InsertsBatches):
    def step(self, number):
        name = self.options["name"]
        for part in range(3):
            rows = [{"id": f"{name}:{number}:{i}"} for i in range(part * 50, part * 50 + 50)]
            self.r.table("batches").insert(rows).run(self.conn, noreply=True)
        self.conn.noreply_wait()


class UpdatesWholeTable(ReqlActor):
    def step(self, number):
        result = self.r.table("updated").update({"n": number}).run(self.conn)
        assert isinstance(result, dict), result
        assert result["replaced"] + result["unchanged"] == 1500, result

    def check(self, conn, redis):
        latest = max(self.state.get("done", {-1}))
        behind = self.r.table("updated").filter(self.r.row["n"] < latest).count().run(conn)
        assert behind == 0, f"{behind} of 1500 rows are older than update {latest}"


class CopiesTable(ReqlActor):
    """A statement of several transactions."""

    def step(self, number):
        r = self.r
        copies = r.table("fixed").map(lambda row: {"id": r.add(f"{number}:", row["id"].coerce_to(
            "string")), "copy": number})
        result = r.table("copies").insert(copies).run(self.conn)
        assert isinstance(result, dict) and result["inserted"] == FIXED, result
        r.table("copies").delete(durability="soft").run(self.conn)


class ReadsToTheEnd(ReqlActor):
    def step(self, number):
        r = self.r
        fixed = r.table("fixed")
        assert fixed.count().run(self.conn) == FIXED
        assert fixed.between(100, 3100).count().run(self.conn) == 3000
        assert sum(1 for _ in fixed.run(self.conn, max_batch_rows=97)) == FIXED
        assert sum(1 for _ in fixed.get_all(3, index="k").run(self.conn)) == FIXED // 8
        groups = fixed.group("k").count().run(self.conn)
        assert groups == {k: FIXED // 8 for k in range(8)}
        assert len(fixed.order_by("k").limit(500).run(self.conn)) == 500


class RedisActor(Actor):
    def __init__(self, server, state, name, always=False):
        super().__init__(server, state)
        self.name = name
        self.always = always
        self.redis = None

    def connect(self):
        self.redis = resp.Connection(*self.server.addresses["redis"])


class SetsInPipelines(RedisActor):
    def step(self, number):
        self.redis.send_raw(b"".join(
            resp.encode("SET", f"{self.name}:{number}:{i}", str(i)) for i in range(100)))
        for i in range(100):
            assert self.redis.read() == b"OK"
            self.state.setdefault("set", set()).add(f"{self.name}:{number}:{i}")

    def check(self, conn, redis):
        keys = list(self.state.get("set", ()))
        if keys:
            found = redis.call("EXISTS", *keys)
            assert found == len(keys), f"{len(keys) - found} of {len(keys)} keys are lost"


class Transacts(RedisActor):
    def step(self, number):
        commands = [resp.encode("MULTI"), resp.encode("INCR", f"{self.name}:a"),
                    resp.encode("RPUSH", f"{self.name}:list", str(number)),
                    resp.encode("INCR", f"{self.name}:b"), resp.encode("EXEC")]
        self.redis.send_raw(b"".join(commands))
        replies = [self.redis.read() for _ in commands]
        assert replies[:4] == [b"OK"] + [b"QUEUED"] * 3, replies
        assert replies[4][0] == replies[4][1] == replies[4][2], replies

    def check(self, conn, redis):
        a, b = redis.call("GET", f"{self.name}:a"), redis.call("GET", f"{self.name}:b")
        assert a == b, f"half a transaction: {a} and {b}"
        there = {int(one) for one in redis.call("LRANGE", f"{self.name}:list", "0", "-1")}
        lost = self.state.get("done", set()) - there
        assert not lost, f"acknowledged transactions are lost: {sorted(lost)[:10]}"


def prepare(r, server: Server) -> None:
    conn = r.connect(*server.addresses["rethinkdb"], timeout=60)
    for name in ("fixed", "batches", "updated", "copies"):
        r.table_create(name).run(conn)
    r.table("fixed").index_create("k").run(conn)
    r.table("fixed").insert([{"id": i, "k": i % 8} for i in range(FIXED)]).run(conn)
    r.table("updated").insert([{"id": i, "n": -1} for i in range(1500)]).run(conn)
    r.table("fixed").index_wait().run(conn)
    conn.close()


@pytest.mark.timeout(900)
def test_replies_are_true_while_the_server_stops(r, tmp_path):
    print(f"seed {SEED}, {ROUNDS} rounds")
    generator = random.Random(SEED)
    server = Server(tmp_path / "data").start()
    prepare(r, server)
    states: list[dict] = [{} for _ in range(11)]
    for number in range(ROUNDS):
        always = number % 2 == 1
        with resp.Connection(*server.addresses["redis"]) as redis:
            redis.call("CONFIG", "SET", "appendfsync", "always" if always else "everysec")
        actors = [
            InsertsBatches(server, states[0], r, name="soft", durability="soft"),
            InsertsBatches(server, states[1], r, name="hard", durability="hard"),
            InsertsWithoutReply(server, states[2], r, name="quiet", durability="hard"),
            UpdatesWholeTable(server, states[3], r), CopiesTable(server, states[4], r),
            ReadsToTheEnd(server, states[5], r), ReadsToTheEnd(server, states[6], r),
            SetsInPipelines(server, states[7], "set1"), SetsInPipelines(server, states[8], "set2"),
            Transacts(server, states[9], "t1"), Transacts(server, states[10], "t2")]
        for actor in actors:
            actor.start()
        if number == 0:  # each has been told of a success once
            wait_until(lambda: all("done" in state for state in states))
        time.sleep(generator.uniform(0.1, 1.5))
        server.stop()
        for actor in actors:
            actor.join(60)
            assert not actor.is_alive(), f"{actor} got no reply and no end"
            if actor.untrue:
                raise actor.untrue
        server.start()
        conn = r.connect(*server.addresses["rethinkdb"], timeout=60)
        with resp.Connection(*server.addresses["redis"]) as redis:
            for actor in actors:
                actor.check(conn, redis)
        conn.close()
    server.close()


def wait_until(condition) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


class LongQuery(threading.Thread):
    """A query without an end of its own; `error` is what it got."""

    def __init__(self, r, server: Server, query, act=None):
        super().__init__(daemon=True)
        self.conn = r.connect(*server.addresses["rethinkdb"], timeout=60)
        self.query = query
        self.act = act or (lambda conn, query: query.run(conn))
        self.result = self.error = None

    def run(self) -> None:
        try:
            result = self.act(self.conn, self.query)
            self.result = list(result) if hasattr(result, "next") else result
        except Exception as error:  # pylint: disable=broad-exception-caught
            self.error = error


@pytest.mark.timeout(120)
def test_what_a_stop_cuts_short_gets_an_error(r, tmp_path):
    """Queries that outlast the time for requests in flight: none of them ends well."""
    server = Server(tmp_path / "data", arguments=("--threads", "6")).start()
    conn = r.connect(*server.addresses["rethinkdb"], timeout=60)
    for name in ("t", "u", "watched"):
        r.table_create(name).run(conn)
    endless = r.range(10**12).map(lambda i: {"id": i})

    def without_reply(conn, query):
        query.run(conn, noreply=True)
        conn.noreply_wait()

    writes = LongQuery(r, server, r.table("t").insert(endless))
    quiet = LongQuery(r, server, r.table("u").insert(endless), without_reply)
    feed = LongQuery(r, server, r.table("watched").changes())
    waits = LongQuery(r, server, r.table("watched").changes().limit(1).coerce_to("array"))
    queries = [writes, quiet, feed, waits]
    for query in queries:
        query.start()
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if all(r.table(name).count().run(conn) > 0 for name in ("t", "u")):
            break
    took = server.stop()
    assert took < STOP_LIMIT_S
    for query in queries:
        query.join(30)
        assert query.result is None, query.result
        assert query.error is not None
    indeterminate = r.errors.ReqlOpIndeterminateError
    assert isinstance(writes.error, indeterminate), repr(writes.error)
    assert "shutting down" in str(writes.error)
    assert isinstance(quiet.error, indeterminate), repr(quiet.error)
    assert isinstance(waits.error, r.errors.ReqlOpFailedError), repr(waits.error)
    assert "shutting down" in str(waits.error)
    assert isinstance(feed.error, (r.errors.ReqlOpFailedError, r.errors.ReqlDriverError)), feed.error
    with Server(tmp_path / "data") as again:
        again_conn = r.connect(*again.addresses["rethinkdb"], timeout=60)
        assert r.table("t").count().run(again_conn) > 0
