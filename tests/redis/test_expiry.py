"""Keys whose time has come: absent at once, and gone when somebody asks for them."""

from __future__ import annotations

import time

from protocol_test import ProtocolTest


class MetByReads(ProtocolTest):
    def setUp(self):
        super().setUp()
        self.redis.call("DEBUG", "SET-ACTIVE-EXPIRE", "0")
        self.addCleanup(lambda: self.connect().call("DEBUG", "SET-ACTIVE-EXPIRE", "1"))

    def expired(self) -> int:
        return int(self.redis.call("INFO", "stats").decode().split("expired_keys:")[1].split()[0])

    def let_expire(self, *keys: str) -> None:
        for key in keys:
            self.redis.call("SET", key, "v", "PX", "20")
        time.sleep(0.05)
        self.assertEqual(self.redis.call("DBSIZE"), len(keys))

    def test_reads_remove_what_they_meet(self):
        for call in (("GET", "a"), ("MGET", "a", "b"), ("EXISTS", "a", "b"), ("TTL", "a"),
                     ("TYPE", "a"), ("SCAN", "0"), ("STRLEN", "a"), ("OBJECT", "ENCODING", "a")):
            with self.subTest(call[0]):
                self.redis.call("FLUSHALL")
                self.let_expire("a", "b")
                before = self.expired()
                try:
                    self.redis.call(*call)
                except Exception as error:
                    self.assertIn("no such key", str(error))
                gone = 2 if call[0] in ("MGET", "EXISTS", "SCAN") else 1
                self.assertEqual(self.redis.call("DBSIZE"), 2 - gone)
                self.assertEqual(self.expired(), before + gone)

    def test_who_listens_hears_of_it(self):
        self.config("notify-keyspace-events", "Ex")
        listener = self.connect()
        listener.call("SUBSCRIBE", "__keyevent@0__:expired")
        self.let_expire("k")
        self.assertIsNone(self.redis.call("GET", "k"))
        self.assertEqual(listener.read(), [b"message", b"__keyevent@0__:expired", b"k"])

    def test_a_transaction_that_reads_one_is_as_before(self):
        self.let_expire("k")
        self.redis.call("WATCH", "k")
        self.assertEqual(self.redis.call("EXISTS", "k"), 0)
        self.redis.call("MULTI")
        self.redis.call("GET", "k")
        self.assertEqual(self.redis.call("EXEC"), [None])
        self.assertEqual(self.redis.call("DBSIZE"), 0)

    def test_nothing_goes_in_a_pause(self):
        self.let_expire("k")
        self.redis.call("CLIENT", "PAUSE", "100000", "WRITE")
        self.addCleanup(lambda: self.connect().call("CLIENT", "UNPAUSE"))
        self.assertIsNone(self.redis.call("GET", "k"))
        self.assertEqual(self.redis.call("DBSIZE"), 1)

    def test_what_is_gone_stays_gone_after_a_restart(self):
        self.let_expire("k")
        self.redis.call("GET", "k")
        self.server.restart()
        self.redis = self.connect()
        self.assertEqual(self.redis.call("DBSIZE"), 0)
