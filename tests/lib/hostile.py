"""Clients that mean harm, or do harm by what they forget. Each goes on until it is told to stop.

A client is a row of CLIENTS: a name and a function of a `Target`. A round of it opens what it needs and
leaves it in whatever state it is: an error of the server or a closed connection is an answer like another
and begins the next round. What the test looks at is the server and everybody else.
"""

from __future__ import annotations

import dataclasses
import json
import os
import random
import socket
import struct
import time

from lib import resp, reql_wire

MIB = 1 << 20
ROUND_S = 10.0  # how long a round holds what it opened, at most


@dataclasses.dataclass
class Target:
    """Where to, and whether to go on."""

    addresses: dict
    running: object  # an event
    password: str
    random: random.Random

    def redis(self, log_in: bool = True, source: str = "") -> resp.Connection:
        connection = resp.Connection(*self.addresses["redis"], timeout_s=ROUND_S, source=source)
        if log_in:
            connection.call("AUTH", self.password)
        return connection

    def driver(self):
        """A connection of the driver, logged in."""
        from rethinkdb import RethinkDB  # only in the environment of the clients
        host, port = self.addresses["rethinkdb"]
        r = RethinkDB()
        return r, r.connect(host=host, port=port, password=self.password, timeout=ROUND_S)

    def hold(self, seconds: float = ROUND_S) -> None:
        """Keeps everything open and does nothing."""
        end = time.monotonic() + seconds
        while self.running.is_set() and time.monotonic() < end:
            time.sleep(0.1)


# --- Redis ---


def guess_passwords(target: Target) -> None:
    # Its own address: failed logins count against whoever comes from there.
    with target.redis(log_in=False, source="127.0.0.2") as redis:
        redis.send_raw(b"AUTH x\r\n" * 10_000)
        for _ in range(10_000):
            read_or_error(redis)


def half_greetings(target: Target) -> None:
    beginnings = [("redis", b"*2\r\n$4\r\nAUTH\r\n$100\r\nx"), ("redis", b"*1\r\n"), ("redis", b""),
                  ("rethinkdb", struct.pack("<I", reql_wire.V1_0)), ("rethinkdb", b""),
                  ("http", b"GET /metrics HTTP/1.1\r\nHost: x\r\n")]
    held = []
    for _ in range(50):
        for protocol, beginning in beginnings:
            one = socket.create_connection(target.addresses[protocol])
            one.sendall(beginning)
            held.append(one)
    target.hold()
    for one in held:
        one.close()


def subscribers_that_do_not_read(target: Target) -> None:
    held = [target.redis() for _ in range(20)]
    for i, one in enumerate(held):
        one.send(*(("SUBSCRIBE", "hostile") if i % 2 else ("MONITOR",)))
    text = b"x" * 100_000
    with target.redis() as publisher:
        for _ in range(500):
            if not target.running.is_set():
                break
            publisher.call("PUBLISH", "hostile", text)
    for one in held:
        one.close()


def pipeline_without_reading(target: Target) -> None:
    one = target.redis()
    one.socket.settimeout(2)
    request = resp.encode("ECHO", b"e" * 1000) * 1000
    for _ in range(100):  # 100 MB of replies
        one.send_raw(request)
    target.hold(2)
    one.close()


def large_values(target: Target) -> None:
    with target.redis() as redis:
        key = f"hostile:large:{target.random.randrange(2)}"
        redis.call("SET", key, b"v" * (60 * MIB))
        for _ in range(5):  # and reads none of them
            redis.send("GET", key)
        target.hold(1)
    with target.redis() as redis:
        redis.call("DEL", key)


def large_scans(target: Target) -> None:
    with target.redis() as redis:
        redis.socket.settimeout(120)
        redis.call("SELECT", 5)
        if redis.call("DBSIZE") < 50_000:
            for start in range(0, 50_000, 1000):
                redis.send_raw(b"".join(resp.encode("SET", f"k{i}", i)
                                        for i in range(start, start + 1000)))
                for _ in range(1000):
                    redis.read()
            for start in range(0, 200_000, 1000):
                redis.call("SADD", "set", *range(start, start + 1000))
                redis.call("ZADD", "zset", *(word for i in range(start, start + 1000)
                                             for word in (i * 7919 % 100_003, f"m{i}")))
        for command in (["KEYS", "*"], ["SORT", "set", "DESC", "LIMIT", 0, 10], ["SMEMBERS", "set"],
                        ["ZUNIONSTORE", "to", 2, "zset", "set"], ["SUNIONSTORE", "to", "set", "set"],
                        ["ZRANGE", "zset", 0, -1], ["COPY", "zset", "to", "REPLACE"], ["DEL", "to"]):
            if not target.running.is_set():
                break
            redis.send(*command)
            read_or_error(redis)


def waiters_that_die(target: Target) -> None:
    held = []
    for _ in range(100):
        one = target.redis()
        one.send("BLPOP", "hostile:jobs", 0)
        one.send_raw(b"PING\r\n" * 5)
        held.append(one)
    target.hold(1)
    for one in held:
        one.close()
    with target.redis() as redis:
        redis.call("RPUSH", "hostile:jobs", *range(10))
        redis.call("DEL", "hostile:jobs")


def noise(target: Target) -> None:
    for protocol in ("redis", "rethinkdb", "http"):
        with socket.create_connection(target.addresses[protocol]) as one:
            one.settimeout(1)
            one.sendall(target.random.randbytes(target.random.randrange(1, 5000)))
            try:
                one.recv(1000)
            except TimeoutError:
                pass


