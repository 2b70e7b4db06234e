"""This server as a replica: of Debian's redis-server, and of masters that do not do what they should."""

from __future__ import annotations

import random
import socket
import threading

import copies
import differential
import effects
from lib import redis_server, resp
from protocol_test import ProtocolTest
from test_replicas import fill

HEADER = b"REDIS0010\xfa\x09redis-ver\x067.0.15"
# One key in database 0; a checksum of 0 is none.
SNAPSHOT = HEADER + b"\xfe\x00\x00\x06copied\x01v\xff" + bytes(8)


class Following(ProtocolTest):
    def setUp(self):
        self.redis = self.connect()
        self.redis.call("REPLICAOF", "NO", "ONE")
        self.redis.call("FLUSHALL")
        self.redis.call("FUNCTION", "FLUSH")
        self.addCleanup(lambda: self.connect().call("REPLICAOF", "NO", "ONE"))

    def start_master(self, *options: str) -> redis_server.RedisServer:
        master = redis_server.RedisServer(*redis_server.TO_MEMORY, *options)
        master.__enter__()
        self.addCleanup(master.__exit__)
        return master

    def link(self) -> dict[str, str]:
        return copies.info(self.connect())

    def follow(self, host: str, port: int) -> None:
        self.assertEqual(self.redis.call("REPLICAOF", host, port), b"OK")

    def wait_for_link(self) -> None:
        copies.until(lambda: self.link()["master_link_status"] == "up", "the link")

    def assert_same(self, master: redis_server.RedisServer) -> None:
        with resp.Connection(master.host, master.port) as connection:
            copies.drain(connection)
        theirs = copies.contents((master.host, master.port), as_redis=True)
        ours = copies.contents(self.server.addresses["redis"], as_redis=True)
        self.assertEqual(copies.differences(ours, theirs), [])

    def test_a_copy_is_the_same_and_stays_so(self):
        for diskless in ("yes", "no"):
            with self.subTest(diskless=diskless):
                master = self.start_master("--repl-diskless-sync", diskless, "--repl-diskless-sync-delay", "0")
                self.redis.call("REPLICAOF", "NO", "ONE")
                self.redis.call("SET", "ours", "goes")
                with resp.Connection(master.host, master.port) as there:
                    fill(there, random.Random(3))
                    self.follow(master.host, master.port)
                    self.wait_for_link()
                    self.assert_same(master)
                    generator = differential.Generator(random.Random(4))
                    for _ in range(3000):
                        try:
                            there.call(*[word.encode("latin1") for word in generator.command()])
                        except resp.ReplyError:
                            pass
                    self.assert_same(master)
                role = self.redis.call("ROLE")
                self.assertEqual([role[0], role[2], role[3]], [b"slave", master.port, b"connected"])

    def test_each_effect(self):
        master = self.start_master("--repl-diskless-sync-delay", "0")
        self.follow(master.host, master.port)
        self.wait_for_link()
        with resp.Connection(master.host, master.port) as there:
            for setup, command in effects.rows(effects.WRITES):
                with self.subTest(effects.title(setup, command)):
                    there.call("FLUSHALL")
                    for words in [*setup, command]:
                        wire = [there.call("DUMP", "a") if word == "<dump" else word for word in words]
                        try:
                            there.call(*wire)
                        except resp.ReplyError:
                            pass
                    self.assert_same(master)

    def test_what_may_be_old_is_not_shown_where_that_is_not_wanted(self):
        self.config("replica-serve-stale-data", "no")
        self.redis.call("MULTI")
        self.redis.call("GET", "a")
        self.connect().call("REPLICAOF", "127.0.0.1", "1")
        self.assertRegex(self.error_of("EXEC"), "^EXECABORT .*MASTERDOWN ")
        self.assertRegex(self.error_of("GET", "a"), "^MASTERDOWN ")
        self.assertRegex(self.error_of("PING"), "^MASTERDOWN ")
        self.assertEqual(self.redis.call("REPLICAOF", "NO", "ONE"), b"OK")
        self.assertIsNone(self.redis.call("GET", "a"))

    def test_only_the_master_writes_until_it_is_left(self):
        master = self.start_master("--repl-diskless-sync-delay", "0")
        with resp.Connection(master.host, master.port) as there:
            there.call("SET", "a", "1", "PX", 3_600_000)
            self.follow(master.host, master.port)
            self.wait_for_link()
            self.assertEqual(self.redis.call("GET", "a"), b"1")
            refusal = "READONLY You can't write against a read only replica."
            for command in (("SET", "a", "2"), ("FLUSHALL",), ("SPOP", "s"), ("FUNCTION", "FLUSH"),
                            ("EVAL", "return redis.call('set', 'a', 2)", 0)):
                self.assertIn(refusal.removeprefix("READONLY "), self.error_of(*command))
            self.assertEqual(self.redis.call("EVAL", "return redis.call('get', 'a')", 0), b"1")
            self.redis.call("REPLICAOF", "NO", "ONE")
            there.call("SET", "a", "3")
            self.assertEqual(self.redis.call("GET", "a"), b"1")
            self.redis.call("SET", "a", "4")
            self.assertEqual(self.link()["role"], "master")

    def test_a_transaction_comes_whole(self):
        master = self.start_master("--repl-diskless-sync-delay", "0")
        self.follow(master.host, master.port)
        self.wait_for_link()
        torn = []
        stop = threading.Event()

        def watch():
            with resp.Connection(*self.server.addresses["redis"]) as reader:
                while not stop.is_set():
                    a, b = reader.call("MGET", "a", "b")
                    if a != b:
                        torn.append((a, b))

        thread = threading.Thread(target=watch)
        thread.start()
        with resp.Connection(master.host, master.port) as there:
            for n in range(300):
                there.call("MULTI")
                there.call("SET", "a", n)
                there.call("SET", "b", n)
                there.call("EXEC")
        self.assert_same(master)
        stop.set()
        thread.join()
        self.assertEqual(torn, [])

    def test_a_restart_goes_on_where_it_was(self):
        master = self.start_master("--repl-diskless-sync-delay", "0")
        with resp.Connection(master.host, master.port) as there:
            fill(there, random.Random(5))
            self.follow(master.host, master.port)
            self.wait_for_link()
            for end in (self.server.kill, self.server.stop):
                before = copies.info(there, "stats")
                there.call("INCR", "n")
                copies.drain(there)
                end()
                there.call("INCR", "n")
                self.server.start()
                self.redis = self.connect()
                self.wait_for_link()
                self.assert_same(master)
                after = copies.info(there, "stats")
                self.assertEqual(after["sync_full"], before["sync_full"])
                self.assertEqual(int(after["sync_partial_ok"]), int(before["sync_partial_ok"]) + 1)

    def test_a_password_is_given(self):
        master = self.start_master("--requirepass", "secret", "--repl-diskless-sync-delay", "0")
        self.follow(master.host, master.port)
        copies.until(lambda: "NOAUTH" in self.link().get("octavo_master_link_error", ""), "the error")
        self.config("masterauth", "secret")
        self.wait_for_link()

    def test_expiry_is_the_masters(self):
        master = self.start_master("--repl-diskless-sync-delay", "0")
        self.follow(master.host, master.port)
        self.wait_for_link()
        with resp.Connection(master.host, master.port) as there:
            there.call("SET", "k", "v", "PX", "50")
            copies.until(lambda: self.redis.call("GET", "k") is None, "expiry")
            there.call("GET", "k")
            self.assert_same(master)
            self.assertEqual(self.redis.call("DBSIZE"), there.call("DBSIZE"))

    # --- masters that break off or lie ---

    def fake_master(self, *answers) -> int:
        """One that answers the dialogue, and then sends what each connection in turn is to get."""
        listening = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(listening.close)

        def serve():
            for answer in answers:
                try:
                    taken, _ = listening.accept()
                except OSError:
                    return
                with taken, taken.makefile("rb") as reader:
                    self.dialogue(taken, reader, answer)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        return listening.getsockname()[1]

    @staticmethod
    def dialogue(taken, reader, answer: bytes):
        for line in iter(reader.readline, b""):
            count = int(line[1:])
            words = []
            for _ in range(count):
                size = int(reader.readline()[1:])
                words.append(reader.read(size + 2)[:-2])
            if words[0] != b"PSYNC":
                taken.sendall(b"+PONG\r\n" if words[0] == b"PING" else b"+OK\r\n")
                continue
            taken.sendall(answer)
            return

    def test_a_snapshot_that_is_cut_or_wrong_changes_nothing(self):
        full = b"+FULLRESYNC " + b"a" * 40 + b" 100\r\n"
        bad = bytearray(SNAPSHOT)
        bad[-8:] = b"\x01" * 8
        sized = b"$%d\r\n" % len(SNAPSHOT)
        self.redis.call("SET", "ours", "stays")
        wrong = [b"-ERR no\r\n", b"+WHAT\r\n", b"+CONTINUE\r\n", b"", full, full + b"$x\r\n", full + b"*1\r\n",
                 full + sized, full + sized + SNAPSHOT[:20], full + sized + bytes(bad),
                 full + b"$EOF:short\r\n", full + b"$EOF:" + b"m" * 40 + b"\r\n" + SNAPSHOT]
        for answer in wrong:
            with self.subTest(answer=answer[:80]):
                port = self.fake_master(answer, answer)
                self.follow("127.0.0.1", port)
                copies.until(lambda: self.link().get("octavo_master_link_error"), "an error")
                self.assertEqual(self.redis.call("GET", "ours"), b"stays")
                self.redis.call("REPLICAOF", "NO", "ONE")
                self.assertEqual(self.redis.call("SET", "ours", "stays"), b"OK")

    def test_a_stream_that_is_wrong_ends_the_link_and_leaves_what_came(self):
        full = b"+FULLRESYNC " + b"a" * 40 + b" 100\r\n$%d\r\n" % len(SNAPSHOT) + SNAPSHOT
        good = resp.encode("SELECT", "0") + resp.encode("SET", "a", "1")
        for tail, reason in ((resp.encode("NOSUCH", "x"), "not known here"),
                             (resp.encode("SET", "a"), "not known here"),
                             (resp.encode("octavo.origin", ""), "not known here"),
                             (resp.encode("SELECT", "99"), "database 99"),
                             (b"*1\r\n$-5\r\n", "damaged"),
                             (b"*3\r\n$3\r\nSET", "closed"),
                             (resp.encode("MULTI") + resp.encode("SET", "a", "2"), "closed")):
            with self.subTest(reason=reason):
                port = self.fake_master(full + good + tail)
                self.follow("127.0.0.1", port)
                copies.until(lambda: reason in self.link().get("octavo_master_link_error", ""), reason)
                self.assertEqual(self.redis.call("MGET", "copied", "a"), [b"v", b"1"])
                self.redis.call("REPLICAOF", "NO", "ONE")

    def test_random_bytes_do_no_harm(self):
        full = b"+FULLRESYNC " + b"a" * 40 + b" 100\r\n$%d\r\n" % len(SNAPSHOT) + SNAPSHOT
        stream = b"".join(resp.encode(*words) for words in (
            ("SELECT", "1"), ("MULTI",), ("XADD", "x", "1-1", "f", "v"), ("EXEC",), ("ZADD", "z", "1", "m"),
            ("REPLCONF", "GETACK", "*"), ("PING",), ("FUNCTION", "LOAD", "#!lua name=l\n"), ("PUBLISH", "c", "m")))
        for seed in range(40):
            rng = random.Random(seed)
            data = bytearray(full[rng.randrange(len(full)):] if seed % 4 == 0 else full + stream)
            for _ in range(rng.randrange(1, 5)):
                data[rng.randrange(len(data))] = rng.randrange(256)
            port = self.fake_master(bytes(data))
            self.follow("127.0.0.1", port)
            copies.until(lambda: self.link().get("octavo_master_link_error"), f"the end of {seed}")
            self.redis.call("REPLICAOF", "NO", "ONE")
        self.assertTrue(self.server.alive())

    def test_arguments(self):
        for command, refusal in ((("REPLICAOF", "a", "x"), "ERR Invalid master port"),
                                 (("REPLICAOF", "a b", "1"), "ERR Invalid master host"),
                                 (("PSYNC", "?", "x"), "ERR value is not an integer or out of range"),
                                 (("REPLCONF", "what", "1"), "ERR Unrecognized REPLCONF option: what")):
            self.assertEqual(self.error_of(*command), refusal)
