"""Replicas of replicas, and servers that change their parts: whoever has a place in a stream goes on with it at
another server, without a snapshot. Beside Debian's redis-server in every place."""

from __future__ import annotations

import pathlib
import random

import copies
import differential
from lib import redis_server, resp
from lib.server import Server
from protocol_test import ProtocolTest
from test_replicas import fill


class Chain(ProtocolTest):
    def setUp(self):
        self.redis = self.connect()
        self.redis.call("REPLICAOF", "NO", "ONE")
        self.redis.call("FLUSHALL")
        self.addCleanup(lambda: self.connect().call("REPLICAOF", "NO", "ONE"))

    @property
    def ours(self) -> tuple[str, int]:
        return self.server.addresses["redis"]

    def start_redis(self, *options: str) -> resp.Connection:
        other = redis_server.RedisServer(*redis_server.TO_MEMORY, "--repl-diskless-sync-delay", "0", *options)
        other.__enter__()
        self.addCleanup(other.__exit__)
        connection = resp.Connection(other.host, other.port)
        self.addCleanup(connection.close)
        connection.address = (other.host, other.port)
        return connection

    def start_another(self) -> resp.Connection:
        """One more of ours."""
        name = f"another-{random.randrange(10**9)}"
        another = Server(pathlib.Path(self.folder) / name, ports=self.ports).start()
        self.addCleanup(another.close)
        connection = resp.Connection(*another.addresses["redis"])
        self.addCleanup(connection.close)
        connection.address = another.addresses["redis"]
        return connection

    @staticmethod
    def follow(follower: resp.Connection, master: tuple[str, int]) -> None:
        follower.call("REPLICAOF", *master)
        copies.until(lambda: copies.info(follower)["master_link_status"] == "up", "the link")

    @staticmethod
    def place(connection: resp.Connection) -> tuple[str, str]:
        told = copies.info(connection)
        return told["master_replid"], told["master_repl_offset"]

    def assert_same(self, *servers: tuple[str, int]) -> None:
        first = copies.contents(servers[0], as_redis=True)
        for other in servers[1:]:
            self.assertEqual(copies.differences(first, copies.contents(other, as_redis=True)), [])

    def wait_for_place(self, master: resp.Connection, *followers: resp.Connection) -> None:
        """Until all are where the master is, which writes nothing meanwhile but signs of life."""
        copies.until(lambda: all(self.place(one) == self.place(master) for one in followers),
                     "the same place")

    @staticmethod
    def write(connection: resp.Connection, seed: int, count: int = 300) -> None:
        generator = differential.Generator(random.Random(seed))
        connection.call("SELECT", seed % 3)
        for _ in range(count):
            try:
                connection.call(*[word.encode("latin1") for word in generator.command()])
            except resp.ReplyError:
                pass

    def syncs(self, connection: resp.Connection) -> tuple[int, int]:
        told = copies.info(connection, "stats")
        return int(told["sync_full"]), int(told["sync_partial_ok"])


