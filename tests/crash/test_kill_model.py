"""kill -9 under every kind of write of both protocols, with models of what must be there, and five feeds
that resume from their cursors.

Each writer has a place of its own (a table, a Redis database), so that at the kill one operation at
most is open: what is found afterwards is the state before it or the state after it.
"""

from __future__ import annotations

import json
import os
import random
import threading
import time

import pytest

from lib import resp
from lib.server import Server

ROUNDS = int(os.environ.get("OCTAVO_KILL_ROUNDS", "3"))
SEED = int(os.environ.get("OCTAVO_KILL_SEED", str(random.randrange(1 << 30))))
FIRST_REFERENCE = 8  # Redis databases from here on are for the replay of what was acknowledged


class Worker(threading.Thread):
    """Goes on until the server goes away."""

    def __init__(self, server: Server, r):
        super().__init__(daemon=True)
        self.server = server
        self.r = r
        self.failure: Exception | None = None
        self.expects_end = False  # set before the server is killed

    def run(self) -> None:
        try:
            self.work()
        except Exception as error:  # pylint: disable=broad-exception-caught
            if not self.expects_end:
                self.failure = error

    def work(self) -> None:
        raise NotImplementedError

    def connect(self):
        return self.r.connect(*self.server.addresses["rethinkdb"], timeout=30)


# --- Redis: the model is the server itself, running the same commands without a kill ---


# Runs the commands that it is given.
SCRIPT = "for _, call in ipairs(cjson.decode(ARGV[1])) do redis.pcall(unpack(call)) end"


def redis_command(generator: random.Random, number: int) -> list[list[str]]:
    """One operation: a command, or the commands of a transaction. No random choice, no clock."""
    def key(kind: str) -> str:
        return f"{kind}{generator.randrange(6)}"

    word = f"w{generator.randrange(40)}"
    small = str(generator.randrange(-5, 20))
    commands = [
        ["SET", key("s"), word], ["APPEND", key("s"), word], ["SETRANGE", key("s"), "3", word],
        ["INCRBY", key("n"), small], ["INCRBYFLOAT", key("f"), "0.5"], ["GETSET", key("s"), word],
        ["MSET", key("s"), word, key("s"), "x"], ["SETNX", key("s"), word], ["GETDEL", key("s")],
        ["SETBIT", key("b"), str(generator.randrange(200)), "1"],
        ["BITOP", "XOR", key("b"), key("b"), key("b")],
        ["BITFIELD", key("b"), "SET", "u8", "8", str(generator.randrange(256))],
        ["DEL", key(generator.choice("sblhzxt"))], ["UNLINK", key("l"), key("h")],
        ["RENAME", "seed", key("s")], ["COPY", key("l"), key("l"), "REPLACE"],
        ["PEXPIREAT", key(generator.choice("slhz")), str(4_000_000_000_000 + number)],
        ["PERSIST", key("s")], ["SET", key("s"), word, "PXAT", str(4_100_000_000_000 + number)],
        ["LPUSH", key("l"), word, small], ["RPUSH", key("l"), word], ["LPOP", key("l")],
        ["RPOP", key("l"), "2"], ["LSET", key("l"), "0", word], ["LTRIM", key("l"), "0", "30"],
        ["LINSERT", key("l"), "BEFORE", word, small], ["LREM", key("l"), "1", word],
        ["LMOVE", key("l"), key("l"), "LEFT", "RIGHT"], ["RPOPLPUSH", key("l"), key("l")],
        ["LMPOP", "1", key("l"), "LEFT"],
        ["SADD", key("t"), word, small], ["SREM", key("t"), word],
        ["SMOVE", key("t"), key("t"), word], ["SUNIONSTORE", key("t"), key("t"), key("t")],
        ["SDIFFSTORE", key("t"), key("t"), key("t")], ["SINTERSTORE", key("t"), key("t"), key("t")],
        ["HSET", key("h"), word, small, "f", word], ["HDEL", key("h"), word],
        ["HINCRBY", key("h"), "count", small], ["HSETNX", key("h"), word, "1"],
        ["HINCRBYFLOAT", key("h"), "share", "1.5"],
        ["HPEXPIREAT", key("h"), str(4_000_000_000_000 + number), "FIELDS", "2", "share", word],
        ["HPERSIST", key("h"), "FIELDS", "1", "share"],
        ["ZADD", key("z"), small, word], ["ZADD", key("z"), "GT", "CH", small, word],
        ["ZINCRBY", key("z"), small, word], ["ZREM", key("z"), word], ["ZPOPMIN", key("z")],
        ["ZUNIONSTORE", key("z"), "2", key("z"), key("z")],
        ["ZRANGESTORE", key("z"), key("z"), "0", "5"], ["ZREMRANGEBYRANK", key("z"), "5", "6"],
        ["XADD", key("x"), f"{number + 1}-0", "f", word], ["XTRIM", key("x"), "MAXLEN", "20"],
        ["XDEL", key("x"), f"{max(number - 9, 1)}-0"],
        ["XGROUP", "CREATE", key("x"), "g", "0", "MKSTREAM"],
        ["PFADD", key("p"), word], ["PFMERGE", key("p"), key("p"), key("p")],
        ["GEOADD", key("g"), "13.3", "38.1", word], ["SORT", key("l"), "ALPHA", "STORE", key("l")],
    ]
    kind = generator.random()
    if kind < 0.1:
        return [["MULTI"], *generator.sample(commands, 3), ["EXEC"]]
    if kind < 0.2:
        return [["EVAL", SCRIPT, "0", json.dumps(generator.sample(commands, 3))]]
    return [generator.choice(commands)]