def transactions_left_open(target: Target) -> None:
    with target.redis() as redis:
        redis.call("MULTI")
        for _ in range(200):
            redis.call("SET", "hostile:multi", b"m" * 200_000)
        target.hold(2)
        if target.random.random() < 0.5:
            redis.send("EXEC")
            read_or_error(redis)
            redis.call("DEL", "hostile:multi")


# --- RethinkDB ---


def idle_cursors(target: Target) -> None:
    r, conn = target.driver()
    ensure_table(r, conn, "hostile_large")
    table = r.table("hostile_large")
    if table.count().run(conn) < 50:
        for i in range(50):
            table.insert({"id": i, "text": "t" * 600_000}, conflict="replace").run(conn)
    cursors = [table.run(conn) for _ in range(8)]
    for cursor in cursors:
        next(cursor)
    target.hold(3)
    conn.close(noreply_wait=False)


def large_results(target: Target) -> None:
    r, conn = target.driver()
    for query in (r.range(10**9).coerce_to("array"),
                  r.expr([1]) * 10**9,
                  r.range(10**6).map(lambda x: r.expr("text").add(x.coerce_to("string"))).coerce_to("array").to_json_string(),
                  r.range(1000).concat_map(lambda _: r.range(1000).concat_map(lambda _: r.range(1000))).order_by(lambda x: x),
                  r.range(60).fold("x", lambda text, _: text + text),
                  r.range(30).fold(r.expr([1]), lambda list_, _: r.expr([list_, list_])).to_json_string()):
        if not target.running.is_set():
            break
        swallow(r, lambda q=query: q.run(conn, array_limit=10**9))
    conn.close(noreply_wait=False)


def endless_queries(target: Target) -> None:
    connections = [target.driver() for _ in range(8)]
    for token, (_, conn) in enumerate(connections):
        send_start(conn, token + 1000, [43, [[173, [10**13]]]])  # count of range
    target.hold(3)
    for _, conn in connections:
        conn.close(noreply_wait=False)


def feeds_that_do_not_read(target: Target) -> None:
    r, conn = target.driver()
    ensure_table(r, conn, "hostile_hot")
    held = []
    for _ in range(10):
        _, other = target.driver()
        for token in range(1000, 1005):
            send_start(other, token, [152, [[15, ["hostile_hot"]]], {"include_initial": True}])
        held.append(other)
    rows = [{"id": i, "text": "f" * 10_000} for i in range(50)]
    for n in range(20):
        if not target.running.is_set():
            break
        r.table("hostile_hot").insert([{**row, "n": n} for row in rows], conflict="replace",
                                      durability="soft").run(conn)
    for other in (*held, conn):
        other.close(noreply_wait=False)


def large_writes(target: Target) -> None:
    r, conn = target.driver()
    ensure_table(r, conn, "hostile_many")
    table = r.table("hostile_many")
    for start in range(0, 20_000, 5000):
        table.insert([{"id": i, "n": i, "text": "w" * 100} for i in range(start, start + 5000)],
                     conflict="replace", durability="soft").run(conn)
    swallow(r, lambda: table.index_create("n").run(conn))
    table.update({"touched": target.random.random()}, durability="soft").run(conn)
    table.order_by("text").limit(10).run(conn)
    table.delete(durability="soft").run(conn)
    swallow(r, lambda: table.index_drop("n").run(conn))
    conn.close(noreply_wait=False)


def slow_index_functions(target: Target) -> None:
    r, conn = target.driver()
    ensure_table(r, conn, "hostile_index")
    table = r.table("hostile_index")
    swallow(r, lambda: table.index_create("slow", lambda _: r.range(10**13).count()).run(conn))
    swallow(r, lambda: table.insert({"id": target.random.randrange(100)}, conflict="replace").run(conn))
    swallow(r, lambda: table.index_drop("slow").run(conn))
    conn.close(noreply_wait=False)


CLIENTS = {work.__name__: work for work in (
    guess_passwords, half_greetings, subscribers_that_do_not_read, pipeline_without_reading,
    large_values, large_scans, waiters_that_die, noise, transactions_left_open, idle_cursors,
    large_results, endless_queries, feeds_that_do_not_read, large_writes, slow_index_functions)}


def run(name: str, addresses: dict, password: str, running, end, rounds) -> None:
    """The process of one client: rounds while `running` is set, until `end` is."""
    os.nice(10)  # they stand for other machines: they do not take the processor from the server
    target = Target(addresses, running, password, random.Random(name))
    while not end.is_set():
        if not running.wait(timeout=0.2):
            continue
        rounds[name] = rounds.get(name, 0) + 1
        try:
            CLIENTS[name](target)
        except Exception as error:  # pylint: disable=broad-exception-caught
            rounds[f"{name}: {type(error).__name__}"] = str(error)[:200]
            time.sleep(0.1)


def read_or_error(redis: resp.Connection):
    try:
        return redis.read()
    except resp.ReplyError as error:
        return error


def swallow(r, work) -> None:
    try:
        work()
    except r.errors.ReqlError:
        pass


def ensure_table(r, conn, name: str) -> None:
    swallow(r, lambda: r.table_create(name).run(conn))


def send_start(conn, token: int, term: list) -> None:
    """Starts a query whose answer nobody reads."""
    text = json.dumps([reql_wire.START, term, {}]).encode()
    conn._instance._socket.sendall(struct.pack("<qI", token, len(text)) + text)
