"""CLIENT TRACKING: who has read a key hears of its next change, whoever makes it."""

from __future__ import annotations

import time

from lib import reql_wire, resp
from protocol_test import ProtocolTest


class Tracking(ProtocolTest):
    ports = {"http": "off"}

    def cached(self, *options: str) -> resp.Connection:
        """A connection that keeps what it reads."""
        connection = self.connect()
        connection.call("HELLO", "3")
        self.assertEqual(connection.call("CLIENT", "TRACKING", "ON", *options), b"OK")
        return connection

    def nothing_comes(self, connection: resp.Connection) -> None:
        self.assertEqual(connection.call("PING"), b"PONG")

    def test_what_scripts_read(self):
        self.redis.call("SET", "k", "1")
        reader = self.cached()
        self.assertEqual(reader.call("EVAL", "return redis.call('get', KEYS[1])", 1, "k"), b"1")
        self.redis.call("SET", "k", "2")
        self.assertEqual(reader.read(), [b"invalidate", [b"k"]])
        self.assertEqual(reader.call("EVAL", "return redis.call('set', KEYS[1], '3')", 1, "k"), b"OK")
        self.nothing_comes(reader)

    def test_a_script_that_reads_has_read_all_its_keys(self):
        reader = self.cached()
        reader.call("EVAL", "return redis.call('set', 'other', '1')", 2, "a", "b")
        self.redis.call("MSET", "a", "1", "b", "1")
        self.nothing_comes(reader)
        reader.call("EVAL", "return redis.call('get', 'other')", 2, "a", "b")
        self.redis.call("MSET", "b", "2", "a", "2", "other", "2")
        self.assertEqual([reader.read() for _ in range(3)],
                         [[b"invalidate", [key]] for key in (b"b", b"a", b"other")])
        self.nothing_comes(reader)

    def test_a_change_is_told_once(self):
        reader = self.cached()
        self.redis.call("SET", "k", "1")
        self.assertEqual(reader.call("GET", "k"), b"1")
        self.redis.call("SET", "k", "2")
        self.assertEqual(reader.read(), [b"invalidate", [b"k"]])
        self.redis.call("SET", "k", "3")
        self.nothing_comes(reader)

    def test_what_is_not_there_counts_as_read(self):
        reader = self.cached()
        reader.call("MGET", "absent", "k")
        self.redis.call("SET", "absent", "1")
        self.assertEqual(reader.read(), [b"invalidate", [b"absent"]])

    def test_every_way_in_which_a_key_changes(self):
        reader = self.cached()
        ways = {
            "written": [("SET", "KEY", "2")],
            "removed": [("DEL", "KEY")],
            "renamed": [("RENAME", "KEY", "other")],
            "given an end": [("EXPIRE", "KEY", "100")],
            "replaced": [("SET", "other", "1"), ("RENAME", "other", "KEY")],
            "in a transaction": [("MULTI",), ("INCR", "KEY"), ("EXEC",)],
            "moved": [("MOVE", "KEY", "1")],
        }
        for name, calls in ways.items():
            with self.subTest(name):
                key = "key " + name
                self.redis.call("SET", key, "1")
                reader.call("GET", key)
                for call in calls:
                    self.redis.call(*(key if word == "KEY" else word for word in call))
                self.assertEqual(reader.read(), [b"invalidate", [key.encode()]])

    def test_expiry_and_eviction(self):
        reader = self.cached()
        self.redis.call("SET", "k", "1", "PX", "50")
        reader.call("GET", "k")
        self.assertEqual(reader.read(), [b"invalidate", [b"k"]])
        self.redis.call("SET", "k", "1")
        reader.call("GET", "k")
        self.config("maxmemory-policy", "allkeys-random")
        self.config("maxmemory", "1")
        self.assertEqual(reader.read(), [b"invalidate", [b"k"]])

    def test_flush_and_swap_say_everything(self):
        reader = self.cached()
        for call in (("FLUSHALL",), ("FLUSHDB",), ("SWAPDB", "0", "1")):
            with self.subTest(call):
                reader.call("GET", "k")
                self.redis.call(*call)
                self.assertEqual(reader.read(), [b"invalidate", None])

    def test_other_databases_are_other_keys(self):
        reader = self.cached()
        reader.call("GET", "k")
        self.redis.call("SELECT", "1")
        self.redis.call("SET", "k", "1")
        self.nothing_comes(reader)

    def test_writes_of_other_protocols(self):
        reader = self.cached()
        reader.call("GET", "k")
        with reql_wire.Connection(*self.server.addresses["rethinkdb"]) as reql:
            table = [15, [[14, ["redis"]], "db0"]]
            row = {"id": "k", "type": "string", "value": "x"}
            reql.send(1, [reql_wire.START, [56, [table, row]], {}])
            self.assertEqual(reql.read()[1]["r"][0]["inserted"], 1)
        self.assertEqual(reader.read(), [b"invalidate", [b"k"]])

    def test_the_own_write_is_told_after_its_reply(self):
        reader = self.cached()
        reader.call("SET", "k", "1")
        reader.call("GET", "k")
        reader.send("MULTI")
        reader.send("INCR", "k")
        reader.send("GET", "other")
        reader.send("EXEC")
        self.assertEqual([reader.read() for _ in range(4)],
                         [b"OK", b"QUEUED", b"QUEUED", [2, None]])
        self.assertEqual(reader.read(), [b"invalidate", [b"k"]])

    def test_a_reply_comes_before_what_makes_it_old(self):
        """Also where the batch writes as well, and the reply waits for the disk."""
        self.config("appendfsync", "always")
        reader, writer = self.cached(), self.connect()
        for i in range(200):
            reader.send("SET", f"mine:{i}", "x")
            reader.send("GET", f"k:{i}")
            writer.send("SET", f"k:{i}", "y")
            self.assertEqual(reader.read(), b"OK")
            value = reader.read()
            self.assertIn(value, (None, b"y"))
            writer.read()
            if value is None:
                self.assertEqual(reader.read(), [b"invalidate", [b"k:%d" % i]])
            else:
                self.nothing_comes(reader)

    def test_noloop(self):
        reader = self.cached("NOLOOP")
        reader.call("MGET", "a", "b")
        reader.call("SET", "a", "1")
        self.redis.call("SET", "b", "1")
        self.assertEqual(reader.read(), [b"invalidate", [b"b"]])

    def test_noloop_and_what_the_own_script_writes(self):
        script = "return redis.call('SET', KEYS[1], '1')"
        for options in (("NOLOOP",), ("NOLOOP", "BCAST")):
            with self.subTest(options):
                reader = self.cached(*options)
                reader.call("MGET", "a", "b")
                self.assertEqual(reader.call("EVAL", script, 1, "a"), b"OK")
                reader.call("MULTI")
                reader.call("EVAL", script, 1, "a")
                reader.call("EXEC")
                self.nothing_comes(reader)
                self.redis.call("EVAL", script, 1, "b")
                self.assertEqual(reader.read(), [b"invalidate", [b"b"]])

    def test_opt_in_and_out(self):
        reader = self.cached("OPTIN")
        reader.call("GET", "a")
        reader.call("CLIENT", "CACHING", "YES")
        reader.send("GET", "b")
        reader.send("GET", "c")
        reader.read(), reader.read()
        self.redis.call("MSET", "a", "1", "b", "1", "c", "1")
        self.assertEqual(reader.read(), [b"invalidate", [b"b"]])
        self.nothing_comes(reader)
        reader.call("CLIENT", "CACHING", "YES")
        for call in (("MULTI",), ("GET", "a"), ("GET", "b"), ("EXEC",)):
            reader.call(*call)
        self.redis.call("MSET", "a", "2", "b", "2")
        self.assertEqual([reader.read()[1], reader.read()[1]], [[b"a"], [b"b"]])
        out = self.cached("OPTOUT")
        out.call("CLIENT", "CACHING", "NO")
        out.call("GET", "a")
        out.call("GET", "b")
        self.redis.call("MSET", "a", "3", "b", "3")
        self.assertEqual(out.read(), [b"invalidate", [b"b"]])

    def test_broadcast(self):
        reader = self.cached("BCAST", "PREFIX", "user:", "PREFIX", "order:")
        self.redis.call("MSET", "user:2", "1", "user:1", "1", "none", "1")
        self.assertEqual(reader.read(), [b"invalidate", [b"user:1", b"user:2"]])
        self.redis.call("SET", "order:1", "1")
        self.assertEqual(reader.read(), [b"invalidate", [b"order:1"]])
        self.assertEqual(reader.call("CLIENT", "TRACKINGINFO")[b"prefixes"], [b"order:", b"user:"])

    def test_redirection(self):
        listener = self.connect()
        number = listener.call("CLIENT", "ID")
        listener.call("SUBSCRIBE", "__redis__:invalidate")
        reader = self.connect()  # RESP2
        reader.call("CLIENT", "TRACKING", "ON", "REDIRECT", number)
        self.assertEqual(reader.call("CLIENT", "GETREDIR"), number)
        reader.call("GET", "k")
        self.redis.call("SET", "k", "1")
        self.assertEqual(listener.read(), [b"message", b"__redis__:invalidate", [b"k"]])
        self.redis.call("FLUSHALL")
        self.assertEqual(listener.read(), [b"message", b"__redis__:invalidate", None])
        reader.call("HELLO", "3")
        reader.call("GET", "k")
        listener.close()
        self.until(lambda: f"id={number} " not in self.redis.call("CLIENT", "LIST").decode(),
                   "the listener has gone")
        self.redis.call("SET", "k", "2")
        self.assertEqual(reader.read(), [b"tracking-redir-broken", number])
        self.assertIn(b"broken_redirect", reader.call("CLIENT", "TRACKINGINFO")[b"flags"])

    def test_keys_beyond_the_limit_are_given_up(self):
        self.config("tracking-table-max-keys", "10")
        reader = self.cached()
        for i in range(15):
            reader.send("GET", f"k{i}")
        told = set()
        replies = 0
        while replies < 15 or len(told) < 5:
            reply = reader.read()
            if reply is None:
                replies += 1
            else:
                told.update(reply[1])
        self.assertEqual(len(told), 5)
        stats = self.redis.call("INFO", "stats").decode()
        self.assertIn("tracking_total_keys:10\r\n", stats)
        self.assertIn("tracking_total_items:10\r\n", stats)

    def test_long_reads_count_from_their_moment(self):
        self.redis.call("RPUSH", "list", *range(30_000))
        reader = self.cached()
        self.assertEqual(len(reader.call("LRANGE", "list", "0", "-1")), 30_000)
        self.redis.call("RPUSH", "list", "x")
        self.assertEqual(reader.read(), [b"invalidate", [b"list"]])

    def test_who_reads_slowly_holds_nobody_up(self):
        slow = self.cached("BCAST")
        quick = self.cached()
        started = time.monotonic()
        for i in range(2000):
            self.redis.call("SET", f"{i}" + "x" * 1000, "1")
        quick.call("GET", "k")
        self.redis.call("SET", "k", "1")
        self.assertEqual(quick.read(), [b"invalidate", [b"k"]])
        self.assertLess(time.monotonic() - started, 15)
        slow.close()

    def test_reset_and_off_end_it(self):
        reader = self.cached()
        reader.call("GET", "k")
        reader.call("CLIENT", "TRACKING", "OFF")
        self.redis.call("SET", "k", "1")
        self.nothing_comes(reader)
        reader.call("CLIENT", "TRACKING", "ON")
        self.assertIn("tracking_clients:1\r\n", self.redis.call("INFO", "clients").decode())
        reader.call("RESET")
        self.assertIn("tracking_clients:0\r\n", self.redis.call("INFO", "clients").decode())
        self.assertEqual(reader.call("CLIENT", "GETREDIR"), -1)

    def test_what_is_refused(self):
        for words, error in {
            ("ON", "PREFIX", "a"): "PREFIX option requires BCAST mode to be enabled",
            ("ON", "BCAST", "OPTIN"): "OPTIN and OPTOUT are not compatible with BCAST",
            ("ON", "OPTIN", "OPTOUT"): "You can't specify both OPTIN mode and OPTOUT mode",
            ("ON", "REDIRECT", "999999"): "The client ID you want redirect to does not exist",
            ("ON", "BCAST", "PREFIX", "ab", "PREFIX", "a"): "overlaps with another provided prefix",
            ("MAYBE",): "syntax error",
        }.items():
            with self.subTest(words):
                self.assertIn(error, self.error_of("CLIENT", "TRACKING", *words))
        self.assertIn("only when the client is in tracking mode",
                      self.error_of("CLIENT", "CACHING", "YES"))