class RedisWriter(Worker):
    def __init__(self, server, r, database: int, seed: int):
        super().__init__(server, r)
        self.database = database
        self.generator = random.Random(seed)
        self.acknowledged: list[list[list[str]]] = []
        self.open: list[list[str]] | None = None

    def work(self) -> None:
        with resp.Connection(*self.server.addresses["redis"]) as redis:
            redis.call("SELECT", self.database)
            redis.call("FLUSHDB")
            for number in range(1 << 40):
                self.open = redis_command(self.generator, number)
                self.run_operation(redis, self.open)
                self.acknowledged.append(self.open)
                self.open = None

    @staticmethod
    def run_operation(redis: resp.Connection, operation: list[list[str]]) -> None:
        redis.send_raw(b"".join(resp.encode(*command) for command in operation))
        for _ in operation:
            try:
                redis.read()
            except resp.ReplyError:  # WRONGTYPE, no such key: an answer as good as any
                pass

    def check(self, redis: resp.Connection) -> None:
        reference = FIRST_REFERENCE + self.database
        redis.call("SELECT", reference)
        redis.call("FLUSHDB")
        for operation in self.acknowledged:
            self.run_operation(redis, operation)
        found = contents(redis, self.database)
        wanted = contents(redis, reference)
        if found != wanted and self.open is not None:
            redis.call("SELECT", reference)
            self.run_operation(redis, self.open)
            wanted = contents(redis, reference)
        differing = {key for key in found.keys() | wanted.keys()
                     if found.get(key) != wanted.get(key)}
        assert not differing, (f"database {self.database} after {len(self.acknowledged)} operations "
                               f"and the open {self.open}: {sorted(differing)[:5]}")


def contents(redis: resp.Connection, database: int) -> dict:
    redis.call("SELECT", database)
    keys = redis.call("KEYS", "*")
    return {key: (redis.call("DUMP", key), redis.call("PEXPIRETIME", key)) for key in keys}


# --- ReQL: the model is a dictionary ---


