"""FAILOVER between this server and Debian's redis-server, in both directions, and between two of ours."""

from __future__ import annotations

import threading

import copies
from lib import resp
from test_chains import Chain


class Failover(Chain):
    def pairs(self):
        """A master and its replica, each once of ours."""
        for name, start in (("redis", self.start_redis), ("ours", self.start_another)):
            for ours_first in (True, False):
                other = start()
                self.redis.call("REPLICAOF", "NO", "ONE")
                self.redis.call("FLUSHALL")
                self.redis.address = self.ours
                master, copy = (self.redis, other) if ours_first else (other, self.redis)
                with self.subTest(other=name, ours_is_master=ours_first):
                    self.follow(copy, master.address)
                    self.write(master, 71)
                    yield master, copy

    @staticmethod
    def wait_for_end(master: resp.Connection, copy: resp.Connection) -> None:
        copies.until(lambda: copies.info(copy)["role"] == "master", "the new master")
        copies.until(lambda: copies.info(master).get("master_link_status") == "up", "the old one follows")
        copies.until(lambda: copies.info(master)["master_failover_state"] == "no-failover", "the end")

    def test_the_parts_change_without_a_snapshot(self):
        for master, copy in self.pairs():
            full, partial = self.syncs(copy)
            self.assertEqual(master.call("FAILOVER"), b"OK")
            self.wait_for_end(master, copy)
            self.write(copy, 72)
            self.wait_for_place(copy, master)
            self.assert_same(master.address, copy.address)
            self.assertEqual(self.syncs(copy), (full, partial + 1))

    def test_to_one_by_name(self):
        for master, copy in self.pairs():
            host, port = copy.address
            self.assertEqual(master.call("FAILOVER", "TO", host, port, "TIMEOUT", 60_000), b"OK")
            self.wait_for_end(master, copy)
            self.assertEqual(copies.info(master)["master_port"], str(port))

    def test_writes_wait_and_none_is_lost(self):
        """What is acknowledged is at the new master, also what another protocol's way writes last."""
        for master, copy in self.pairs():
            acknowledged: list[int] = []
            stop = threading.Event()

            def write(address):
                with resp.Connection(*address) as writer:
                    n = 0
                    while not stop.is_set():
                        try:
                            writer.call("SET", "n", n)
                        except resp.ReplyError as error:
                            if not str(error).startswith("READONLY"):
                                raise
                            return
                        acknowledged.append(n)
                        n += 1

            thread = threading.Thread(target=write, args=(master.address,))
            thread.start()
            copies.until(lambda: len(acknowledged) > 50, "writes")
            self.assertEqual(master.call("FAILOVER"), b"OK")
            self.wait_for_end(master, copy)
            stop.set()
            thread.join()
            self.assertEqual(copy.call("GET", "n"), str(acknowledged[-1]).encode())

    def silent_copy(self) -> resp.Connection:
        """One that never says how far it is."""
        stream = self.connect()
        stream.send("REPLCONF", "listening-port", "7777")
        stream.send("SYNC")
        copies.until(lambda: "online" in copies.info(self.redis).get("slave0", ""), "it follows")
        return stream

    def test_time_runs_out(self):
        self.silent_copy()
        self.assertEqual(self.redis.call("FAILOVER", "TIMEOUT", 100), b"OK")
        copies.until(lambda: copies.info(self.redis)["master_failover_state"] == "no-failover", "the end")
        self.assertEqual(self.redis.call("SET", "a", "1"), b"OK")
        self.assertEqual(copies.info(self.redis)["role"], "master")

    def test_it_can_be_given_up(self):
        self.silent_copy()
        self.assertEqual(self.redis.call("FAILOVER"), b"OK")
        self.assertEqual(copies.info(self.redis)["master_failover_state"], "waiting-for-sync")
        for command, refusal in ((("FAILOVER",), "ERR FAILOVER already in progress."),
                                 (("REPLICAOF", "a", 1), "ERR REPLICAOF not allowed while failing over."),
                                 (("REPLICAOF", "NO", "ONE"), "ERR REPLICAOF not allowed while failing over.")):
            self.assertEqual(self.error_of(*command), refusal)
        writer = self.connect()
        writer.send("SET", "a", "1")
        self.assertIsNone(self.redis.call("GET", "a"))
        self.assertEqual(self.redis.call("FAILOVER", "ABORT"), b"OK")
        self.assertEqual(writer.read(), b"OK")
        self.assertEqual(copies.info(self.redis)["master_failover_state"], "no-failover")

    def test_forced_upon_one_that_is_not_there(self):
        self.silent_copy()
        self.assertEqual(self.redis.call("FAILOVER", "TO", "127.0.0.1", 7777, "FORCE", "TIMEOUT", 100), b"OK")
        copies.until(lambda: copies.info(self.redis)["master_failover_state"] == "failover-in-progress", "asking")
        self.assertEqual(copies.info(self.redis)["role"], "slave")
        self.assertEqual(self.redis.call("FAILOVER", "ABORT"), b"OK")
        told = copies.info(self.redis)
        self.assertEqual((told["role"], told["master_failover_state"]), ("master", "no-failover"))
        self.assertEqual(self.redis.call("SET", "a", "1"), b"OK")

    def test_one_that_will_not(self):
        """Forced upon a redis-server that is no replica."""
        other = self.start_redis()
        stream = self.connect()
        stream.call("REPLCONF", "listening-port", other.address[1])
        stream.send("SYNC")
        copies.until(lambda: "online" in copies.info(self.redis).get("slave0", ""), "it follows")
        self.assertEqual(
            self.redis.call("FAILOVER", "TO", *other.address, "FORCE", "TIMEOUT", 100), b"OK")
        copies.until(lambda: copies.info(self.redis)["master_failover_state"] == "no-failover", "the end")
        self.assertEqual(copies.info(self.redis)["role"], "master")
        self.assertEqual(self.redis.call("SET", "a", "1"), b"OK")

    ARGUMENTS = (
        ("FAILOVER",), ("FAILOVER", "ABORT"), ("FAILOVER", "TO", "a", "1"), ("FAILOVER", "TIMEOUT", "0"),
        ("FAILOVER", "TIMEOUT", "x"), ("FAILOVER", "TO", "a", "x"), ("FAILOVER", "FORCE"), ("FAILOVER", "what"),
        ("FAILOVER", "ABORT", "TIMEOUT", "5"), ("FAILOVER", "TO", "a", "1", "FORCE", "TIMEOUT", "5"),
        ("FAILOVER", "FORCE", "FORCE"), ("FAILOVER", "TIMEOUT"), ("FAILOVER", "TO", "a"),
        ("PSYNC", "a", "1", "FAILOVER"))

    @staticmethod
    def answers(connection: resp.Connection, commands) -> list[str]:
        out = []
        for command in commands:
            try:
                out.append(str(connection.call(*command)))
            except resp.ReplyError as error:
                out.append(str(error))
        return out

    def test_arguments_as_redis(self):
        other = self.start_redis()
        self.assertEqual(self.answers(self.redis, self.ARGUMENTS), self.answers(other, self.ARGUMENTS))
        # With a replica, which has no name.
        for one in (self.redis, other):
            with_copy = resp.Connection(*(self.ours if one is self.redis else other.address))
            self.addCleanup(with_copy.close)
            with_copy.send("SYNC")
            copies.until(lambda one=one: "online" in copies.info(one).get("slave0", ""), "it follows")
        commands = (("FAILOVER", "TO", "a", "1"), ("FAILOVER", "FORCE"), ("FAILOVER", "FORCE", "TIMEOUT", "5"))
        self.assertEqual(self.answers(self.redis, commands), self.answers(other, commands))
        # As a replica.
        above = self.start_redis()
        for one in (self.redis, other):
            self.follow(one, above.address)
        commands = (("FAILOVER",), ("FAILOVER", "ABORT"), ("PSYNC", "a" * 40, "1", "FAILOVER"))
        self.assertEqual(self.answers(self.redis, commands), self.answers(other, commands))