class Chains(Chain):
    def test_a_replica_of_a_replica(self):
        for last in (self.start_redis, self.start_another):
            with self.subTest(last.__name__):
                self.redis.call("REPLICAOF", "NO", "ONE")
                master, end = self.start_redis(), last()
                fill(master, random.Random(11))
                master.call("SELECT", 5)
                master.call("SET", "selected", "5")
                self.follow(self.redis, master.address)
                # Within its database the master writes on, without naming it again.
                self.follow(end, self.ours)
                master.call("SET", "selected", "still")
                self.write(master, 12)
                self.wait_for_place(master, self.redis, end)
                self.assert_same(master.address, self.ours, end.address)

    def test_a_replica_that_becomes_the_master_keeps_the_others(self):
        master, other = self.start_redis(), self.start_redis()
        self.follow(self.redis, master.address)
        self.follow(other, master.address)
        self.write(master, 21)
        self.wait_for_place(master, self.redis, other)
        before = self.place(self.redis)
        full, partial = self.syncs(self.redis)
        self.redis.call("REPLICAOF", "NO", "ONE")
        told = copies.info(self.redis)
        self.assertEqual(told["master_replid2"], before[0])
        self.assertEqual(int(told["second_repl_offset"]), int(before[1]) + 1)
        self.assertNotEqual(told["master_replid"], before[0])
        self.write(self.redis, 22)
        # One that was a replica beside it, and the master itself.
        for one in (other, master):
            self.follow(one, self.ours)
        self.write(self.redis, 23)
        self.wait_for_place(self.redis, master, other)
        self.assert_same(self.ours, master.address, other.address)
        self.assertEqual(self.syncs(self.redis), (full, partial + 2))

    def test_what_another_master_shares_is_not_sent_again(self):
        master, other = self.start_redis(), self.start_redis()
        self.follow(self.redis, master.address)
        self.follow(other, master.address)
        self.write(master, 31)
        self.wait_for_place(master, self.redis, other)
        other.call("REPLICAOF", "NO", "ONE")
        self.write(other, 32)
        full, partial = self.syncs(other)
        self.follow(self.redis, other.address)
        self.write(other, 33)
        self.wait_for_place(other, self.redis)
        self.assert_same(self.ours, other.address)
        self.assertEqual(self.syncs(other), (full, partial + 1))

    def test_a_master_goes_on_as_a_replica(self):
        for start in (self.start_redis, self.start_another):
            with self.subTest(start.__name__):
                self.redis.call("REPLICAOF", "NO", "ONE")
                self.redis.call("FLUSHALL")
                copy = start()
                self.follow(copy, self.ours)
                self.write(self.redis, 41)
                self.wait_for_place(self.redis, copy)
                copy.call("REPLICAOF", "NO", "ONE")
                self.write(copy, 42)
                full, partial = self.syncs(copy)
                self.follow(self.redis, copy.address)
                self.write(copy, 43)
                self.wait_for_place(copy, self.redis)
                self.assert_same(self.ours, copy.address)
                self.assertEqual(self.syncs(copy), (full, partial + 1))

    def test_what_was_written_at_both_is_not_mixed(self):
        copy = self.start_redis()
        self.follow(copy, self.ours)
        self.redis.call("SET", "a", "1")
        self.wait_for_place(self.redis, copy)
        copy.call("REPLICAOF", "NO", "ONE")
        self.redis.call("SET", "only", "here")
        copy.call("SET", "b", "2")
        self.follow(self.redis, copy.address)
        self.wait_for_place(copy, self.redis)
        self.assertIsNone(self.redis.call("GET", "only"))
        self.assert_same(self.ours, copy.address)
        self.assertEqual(self.syncs(copy)[0], 1)

    def test_a_new_name_of_the_stream_comes_down_the_chain(self):
        master, end = self.start_redis(), self.start_redis()
        self.follow(self.redis, master.address)
        self.follow(end, self.ours)
        self.write(master, 51)
        self.wait_for_place(master, self.redis, end)
        full, partial = self.syncs(self.redis)
        above = self.start_redis()
        self.follow(master, above.address)  # it takes other keys, and so do all behind it
        above.call("SET", "from", "above")
        self.wait_for_place(above, master, self.redis, end)
        self.assert_same(above.address, master.address, self.ours, end.address)
        self.assertEqual(self.syncs(self.redis), (full + 1, partial))
        # Now one that has the same.
        master.call("REPLICAOF", "NO", "ONE")
        master.call("SET", "from", "master")
        self.wait_for_place(master, self.redis, end)
        self.assert_same(master.address, self.ours, end.address)
        self.assertEqual(self.syncs(self.redis), (full + 1, partial + 1))

    def test_a_restart_within_the_chain(self):
        master, end = self.start_redis(), self.start_redis()
        self.follow(self.redis, master.address)
        self.follow(end, self.ours)
        self.write(master, 61)
        self.wait_for_place(master, self.redis, end)
        host, port = self.ours
        self.server.kill()
        self.write(master, 62)
        self.server.ports["redis"] = port
        self.server.start()
        self.addCleanup(self.server.ports.pop, "redis")
        self.assertEqual(self.ours, (host, port))
        self.redis = self.connect()
        self.write(master, 63)
        self.wait_for_place(master, self.redis, end)
        self.assert_same(master.address, self.ours, end.address)

    def test_no_snapshot_without_the_link(self):
        self.redis.call("REPLICAOF", "127.0.0.1", "1")
        for request in (("SYNC",), ("PSYNC", "?", "-1")):
            self.assertRegex(self.error_of(*request), "^NOMASTERLINK ")