class ReqlWriter(Worker):
    """Every kind of write statement, to rows `0` to `19` of its table, and definitions."""

    def __init__(self, server, r, table: str, seed: int, rows: dict):
        super().__init__(server, r)
        self.table = table
        self.generator = random.Random(seed)
        self.rows = rows  # what was acknowledged; survives rounds
        self.candidates: list[dict] = []  # what an open statement may have made of it
        self.statements = 0

    def work(self) -> None:
        conn = self.connect()
        for number in range(1 << 40):
            query, states = self.statement(number)
            self.candidates = states
            result = query.run(conn)
            assert not isinstance(result, dict) or result.get("errors", 0) == 0, result
            self.rows = states[-1]
            self.candidates = []
            self.statements += 1

    def statement(self, number: int):
        """The query, and the states that it passes through; the last is that of its end."""
        r, rows, generator = self.r, self.rows, self.generator
        table = r.table(self.table)
        durability = generator.choice(["hard", "soft"])
        key = generator.randrange(20)
        kind = generator.randrange(10)
        if kind == 0:
            fresh = [{"id": k, "n": number, "by": "insert"} for k in generator.sample(range(20), 5)]
            return (table.insert(fresh, conflict="replace", durability=durability),
                    [{**rows, **{row["id"]: row for row in fresh}}])
        if kind == 1:
            changed = {**rows.get(key, {"id": key}), "u": number}
            return (table.insert({"id": key, "u": number}, conflict="update"),
                    [{**rows, key: changed}])
        if kind == 2:
            after = dict(rows)
            if key in rows:
                after[key] = {**rows[key], "n": rows[key].get("n", 0) + 1}
            return (table.get(key).update({"n": r.row["n"].default(0) + 1}, durability=durability),
                    [after])
        if kind == 3:
            return (table.get(key).replace({"id": key, "by": "replace", "n": number}),
                    [{**rows, key: {"id": key, "by": "replace", "n": number}}])
        if kind == 4:
            return table.get(key).delete(), [{k: row for k, row in rows.items() if k != key}]
        if kind == 5:
            return (table.update({"all": number}, durability=durability),
                    [{k: {**row, "all": number} for k, row in rows.items()}])
        if kind == 6:
            return (table.between(5, 10).delete(),
                    [{k: row for k, row in rows.items() if not 5 <= k < 10}])
        if kind == 7:
            keys = generator.sample(range(20), 3)
            states = [dict(rows)]
            for k in keys:
                states.append({**states[-1], k: {"id": k, "by": "for_each", "n": number}})
            return (r.expr(keys).for_each(lambda k: table.insert(
                {"id": k, "by": "for_each", "n": number}, conflict="replace")), states)
        if kind == 8:
            return (table.get_all(0, 1, 2, 3).update(
                lambda row: {"copy": r.table(self.table).get(row["id"])["id"]}, non_atomic=True),
                    [{k: ({**row, "copy": k} if k < 4 else row) for k, row in rows.items()}])
        name = f"i{generator.randrange(2)}"
        return (r.branch(table.index_list().contains(name), table.index_drop(name),
                         table.index_create(name, r.row["n"])), [dict(rows)])

    def check(self, conn) -> None:
        found = {row["id"]: row for row in self.r.table(self.table).run(conn)}
        allowed = [self.rows, *self.candidates]
        assert found in allowed, (f"{self.table} after {self.statements} statements: {found}, "
                                  f"wanted one of {allowed}")
        self.rows = found
        table = self.r.table(self.table)
        table.index_wait().run(conn)
        for name in table.index_list().run(conn):
            by_index = sorted((row["n"], row["id"]) for row in table.order_by(index=name).run(conn))
            wanted = sorted((row["n"], row["id"]) for row in found.values() if "n" in row)
            assert by_index == wanted, f"{self.table} by {name}"


# --- Feeds: each folds what it is told into a copy of what it follows ---


