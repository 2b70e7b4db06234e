"""Times to live of the fields of hashes, which Redis has since 7.4: what its own tests
(hash-field-expire.tcl) demand beside replies, those being in golden/field_expiry.txt."""

from __future__ import annotations

import pathlib
import random
import struct
import tempfile
import time

import copies
from lib import resp
from lib.server import Server
from protocol_test import ProtocolTest

LONG_VALUE = "x" * 70  # makes a hash a table
FAR_MS = 33_000_000_000_000


class FieldTest(ProtocolTest):
    def stat(self, name: str) -> int:
        return int(copies.info(self.redis, "stats")[name])

    def subexpiry(self, db: str = "db0") -> int:
        """How many hashes of a database have fields that end."""
        about = copies.info(self.redis, "keyspace").get(db, "subexpiry=0")
        return int(about.split("subexpiry=")[1])

    def hash(self, key: str, names: str, table: bool = False) -> None:
        pairs = [word for name in names for word in (name, "1")]
        self.redis.call("HSET", key, *pairs, *(["long", LONG_VALUE] if table else []))

    def end(self, key: str, milliseconds: int, names: str) -> None:
        self.redis.call("HPEXPIRE", key, milliseconds, "FIELDS", len(names), *names)


class MetByReads(FieldTest):
    """What is over goes when somebody asks for it, if nobody else removes it."""

    def setUp(self):
        super().setUp()
        self.redis.call("DEBUG", "SET-ACTIVE-EXPIRE", "0")
        self.addCleanup(lambda: self.connect().call("DEBUG", "SET-ACTIVE-EXPIRE", "1"))

    def over(self, key: str, names: str) -> None:
        self.end(key, 5, names)
        time.sleep(0.02)

    def test_a_field_goes_with_the_read_that_asks_for_it(self):
        for table in (False, True):
            for call in (("HGET", "h", "a"), ("HEXISTS", "h", "a"), ("HSTRLEN", "h", "a"),
                         ("HMGET", "h", "a", "c"), ("SORT", "l", "BY", "nosort", "GET", "*->a")):
                with self.subTest(call[0], table=table):
                    self.redis.call("FLUSHALL")
                    self.redis.call("RPUSH", "l", "h")
                    self.hash("h", "abc", table)
                    self.over("h", "ab")
                    before = self.stat("expired_subkeys")
                    fields = self.redis.call("HLEN", "h")
                    self.assertEqual(fields, 4 if table else 3)
                    self.redis.call(*call)
                    self.assertEqual(self.redis.call("HLEN", "h"), fields - 1)
                    self.assertEqual(self.stat("expired_subkeys"), before + 1)

    def test_what_does_not_ask_for_it_leaves_it(self):
        self.hash("h", "abc")
        self.over("h", "ab")
        for call in (("HKEYS", "h"), ("HVALS", "h"), ("HGETALL", "h"), ("HSCAN", "h", "0"),
                     ("HTTL", "h", "FIELDS", "1", "a"), ("EXISTS", "h")):
            self.redis.call(*call)
        self.assertEqual(self.redis.call("HLEN", "h"), 3)
        self.assertEqual(self.redis.call("HDEL", "h", "a"), 1)

    def test_the_hash_goes_with_its_last_field(self):
        self.config("notify-keyspace-events", "EA")
        self.hash("h", "abc")
        self.over("h", "abc")
        listener = self.connect()
        listener.call("PSUBSCRIBE", "__keyevent@0__:*")
        self.assertEqual(self.redis.call("HEXISTS", "h", "a"), 0)
        self.assertIsNone(self.redis.call("HGET", "h", "b"))
        self.assertEqual(self.redis.call("HSTRLEN", "h", "c"), 0)
        self.assertEqual(self.redis.call("EXISTS", "h"), 0)
        heard = [listener.read()[2:] for _ in range(4)]
        self.assertEqual(heard, [[b"__keyevent@0__:hexpired", b"h"]] * 3 +
                         [[b"__keyevent@0__:del", b"h"]])

    def test_a_random_pick_removes_all_that_are_over(self):
        for table in (False, True):
            with self.subTest(table=table):
                self.redis.call("FLUSHALL")
                self.hash("h", "abcde", table)
                self.over("h", "ab")
                rest = {b"c", b"d", b"e"} | ({b"long"} if table else set())
                self.assertEqual(set(self.redis.call("HRANDFIELD", "h", 9)), rest)
                self.assertEqual(self.redis.call("HLEN", "h"), len(rest))
                self.over("h", "cde")
                self.assertEqual(self.redis.call("HRANDFIELD", "h"), b"long" if table else None)
                self.assertEqual(self.redis.call("EXISTS", "h"), int(table))

    def test_writes_meet_them_as_well(self):
        for call in (("HINCRBY", "h", "a", "5"), ("HINCRBYFLOAT", "h", "a", "5"),
                     ("HSETNX", "h", "a", "5")):
            with self.subTest(call[0]):
                self.redis.call("FLUSHALL")
                self.hash("h", "ab")
                self.over("h", "a")
                before = self.stat("expired_subkeys")
                self.redis.call(*call)
                self.assertEqual(self.stat("expired_subkeys"), before + 1)
                self.assertEqual(self.redis.call("HGET", "h", "a"), b"5")
                self.assertEqual(self.redis.call("HTTL", "h", "FIELDS", "1", "a"), [-1])

    def test_most_of_a_table_being_over_a_scan_gives_the_rest(self):
        fields = [f"f{i}" for i in range(1000)]
        self.redis.call("HSET", "h", *[word for field in fields for word in (field, "v")])
        self.redis.call("HPEXPIRE", "h", 5, "FIELDS", 999, *fields[1:])
        time.sleep(0.02)
        found, cursor = [], b"0"
        while True:
            cursor, page = self.redis.call("HSCAN", "h", cursor)
            found += page
            if cursor == b"0":
                break
        self.assertEqual(found, [b"f0", b"v"])

    def test_scripts_see_what_others_see(self):
        self.hash("h", "abc")
        self.over("h", "ab")
        script = "return {redis.call('HGET', KEYS[1], 'a'), redis.call('HINCRBY', KEYS[1], 'b', 4)}"
        self.assertEqual(self.redis.call("EVAL", script, "1", "h"), [None, 4])
        self.assertEqual(self.redis.call("HTTL", "h", "FIELDS", "1", "b"), [-1])