class Messages(Chain):
    """PUBLISH and SPUBLISH."""

    COMMANDS = (
        (("PUBLISH", "c", "1"),),
        (("SPUBLISH", "s", "2"),),
        (("SELECT", "3"), ("publish", "c", "3"), ("SELECT", "0")),
        (("MULTI",), ("PUBLISH", "c", "4"), ("EXEC",)),
        (("MULTI",), ("PUBLISH", "c", "5"), ("SPUBLISH", "s", "6"), ("EXEC",)),
        (("MULTI",), ("SET", "a", "1"), ("PUBLISH", "c", "7"), ("EXEC",)),
        (("MULTI",), ("GET", "a"), ("PUBLISH", "c", "8"), ("GET", "a"), ("EXEC",)),
        (("EVAL", "redis.call('publish', 'c', '9')", "0"),),
        (("EVAL", "redis.call('publish', 'c', '10') redis.call('spublish', 's', '11')", "0"),),
        (("SET", "a", "2"), ("PUBLISH", "c", "12"), ("SET", "a", "3")),
    )

    @staticmethod
    def stream_of(address: tuple[str, int]) -> resp.Connection:
        connection = resp.Connection(*address)
        connection.send("SYNC")
        line = b""
        while not line.startswith(b"$"):
            line = connection._line().lstrip(b"\n")  # signs of life
        size = int(line[1:])
        while len(connection._buffer) < size:
            connection._fill()
        del connection._buffer[:size]
        return connection

    def commands_of(self, address: tuple[str, int]) -> list[list[str]]:
        with resp.Connection(*address) as client, self.stream_of(address) as stream:
            copies.until(lambda: "online" in copies.info(client).get("slave0", ""), "it follows")
            for words in self.COMMANDS:
                for command in words:
                    client.call(*command)
            client.call("SET", "last", "1")
            got = []
            while not got or got[-1][1] != "last":
                words = [word.decode() for word in stream.read()]
                if words not in (["PING"], ["REPLCONF", "GETACK", "*"]):
                    got.append([words[0].upper(), *words[1:], ""])
            return got

    def test_the_stream_is_as_redis_has_it(self):
        other = self.start_redis("--repl-diskless-sync", "no")
        self.assertEqual(self.commands_of(self.ours), self.commands_of(other.address))

    def receive(self, subscriber: resp.Connection, count: int) -> list[list[bytes]]:
        return [subscriber.read() for _ in range(count)]

    def subscribe(self, address: tuple[str, int]) -> resp.Connection:
        subscriber = resp.Connection(*address)
        self.addCleanup(subscriber.close)
        for command in (("SUBSCRIBE", "c"), ("PSUBSCRIBE", "c*"), ("SSUBSCRIBE", "s")):
            subscriber.call(*command)
        return subscriber

    def assert_heard(self, master: resp.Connection, listeners: list[resp.Connection]) -> None:
        for command in (("PUBLISH", "c", "plain"), ("SPUBLISH", "s", "shard"),
                        ("EVAL", "return redis.call('publish', 'c', 'script')", "0")):
            master.call(*command)
        master.call("MULTI")
        master.call("PUBLISH", "c", "queued")
        master.call("EXEC")
        for one in listeners:
            self.assertEqual(self.receive(one, 7), [
                [b"message", b"c", b"plain"], [b"pmessage", b"c*", b"c", b"plain"],
                [b"smessage", b"s", b"shard"],
                [b"message", b"c", b"script"], [b"pmessage", b"c*", b"c", b"script"],
                [b"message", b"c", b"queued"], [b"pmessage", b"c*", b"c", b"queued"]])

    def test_replicas_hear_what_is_published_here(self):
        copy = self.start_redis()
        self.follow(copy, self.ours)
        self.assert_heard(self.redis, [self.subscribe(copy.address)])

    def test_what_a_master_and_its_master_publish_is_heard_here(self):
        master, end = self.start_redis(), self.start_redis()
        self.follow(self.redis, master.address)
        self.follow(end, self.ours)
        self.assert_heard(master, [self.subscribe(self.ours), self.subscribe(end.address)])

    def test_what_is_published_at_a_replica_stays_there(self):
        master, end = self.start_redis(), self.start_redis()
        self.follow(self.redis, master.address)
        self.follow(end, self.ours)
        listeners = [self.subscribe(self.ours), self.subscribe(end.address)]
        self.assertEqual(self.redis.call("PUBLISH", "c", "here"), 2)
        self.assertEqual(self.receive(listeners[0], 2),
                         [[b"message", b"c", b"here"], [b"pmessage", b"c*", b"c", b"here"]])
        self.assert_heard(master, listeners)

    def test_who_hears_of_a_write_finds_it(self):
        master = self.start_redis()
        self.follow(self.redis, master.address)
        subscriber = resp.Connection(*self.ours)
        self.addCleanup(subscriber.close)
        subscriber.call("SUBSCRIBE", "c")
        for n in range(300):
            master.call("SET", "n", n)
            master.call("PUBLISH", "c", n)
        for n in range(300):
            self.assertEqual(subscriber.read()[2], str(n).encode())
            self.assertGreaterEqual(int(self.redis.call("GET", "n")), n)
