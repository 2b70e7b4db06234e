"""Reads that take long, and writes of what they make, run beside other commands: their replies are
what they always were."""

from __future__ import annotations

import threading

from lib import resp
from protocol_test import ProtocolTest

MEMBERS = 30_000  # more than a read may visit in its batch
MANY = 200_000  # tenths of a second for what makes something of each
FEW = 20  # answers that somebody gets who is not kept waiting, by far


class LargeReads(ProtocolTest):
    def fill(self, command: str, key: str, element, count: int = MEMBERS) -> None:
        for first in range(0, count, 5000):
            words = [word for n in range(first, min(first + 5000, count)) for word in element(n)]
            self.redis.call(command, key, *words)

    def test_replies_are_complete(self):
        self.fill("SADD", "set", lambda n: (f"m{n}",))
        self.fill("SADD", "even", lambda n: (f"m{n * 2}",))
        self.fill("HSET", "hash", lambda n: (f"f{n}", n))
        self.fill("RPUSH", "list", lambda n: (n,))
        self.fill("ZADD", "zset", lambda n: (n, f"m{n}"))
        members = {b"m%d" % n for n in range(MEMBERS)}
        numbers = [b"%d" % n for n in range(MEMBERS)]
        ordered = [b"m%d" % n for n in range(MEMBERS)]
        call = self.redis.call
        self.assertEqual(set(call("SMEMBERS", "set")), members)
        self.assertEqual(len(call("SINTER", "set", "even")), MEMBERS // 2)
        self.assertEqual(call("SINTERCARD", 2, "set", "even"), MEMBERS // 2)
        self.assertEqual(len(call("SUNION", "set", "even")), MEMBERS * 3 // 2)
        self.assertEqual(len(call("SDIFF", "set", "even", "absent")), MEMBERS // 2)
        self.assertEqual(sorted(call("HVALS", "hash")), sorted(numbers))
        self.assertEqual(len(call("HGETALL", "hash")), MEMBERS * 2)
        self.assertEqual(call("LRANGE", "list", 0, -1), numbers)
        self.assertEqual(call("LPOS", "list", MEMBERS - 1), MEMBERS - 1)
        self.assertEqual(call("ZRANGE", "zset", 0, -1), ordered)
        self.assertEqual(call("ZREVRANGEBYSCORE", "zset", "+inf", "-inf"), ordered[::-1])
        self.assertEqual(len(call("ZUNION", 2, "zset", "set")), MEMBERS)
        self.assertEqual(call("SORT", "list", "DESC", "LIMIT", 0, 2),
                         [b"%d" % (MEMBERS - 1), b"%d" % (MEMBERS - 2)])
        self.assertEqual(len(call("SRANDMEMBER", "set", -MEMBERS)), MEMBERS)
        call("RESTORE", "copy", 0, call("DUMP", "set"))
        self.assertEqual(call("SCARD", "copy"), MEMBERS)
        self.assertEqual(self.error_of("SORT", "set"),
                         "ERR One or more scores can't be converted into double")

    def test_every_command_of_a_pipeline_is_answered_in_its_place(self):
        self.fill("SADD", "set", lambda n: (f"m{n}",))
        for words in (("SCARD", "set"), ("SMEMBERS", "set"), ("SADD", "set", "new"),
                      ("SMEMBERS", "set"), ("KEYS", "*"), ("SREM", "set", "new"),
                      ("SMEMBERS", "set"), ("ECHO", "end")):
            self.redis.send(*words)
        replies = [self.redis.read() for _ in range(8)]
        self.assertEqual([len(reply) if isinstance(reply, list) else reply for reply in replies],
                         [MEMBERS, MEMBERS, 1, MEMBERS + 1, 1, 1, MEMBERS, b"end"])
        self.redis.call("MULTI")
        self.redis.call("SADD", "set", "new")
        self.redis.call("SMEMBERS", "set")
        self.assertEqual(len(self.redis.call("EXEC")[1]), MEMBERS + 1)

    def test_keys_are_those_of_one_moment(self):
        for first in range(0, MEMBERS, 5000):
            self.redis.call("MSET", *(word for n in range(first, first + 5000)
                                      for word in (f"pair:{n}", "v")))
        over = threading.Event()

        def rename_there_and_back():
            with resp.Connection(*self.server.addresses["redis"]) as other:
                n = 0
                while not over.is_set():
                    other.call("RENAME", f"pair:{n}", f"moved:{n}")
                    other.call("RENAME", f"moved:{n}", f"pair:{n}")
                    n = (n + 4999) % MEMBERS

        changer = threading.Thread(target=rename_there_and_back)
        changer.start()
        try:
            for _ in range(5):
                keys = self.redis.call("KEYS", "*")
                self.assertEqual(len(keys), MEMBERS)
                numbers = {key.split(b":")[1] for key in keys}
                self.assertEqual(len(numbers), MEMBERS)
        finally:
            over.set()
            changer.join()

    def test_a_read_that_is_slow_is_in_the_slow_log(self):
        self.fill("SADD", "set", lambda n: (f"m{n}",))
        self.config("slowlog-log-slower-than", "1000")
        self.redis.call("SLOWLOG", "RESET")
        self.redis.call("SORT", "set", "ALPHA", "LIMIT", 0, 1)
        names = [entry[3][0] for entry in self.redis.call("SLOWLOG", "GET", 10)]
        self.assertIn(b"SORT", names)

    def test_writers_of_what_is_read_and_readers_agree(self):
        self.fill("SADD", "set", lambda n: (f"m{n}",))
        over = threading.Event()
        writes = []

        def write():
            with resp.Connection(*self.server.addresses["redis"]) as other:
                while not over.is_set():
                    other.call("SADD", "set", f"new{len(writes)}")
                    writes.append(len(writes))
                    other.call("RENAME", "set", "elsewhere")
                    other.call("RENAME", "elsewhere", "set")

        writer = threading.Thread(target=write)
        writer.start()
        try:
            for _ in range(20):
                least = len(writes)
                found = len(self.redis.call("SMEMBERS", "set"))
                if found:  # else it was elsewhere
                    self.assertGreaterEqual(found, MEMBERS + least)
                    self.assertLessEqual(found, MEMBERS + len(writes) + 1)
        finally:
            over.set()
            writer.join()

    def test_scans_take_small_steps_whatever_they_are_asked_for(self):
        self.fill("SADD", "set", lambda n: (f"m{n}",))
        cursor, members = self.redis.call("SSCAN", "set", 0, "COUNT", 1_000_000)
        self.assertNotEqual(cursor, b"0")
        while cursor != b"0":
            cursor, more = self.redis.call("SSCAN", "set", cursor, "COUNT", 1_000_000)
            members += more
        self.assertEqual(len(members), MEMBERS)

    def answers_meanwhile(self, *command):
        """What it replies, and how many writes of another client were done while it ran."""
        done = 0
        over = threading.Event()
        begun = threading.Event()

        def write():
            nonlocal done
            with resp.Connection(*self.server.addresses["redis"]) as other:
                while not over.is_set():
                    other.call("SET", "other", done)
                    done += 1
                    begun.set()

        writer = threading.Thread(target=write)
        writer.start()
        try:
            begun.wait()
            before = done
            reply = self.redis.call(*command)
            return reply, done - before
        finally:
            over.set()
            writer.join()

    def test_others_write_while_a_large_value_is_made(self):
        self.fill("SADD", "set", lambda n: (f"m{n}",), MANY)
        self.fill("SADD", "even", lambda n: (f"m{n * 2}",), MANY)
        self.fill("ZADD", "zset", lambda n: (n, f"m{n}"), MANY)
        self.fill("GEOADD", "geo", lambda n: (n % 360 - 180, n % 170 - 85, f"m{n}"), MANY)
        dump = self.redis.call("DUMP", "zset")
        for words, expected in (
                (("SUNIONSTORE", "to", "set", "even"), MANY * 3 // 2),
                (("SINTERSTORE", "to", "set", "even"), MANY // 2),
                (("SDIFFSTORE", "to", "set", "even"), MANY // 2),
                (("ZUNIONSTORE", "to", 2, "zset", "set", "WEIGHTS", 2, 1), MANY),
                (("ZINTERSTORE", "to", 2, "zset", "even"), MANY // 2),
                (("ZDIFFSTORE", "to", 2, "zset", "even"), MANY // 2),
                (("ZRANGESTORE", "to", "zset", 0, -1), MANY),
                (("GEOSEARCHSTORE", "to", "geo", "FROMLONLAT", 0, 0, "BYRADIUS", 30000, "km"), MANY),
                (("SORT", "set", "ALPHA", "STORE", "to"), MANY),
                (("COPY", "zset", "to", "REPLACE"), 1),
                (("RESTORE", "to", 0, dump, "REPLACE"), b"OK")):
            with self.subTest(words[0]):
                reply, others = self.answers_meanwhile(*words)
                self.assertEqual(reply, expected)
                self.assertGreater(others, FEW)
        self.assertEqual(self.redis.call("ZSCORE", "to", f"m{MANY - 1}"), b"%d" % (MANY - 1))

    def test_a_large_value_is_made_of_one_moment(self):
        self.fill("SADD", "a", lambda n: (f"a{n}",))
        self.fill("SADD", "b", lambda n: (f"b{n}",))
        over = threading.Event()

        def move_there_and_back():
            with resp.Connection(*self.server.addresses["redis"]) as other:
                n = 0
                while not over.is_set():
                    other.call("SMOVE", "a", "b", f"a{n}")
                    other.call("SMOVE", "b", "a", f"a{n}")
                    n = (n + 1) % MEMBERS

        changer = threading.Thread(target=move_there_and_back)
        changer.start()
        try:
            for _ in range(10):
                self.assertEqual(self.redis.call("SUNIONSTORE", "to", "a", "b"), MEMBERS * 2)
        finally:
            over.set()
            changer.join()

    def test_a_pipeline_of_large_values(self):
        self.fill("SADD", "set", lambda n: (f"m{n}",))
        for words in (("SADD", "set", "new"), ("COPY", "set", "copy"), ("SCARD", "copy"),
                      ("SORT", "set", "STORE", "to"), ("COPY", "set", "copy"),
                      ("SUNIONSTORE", "copy", "copy", "set"), ("SPOP", "copy", 1), ("SCARD", "copy")):
            self.redis.send(*words)
        replies = []
        for _ in range(8):
            try:
                replies.append(self.redis.read())
            except resp.ReplyError as error:
                replies.append(str(error)[:3])
        popped = replies.pop(6)
        self.assertEqual(len(popped), 1)
        self.assertEqual(replies, [1, 1, MEMBERS + 1, "ERR", 0, MEMBERS + 1, MEMBERS])

    def test_large_values_are_there_after_a_restart(self):
        self.fill("SADD", "set", lambda n: (f"m{n}",))
        self.redis.call("SUNIONSTORE", "to", "set")
        self.redis.call("SPOP", "to")
        self.redis.call("COPY", "to", "copy")
        left = set(self.redis.call("SMEMBERS", "copy"))
        self.server.kill()
        self.server.start()
        self.redis = self.connect()
        self.assertEqual(set(self.redis.call("SMEMBERS", "to")), left)
        self.assertEqual(set(self.redis.call("SMEMBERS", "copy")), left)