class Feed(Worker):
    def __init__(self, server, r, query, memory: dict):
        super().__init__(server, r)
        self.query = query
        self.memory = memory  # survives rounds: cursor, rows
        self.told = 0

    def work(self) -> None:
        conn = self.connect()
        options = {"include_cursor": True}
        if "cursor" in self.memory:
            options["resume_after"] = self.memory["cursor"]
        for event in self.query(self.r).changes(**options).run(conn):
            self.take(event)

    def take(self, event: dict) -> None:
        rows = self.memory["rows"]
        old, new = lasting(event.get("old_val")), lasting(event.get("new_val"))
        if old is not None:
            assert rows.get(old["id"]) == old, f"told of {old}, knew {rows.get(old['id'])}"
            del rows[old["id"]]
        if new is not None:
            assert new["id"] not in rows, f"told twice of {new['id']}"
            rows[new["id"]] = new
        self.memory["cursor"] = event["cursor"]
        self.told += 1

    def agrees(self, conn) -> bool:
        current = self.query(self.r).run(conn)
        rows = current if isinstance(current, list) else (
            [current] if isinstance(current, dict) or current is None else list(current))
        return self.memory["rows"] == {row["id"]: lasting(row) for row in rows if row is not None}


def lasting(row: dict | None) -> dict | None:
    """Without what only passing time changes: how long a key has to live."""
    return row and {name: value for name, value in row.items() if name != "ttl"}


FEEDS = [
    lambda r: r.table("m0"),
    lambda r: r.table("m1").between(3, 15),
    lambda r: r.table("m0").get(7),
    lambda r: r.table("m1").filter(r.row["by"].default("") == "insert"),
    lambda r: r.db("redis").table("db3").filter(r.row["type"] == "string"),
]


def join_all(workers: list[Worker]) -> None:
    for worker in workers:
        worker.join(60)
        assert not worker.is_alive()
        if worker.failure:
            raise worker.failure


@pytest.mark.timeout(3600)
def test_kill_under_every_kind_of_write(r, tmp_path):
    print(f"seed {SEED}, {ROUNDS} rounds")
    generator = random.Random(SEED)
    server = Server(tmp_path / "data").start()
    conn = r.connect(*server.addresses["rethinkdb"], timeout=30)
    for number in range(2):
        r.table_create(f"m{number}").run(conn)
    models: list[dict] = [{}, {}]
    memories: list[dict] = [{"rows": {}} for _ in FEEDS]
    told = 0
    written = 0
    for number in range(ROUNDS):
        feeds = [Feed(server, r, query, memory) for query, memory in zip(FEEDS, memories)]
        writers = [ReqlWriter(server, r, f"m{i}", generator.randrange(1 << 30), models[i])
                   for i in range(2)]
        databases = [RedisWriter(server, r, i + 1, generator.randrange(1 << 30)) for i in range(3)]
        workers = [*feeds, *writers, *databases]
        if number == 0:  # there is no cursor yet: whoever writes waits until all listen
            for feed in feeds:
                feed.start()
            wait_until(lambda: feeds_open(r, conn) == len(FEEDS), "the feeds do not open")
        for worker in workers:
            if not worker.is_alive():
                worker.start()
        time.sleep(generator.uniform(0.2, 1.5))
        for worker in workers:
            worker.expects_end = True
        assert server.alive(), server.log()
        server.kill()
        join_all(workers)
        server.start()
        conn = r.connect(*server.addresses["rethinkdb"], timeout=30)
        for i, writer in enumerate(writers):
            writer.check(conn)
            models[i] = writer.rows
            written += writer.statements
        # What the checks below do to Redis is told to nobody here: they use other databases.
        with resp.Connection(*server.addresses["redis"]) as redis:
            for database in databases:
                database.check(redis)
                written += len(database.acknowledged)
        followers = [Feed(server, r, feed.query, feed.memory) for feed in feeds]
        for follower in followers:
            follower.start()
        for follower in followers:
            wait_until(lambda f=follower: f.failure or f.agrees(conn), "a feed does not catch up")
            follower.expects_end = True
        server.restart()
        join_all(followers)
        conn = r.connect(*server.addresses["rethinkdb"], timeout=30)
        told += sum(feed.told for feed in (*feeds, *followers))
    print(f"{written} writes acknowledged, {told} changes told")
    assert written > 0 and told > 0
    server.close()


def feeds_open(r, conn) -> int:
    jobs = r.db("rethinkdb").table("jobs").run(conn)
    return sum(1 for job in jobs if "changes" in str(job["info"].get("query", "")))


def wait_until(condition, complaint: str) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline, complaint
        time.sleep(0.05)
