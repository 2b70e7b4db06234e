"""Servers that follow this one: Debian's redis-server and redis-cli, and clients that read the stream
themselves."""

from __future__ import annotations

import contextlib
import pathlib
import random
import subprocess
import threading
import unittest

import copies
import differential
import effects
from lib import redis_server, resp
from lib.patience import patient
from protocol_test import ProtocolTest


def fill(redis: resp.Connection, rng: random.Random) -> None:
    """Keys of every type, small and large, in two databases."""
    def text(size):
        return bytes(rng.randrange(256) for _ in range(size))

    for size in (1, 11, 300, 3000):
        redis.call("SET", f"text:{size}", text(size))
        for i in range(size):
            redis.call("RPUSH", f"list:{size}", text(rng.randrange(80)))
            redis.call("SADD", f"set:{size}", text(5))
            redis.call("SADD", f"ints:{size}", rng.randrange(-10**12, 10**12))
            redis.call("HSET", f"hash:{size}", i, text(rng.randrange(100)))
            redis.call("ZADD", f"zset:{size}", rng.choice((i, -i, repr(i / 7), "inf")), text(6))
            redis.call("XADD", f"stream:{size}", f"{i + 1}-1", "field", text(3), "other", i)
    redis.call("XGROUP", "CREATE", "stream:300", "readers", "0")
    redis.call("XREADGROUP", "GROUP", "readers", "one", "COUNT", "5", "STREAMS", "stream:300", ">")
    redis.call("XDEL", "stream:300", "7-1")
    redis.call("PFADD", "hll", *range(2000))
    redis.call("SET", "number", -12345, "PX", 3_600_000)
    redis.call("SELECT", 3)
    redis.call("SET", "there", "in another database")
    redis.call("FUNCTION", "LOAD", "REPLACE",
               "#!lua name=lib\nredis.register_function('f', function() return 1 end)")
    redis.call("SELECT", 0)


def request(connection: resp.Connection) -> list[str]:
    """The next command of a stream, its signs of life left out."""
    while True:
        words = [word.decode("latin1") for word in connection.read()]
        if words not in (["PING"], ["REPLCONF", "GETACK", "*"]):
            return words