class ByTheServer(FieldTest):
    def test_fields_and_their_hashes_go(self):
        sizes = (1, 16, 17, 33)
        for size in sizes:
            fields = [f"f{i}" for i in range(size)]
            for key, staying in ((f"same{size}", 0), (f"mixed{size}", size)):
                stay = [f"g{i}" for i in range(staying)]
                self.redis.call("HSET", key, *[w for field in fields + stay for w in (field, "v")])
                self.redis.call("HPEXPIRE", key, 60, "FIELDS", size, *fields)
        self.until(lambda: not self.redis.call("EXISTS", *[f"same{size}" for size in sizes]),
                   "hashes go with their last fields")
        for size in sizes:
            self.until(lambda: self.redis.call("HLEN", f"mixed{size}") == size, "fields go")
        self.assertEqual(self.subexpiry(), 0)

    def test_many_fields_of_a_large_hash_go(self):
        fields = [f"f{i}" for i in range(4000)]
        self.redis.call("HSET", "h", "stays", "1", *[w for field in fields for w in (field, "v")])
        before = self.stat("expired_subkeys")
        self.redis.call("HPEXPIRE", "h", 20, "FIELDS", len(fields), *fields)
        self.until(lambda: self.redis.call("HLEN", "h") == 1, "all are gone")
        self.assertEqual(self.stat("expired_subkeys"), before + len(fields))

    def test_hashes_with_fields_that_end_are_counted(self):
        self.hash("h", "abc")
        self.hash("i", "abc", table=True)
        self.assertEqual(self.subexpiry(), 0)
        self.end("h", 100_000, "ab")
        self.end("i", 100_000, "a")
        self.assertEqual(self.subexpiry(), 2)
        self.redis.call("RENAME", "h", "j")
        self.redis.call("COPY", "i", "k")
        self.assertEqual(self.subexpiry(), 3)
        self.redis.call("MOVE", "k", "2")
        self.assertEqual([self.subexpiry(), self.subexpiry("db2")], [2, 1])
        self.redis.call("HPERSIST", "i", "FIELDS", "1", "a")
        self.assertEqual(self.subexpiry(), 1)
        self.redis.call("SET", "j", "v")
        self.assertEqual(self.subexpiry(), 0)
        self.redis.call("SWAPDB", "0", "2")
        self.assertEqual(self.subexpiry(), 1)
        self.redis.call("FLUSHDB")
        self.hash("h", "a")
        self.assertEqual(self.subexpiry(), 0)

    def test_events(self):
        self.config("notify-keyspace-events", "KEh")
        self.hash("h", "abc")
        listener = self.connect()
        listener.call("PSUBSCRIBE", "__keyspace@0__:h")
        self.end("h", 100_000, "ab")
        self.end("h", 100_000, "x")
        self.redis.call("HPEXPIRE", "h", 100, "NX", "FIELDS", 1, "a")
        self.redis.call("HPERSIST", "h", "FIELDS", "2", "b", "c")
        self.redis.call("HPEXPIRE", "h", 0, "FIELDS", 1, "c")
        self.end("h", 20, "b")
        heard = [listener.read()[3] for _ in range(5)]
        self.assertEqual(heard, [b"hexpire", b"hpersist", b"hdel", b"hexpire", b"hexpired"])

    def test_encodings(self):
        self.hash("h", "ab")
        self.end("h", 100_000, "a")
        self.assertEqual(self.redis.call("OBJECT", "ENCODING", "h"), b"listpackex")
        self.assertGreater(self.redis.call("MEMORY", "USAGE", "h"), 0)
        self.redis.call("HSET", "h", "long", LONG_VALUE)
        self.assertEqual(self.redis.call("OBJECT", "ENCODING", "h"), b"hashtable")
        self.assertEqual(self.redis.call("HTTL", "h", "FIELDS", "2", "a", "b"), [100, -1])

    def test_a_payload_has_them(self):
        self.hash("h", "ab")
        self.redis.call("HPEXPIREAT", "h", FAR_MS, "FIELDS", "1", "a")
        payload = self.redis.call("DUMP", "h")
        # Redis 7.0 cannot read it, and says so.
        self.assertEqual(struct.unpack("<H", payload[-10:-8])[0], 12)
        self.redis.call("RESTORE", "copy", "0", payload)
        self.assertEqual(self.redis.call("HPEXPIRETIME", "copy", "FIELDS", "2", "a", "b"), [FAR_MS, -1])
        self.assertEqual(self.subexpiry(), 2)

    def test_watchers_hear_of_it(self):
        self.hash("h", "ab")
        for call in (("HEXPIRE", "h", "100", "FIELDS", "1", "a"), ("HPERSIST", "h", "FIELDS", "1", "a"),
                     ("HPEXPIRE", "h", "1000", "FIELDS", "1", "a")):
            with self.subTest(call[0]):
                watcher = self.connect()
                watcher.call("WATCH", "h")
                self.redis.call(*call)
                watcher.call("MULTI")
                self.assertIsNone(watcher.call("EXEC"))
        watcher.call("WATCH", "h")
        self.until(lambda: self.redis.call("HLEN", "h") == 1, "the field goes")
        watcher.call("MULTI")
        self.assertIsNone(watcher.call("EXEC"))


