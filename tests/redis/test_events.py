"""notify-keyspace-events: what happens to keys, as messages."""

from __future__ import annotations

from protocol_test import ProtocolTest


class Events(ProtocolTest):
    def listen(self, pattern: str):
        listener = self.connect()
        listener.call("PSUBSCRIBE", pattern)
        return listener

    def test_both_kinds_of_channel(self):
        self.config("notify-keyspace-events", "KEA")
        listener = self.listen("__key*__:*")
        self.redis.call("SET", "k", "v")
        self.redis.call("SELECT", "3")
        self.redis.call("LPUSH", "list", "x")
        messages = [listener.read()[2:] for _ in range(4)]
        self.assertEqual(messages, [[b"__keyspace@0__:k", b"set"], [b"__keyevent@0__:set", b"k"],
                                    [b"__keyspace@3__:list", b"lpush"],
                                    [b"__keyevent@3__:lpush", b"list"]])

    def test_only_the_classes_that_were_asked_for(self):
        self.config("notify-keyspace-events", "El")
        listener = self.listen("*")
        self.redis.call("SET", "k", "v")
        self.redis.call("RPUSH", "list", "x")
        self.assertEqual(listener.read()[2:], [b"__keyevent@0__:rpush", b"list"])

    def test_a_key_whose_time_has_come(self):
        self.config("notify-keyspace-events", "Ex")
        listener = self.listen("__keyevent@0__:expired")
        self.redis.call("SET", "k", "v", "PX", "30")
        self.assertEqual(listener.read()[3], b"k")

    def test_off_means_silence(self):
        self.config("notify-keyspace-events", "KEA")
        self.redis.call("CONFIG", "SET", "notify-keyspace-events", "")
        listener = self.listen("*")
        self.redis.call("SET", "k", "v")
        self.redis.call("PUBLISH", "own", "message")
        self.assertEqual(listener.read()[2:], [b"own", b"message"])

    def test_bad_classes_are_refused(self):
        self.assertIn("Invalid event class character",
                      self.error_of("CONFIG", "SET", "notify-keyspace-events", "KEq"))
