"""SHUTDOWN."""

from __future__ import annotations

from protocol_test import ProtocolTest


class Shutdown(ProtocolTest):
    def test_what_is_refused_stops_nothing(self):
        for options in (("SAVE", "NOSAVE"), ("NOPE",), ("ABORT", "NOW")):
            self.assertEqual(self.error_of("SHUTDOWN", *options), "ERR syntax error")
        self.assertEqual(self.error_of("SHUTDOWN", "ABORT"), "ERR No shutdown in progress.")
        self.redis.call("MULTI")
        self.assertEqual(self.error_of("SHUTDOWN"), "ERR Command not allowed inside a transaction")
        self.redis.call("DISCARD")
        self.assertIn("not allowed from script", self.error_of("EVAL", "redis.call('shutdown')", 0))
        self.assertEqual(self.redis.call("PING"), b"PONG")

    def test_the_server_stops_and_nothing_is_lost(self):
        for options in ((), ("NOSAVE",), ("SAVE",)):
            redis = self.connect()
            redis.call("RPUSH", "l", str(options))
            redis.send("SHUTDOWN", *options)
            with self.assertRaises(ConnectionError):
                redis.read()
            self.assertEqual(self.server.process.wait(20), 0)
            self.server.restart()
        self.assertEqual(self.connect().call("LLEN", "l"), 3)