class OfReplicas(FieldTest):
    def attach(self) -> resp.Connection:
        connection = self.connect()
        connection.send("SYNC")
        size = int(connection._line().removeprefix(b"$"))
        while len(connection._buffer) < size:
            connection._fill()
        self.head = bytes(connection._buffer[:9])
        del connection._buffer[:size]
        return connection

    def requests(self, connection: resp.Connection, count: int) -> list[list[str]]:
        """The next commands that do something."""
        out: list[list[str]] = []
        while len(out) < count:
            words = [word.decode("latin1") for word in connection.read()]
            if words[0] not in ("PING", "REPLCONF", "SELECT", "MULTI", "EXEC"):
                out.append(words)
        return out

    def test_the_stream_says_until_when(self):
        follower = self.attach()
        self.assertEqual(self.head, b"REDIS0010")
        self.hash("h", "abcd")
        self.end("h", 100_000, "xy")
        self.redis.call("HEXPIREAT", "h", FAR_MS // 1000, "NX", "FIELDS", "3", "a", "b", "x")
        self.redis.call("HPEXPIREAT", "h", FAR_MS - 1, "NX", "FIELDS", "2", "a", "c")
        self.redis.call("HPEXPIREAT", "h", 1, "FIELDS", "2", "d", "x")
        self.redis.call("HPERSIST", "h", "FIELDS", "2", "b", "x")
        self.redis.call("HPERSIST", "h", "FIELDS", "1", "b")
        self.redis.call("HINCRBY", "h", "a", "1")
        self.redis.call("HINCRBYFLOAT", "h", "a", "1")
        self.redis.call("HINCRBYFLOAT", "h", "b", "1")
        self.redis.call("SET", "end", "")
        self.assertEqual(self.requests(follower, 10), [
            ["HSET", "h", "a", "1", "b", "1", "c", "1", "d", "1"],
            ["HPEXPIREAT", "h", str(FAR_MS), "FIELDS", "2", "a", "b"],
            ["HPEXPIREAT", "h", str(FAR_MS - 1), "FIELDS", "1", "c"],
            ["HDEL", "h", "d"],
            ["HPERSIST", "h", "FIELDS", "2", "b", "x"],
            ["HINCRBY", "h", "a", "1"],
            ["HSET", "h", "a", "3"],
            ["HPEXPIREAT", "h", str(FAR_MS), "FIELDS", "1", "a"],
            ["HSET", "h", "b", "2"],
            ["SET", "end", ""]])

    def test_the_stream_says_what_is_over(self):
        self.redis.call("DEBUG", "SET-ACTIVE-EXPIRE", "0")
        self.addCleanup(lambda: self.connect().call("DEBUG", "SET-ACTIVE-EXPIRE", "1"))
        follower = self.attach()
        self.hash("h", "ab")
        self.redis.call("HSET", "i", "a", "1")
        self.end("h", 5, "a")
        self.end("i", 5, "a")
        self.requests(follower, 4)
        time.sleep(0.02)
        self.assertIsNone(self.redis.call("HGET", "h", "a"))
        self.redis.call("HINCRBY", "i", "a", "7")
        self.assertEqual(self.requests(follower, 3), [
            ["HDEL", "h", "a"], ["HDEL", "i", "a"], ["HINCRBY", "i", "a", "7"]])

    def test_a_snapshot_is_of_the_version_that_it_needs(self):
        self.hash("h", "ab")
        self.end("h", 100_000, "a")
        self.attach()
        self.assertEqual(self.head, b"REDIS0012")

    def hashes(self, connection: resp.Connection) -> dict:
        out = {}
        for key in sorted(connection.call("KEYS", "*")):
            flat = connection.call("HGETALL", key)
            names = sorted(flat[::2])
            out[key] = (sorted(zip(flat[::2], flat[1::2])),
                        connection.call("HPEXPIRETIME", key, "FIELDS", len(names), *names))
        return out

    def write_some(self, rng: random.Random, count: int) -> None:
        for _ in range(count):
            (key, other), field = rng.sample([f"h{n}" for n in range(9)], 2), f"f{rng.randrange(20)}"
            rng.choice((
                lambda: self.redis.call("HSET", key, field, rng.choice(("v", LONG_VALUE))),
                lambda: self.redis.call("HDEL", key, field),
                lambda: self.redis.call("HEXPIRE", key, rng.randrange(100, 200), "FIELDS", 1, field),
                lambda: self.redis.call("HPEXPIRE", key, rng.randrange(30), "FIELDS", 2, field, "f1"),
                lambda: self.redis.call("HPERSIST", key, "FIELDS", 1, field),
                lambda: self.redis.call("HSETNX", key, field, "w"),
                lambda: self.redis.call("COPY", key, other, "REPLACE"),
            ))()

    def test_a_copy_is_the_same_and_stays_so(self):
        folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        rng = random.Random(5)
        self.write_some(rng, 500)
        with Server(folder / "data", ports=self.ports) as other:
            with resp.Connection(*other.addresses["redis"]) as there:
                there.call("REPLICAOF", *self.server.addresses["redis"])
                copies.until(lambda: copies.info(there)["master_link_status"] == "up", "the link")
                for _ in range(5):
                    self.write_some(rng, 300)
                    time.sleep(0.05)  # so that some are over on both sides
                    for i in range(9):
                        self.redis.call("HRANDFIELD", f"h{i}", 100)  # removes what is
                    copies.drain(self.redis)
                    self.assertEqual(self.hashes(there), self.hashes(self.redis))