class Replicas(ProtocolTest):
    def setUp(self):
        super().setUp()
        self.redis.call("FUNCTION", "FLUSH")

    def start_copy(self) -> redis_server.RedisServer:
        other = redis_server.RedisServer(*redis_server.TO_MEMORY, "--enable-debug-command", "yes")
        other.__enter__()
        self.addCleanup(other.__exit__)
        host, port = self.server.addresses["redis"]
        with resp.Connection(other.host, other.port) as connection:
            connection.call("REPLICAOF", host, port)
            copies.until(lambda: copies.info(connection)["master_link_status"] == "up", "link")
        return other

    def assert_same(self, other: redis_server.RedisServer) -> None:
        copies.drain(self.redis)
        ours = copies.contents(self.server.addresses["redis"])
        theirs = copies.contents((other.host, other.port))
        self.assertEqual(copies.differences(ours, theirs), [])

    def attach(self) -> resp.Connection:
        """As Redis's own tests do: the snapshot is read away."""
        connection = self.connect()
        connection.send("SYNC")
        size = int(connection._line().removeprefix(b"$"))
        while len(connection._buffer) < size:
            connection._fill()
        self.assertEqual(bytes(connection._buffer[:9]), b"REDIS0010")
        del connection._buffer[:size]
        return connection

    def test_a_copy_is_the_same(self):
        fill(self.redis, random.Random(1))
        other = self.start_copy()
        self.assert_same(other)
        with resp.Connection(other.host, other.port) as connection:
            self.assertEqual([library[1] for library in connection.call("FUNCTION", "LIST")],
                             [library[1] for library in self.redis.call("FUNCTION", "LIST")])
            role = connection.call("ROLE")
            self.assertEqual([role[0], role[3]], [b"slave", b"connected"])
        told = copies.info(self.redis)
        self.assertEqual(told["connected_slaves"], "1")
        self.assertRegex(told["slave0"], rf"ip=127.0.0.1,port={other.port},state=online,offset=\d+,lag=\d")
        self.assertEqual(self.redis.call("ROLE")[2][0][:2], [b"127.0.0.1", str(other.port).encode()])

    def test_each_effect(self):
        other = self.start_copy()
        for setup, command in effects.rows(effects.WRITES):
            with self.subTest(effects.title(setup, command)):
                self.redis.call("FLUSHALL")
                for words in [*setup, command]:
                    wire = [self.redis.call("DUMP", "a") if word == "<dump" else word for word in words]
                    try:
                        self.redis.call(*wire)
                    except resp.ReplyError:
                        pass
                self.assert_same(other)

    def test_random_commands(self):
        other = self.start_copy()
        for seed in range(4):
            generator = differential.Generator(random.Random(seed))
            self.redis.call("FLUSHALL")
            for _ in range(1500):
                try:
                    self.redis.call(*[word.encode("latin1") for word in generator.command()])
                except resp.ReplyError:
                    pass
            with self.subTest(seed):
                self.assert_same(other)

    def test_writes_during_the_snapshot_are_there_once(self):
        pipe = [f"key:{i}" for i in range(30_000)]
        for at in range(0, len(pipe), 1000):
            self.redis.call("MSET", *[word for key in pipe[at:at + 1000] for word in (key, "v" * 50)])
        stop = threading.Event()

        def write():
            rng = random.Random(7)
            with resp.Connection(*self.server.addresses["redis"]) as writer:
                def rename(key):
                    with contextlib.suppress(resp.ReplyError):  # the other has deleted it
                        writer.call("RENAME", key, "key:new")

                while not stop.is_set():
                    key = f"key:{rng.randrange(30_000)}"
                    rng.choice((lambda: writer.call("APPEND", key, "x"), lambda: writer.call("DEL", key),
                                lambda: writer.call("SPOP", "s", 2), lambda: writer.call("SADD", "s", *range(9)),
                                lambda: rename(key)))()

        threads = [threading.Thread(target=write) for _ in range(2)]
        for thread in threads:
            thread.start()
        try:
            other = self.start_copy()
        finally:
            stop.set()
            for thread in threads:
                thread.join()
        self.assert_same(other)

    def test_the_stream_says_what_happened(self):
        self.redis.call("SADD", "s", *range(10))
        self.redis.call("XADD", "x", "5-1", "f", "v")
        stream = self.attach()
        self.redis.call("SET", "a", "1")
        self.redis.call("SET", "a", "1", "EX", "100")
        self.redis.call("GET", "a")
        self.redis.call("DEL", "none")
        self.redis.call("INCRBYFLOAT", "n", "1.5")
        member = self.redis.call("SPOP", "s").decode()
        self.redis.call("MULTI")
        self.redis.call("INCR", "i")
        self.redis.call("SELECT", "2")
        self.redis.call("LPUSH", "l", "x")
        self.redis.call("EXEC")
        self.redis.call("SELECT", "0")
        self.redis.call("EVAL", "redis.call('set', 'b', 1) redis.call('get', 'b') redis.call('del', 'b')", 0)
        self.redis.call("PEXPIRE", "a", 1)
        copies.until(lambda: self.redis.call("GET", "a") is None, "expiry")
        got = [request(stream) for _ in range(17)]
        self.assertRegex(got[2][4], r"^\d{13}$")
        self.assertRegex(got[15][2], r"^\d{13}$")
        got[2][4] = got[15][2] = "T"
        self.assertEqual(got, [
            ["SELECT", "0"], ["SET", "a", "1"], ["SET", "a", "1", "PXAT", "T"],
            ["SET", "n", "1.5", "KEEPTTL"], ["SREM", "s", member],
            ["MULTI"], ["INCR", "i"], ["SELECT", "2"], ["LPUSH", "l", "x"], ["EXEC"],
            ["SELECT", "0"], ["MULTI"], ["set", "b", "1"], ["del", "b"], ["EXEC"],
            ["PEXPIREAT", "a", "T"], ["DEL", "a"]])

    def test_going_on_where_it_was(self):
        first = self.connect()
        first.send("PSYNC", "?", "-1")
        name, stream_id, offset = first._line().decode().split()
        self.assertEqual(name, "+FULLRESYNC")
        size = int(first._line().removeprefix(b"$"))
        first._exactly(size - 2)
        self.redis.call("SET", "a", "1")
        self.assertEqual([request(first), request(first)], [["SELECT", "0"], ["SET", "a", "1"]])
        first.close()
        self.redis.call("SET", "a", "2")
        second = self.connect()
        second.send("PSYNC", stream_id, str(int(offset) + 1))
        self.assertEqual(second._line().decode(), f"+CONTINUE {stream_id}")
        self.assertEqual([request(second) for _ in range(3)],
                         [["SELECT", "0"], ["SET", "a", "1"], ["SET", "a", "2"]])
        third = self.connect()
        third.send("PSYNC", stream_id, "999999999")
        self.assertTrue(third._line().startswith(b"+FULLRESYNC"))

    def test_wait_counts_acknowledgements(self):
        self.assertEqual(self.redis.call("WAIT", 0, 0), 0)
        self.assertEqual(self.redis.call("WAIT", 1, 10), 0)
        stream = self.attach()
        self.redis.call("SET", "a", "1")
        self.assertEqual(self.redis.call("WAIT", 1, 10), 0)
        end = copies.info(self.redis)["master_repl_offset"]
        stream.send("REPLCONF", "ACK", end)
        copies.until(lambda: f"offset={end}," in copies.info(self.redis)["slave0"], "acknowledgement")

    def test_redis_cli_writes_a_file(self):
        fill(self.redis, random.Random(2))
        path = pathlib.Path(self.folder) / "cli.rdb"
        port = str(self.server.addresses["redis"][1])
        done = subprocess.run(["redis-cli", "-p", port, "--rdb", str(path)], capture_output=True,
                              text=True, check=False, timeout=patient(60))
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        checked = subprocess.run(["redis-check-rdb", str(path)], capture_output=True, text=True, check=False)
        self.assertIn("\\o/ RDB looks OK! \\o/", checked.stdout)
        with redis_server.RedisServer("--save", "", "--dir", str(path.parent), "--dbfilename", path.name) as other:
            self.assertEqual(copies.differences(copies.contents(self.server.addresses["redis"]),
                                                copies.contents((other.host, other.port))), [])

    def test_redis_cli_shows_the_stream(self):
        port = str(self.server.addresses["redis"][1])
        self.redis.call("SET", "a", "1")
        with subprocess.Popen(["redis-cli", "-p", port, "--replica"], stdout=subprocess.PIPE, text=True,
                              stderr=subprocess.STDOUT) as cli:
            copies.until(lambda: "online" in copies.info(self.redis).get("slave0", ""), "redis-cli")
            self.redis.call("SET", "b", "shown")
            lines = []
            while not lines or "shown" not in lines[-1]:
                lines.append(cli.stdout.readline())
            cli.terminate()

    def test_a_value_that_is_restored_replaces_one_when_it_was_told_to(self):
        payload = self.redis.call("DUMP", self.redis.call("SET", "a", "1") and "a")
        self.redis.call("DEL", "b")
        stream = self.attach()
        self.redis.call("RESTORE", "b", 0, payload)
        self.redis.call("RESTORE", "b", 0, payload, "replace")
        got = [request(stream) for _ in range(3)]
        self.assertEqual([got[0]] + [one[:3] + one[4:] for one in got[1:]], [
            ["SELECT", "0"], ["RESTORE", "b", "0", "ABSTTL"], ["RESTORE", "b", "0", "replace", "ABSTTL"]])

    def test_replicas_are_a_type_of_clients(self):
        stream = self.attach()
        copies.until(lambda: copies.info(self.redis).get("connected_slaves") == "1", "it follows")
        for name in ("slave", "replica"):
            self.assertIn("flags=S", self.redis.call("CLIENT", "LIST", "TYPE", name).decode())
        self.assertNotIn("flags=S", self.redis.call("CLIENT", "LIST", "TYPE", "normal").decode())
        self.assertEqual(self.redis.call("CLIENT", "KILL", "TYPE", "replica"), 1)
        self.assertTrue(copies.until(stream.ended, "the end"))

    def test_rights(self):
        self.redis.call("ACL", "SETUSER", "reader", "on", ">secret", "~*", "+@all", "-@admin")
        self.addCleanup(lambda: self.connect().call("ACL", "DELUSER", "reader"))
        client = self.connect()
        client.call("AUTH", "reader", "secret")
        for command in (("SYNC",), ("PSYNC", "?", "-1"), ("REPLICAOF", "127.0.0.1", "1")):
            with self.assertRaises(resp.ReplyError) as caught:
                client.call(*command)
            self.assertTrue(str(caught.exception).startswith("NOPERM"))

    def test_who_is_too_far_behind_goes(self):
        self.config("client-output-buffer-limit", "replica 2mb 0 0")
        self.config("repl-backlog-size", "16kb")
        stream = self.attach()
        for _ in range(40):
            self.redis.call("SET", "a", "x" * 1_000_000)
        copies.until(lambda: copies.info(self.redis)["connected_slaves"] == "0", "it to be dropped")
        self.assertTrue(copies.until(stream.ended, "the end"))


if __name__ == "__main__":
    unittest.main()
