"""What operators do: watch, slow down, end connections, look at what takes long, save."""

from __future__ import annotations

import contextlib
import time

from lib import resp
from protocol_test import ProtocolTest


class Watching(ProtocolTest):
    def test_monitor_shows_commands_and_hides_passwords(self):
        monitor = self.connect()
        self.assertEqual(monitor.call("MONITOR"), b"OK")
        self.redis.call("SET", "k", b'a"\x00')
        self.redis.send("AUTH", "secret")
        with self.assertRaises(resp.ReplyError):
            self.redis.read()
        self.redis.call("MULTI")
        self.redis.call("INCR", "n")
        self.redis.call("EXEC")
        lines = [monitor.read().decode() for _ in range(5)]
        self.assertRegex(lines[0], r'^\d+\.\d{6} \[0 127\.0\.0\.1:\d+\] "SET" "k" "a\\"\\x00"$')
        words = [line.split("] ", 1)[1] for line in lines[1:]]
        self.assertEqual(words, ['"AUTH" "(redacted)"', '"MULTI"', '"INCR" "n"', '"EXEC"'])
        for call, shown in (
                (("FUNCTION", "STATS"), '"FUNCTION" "STATS"'),
                (("HELLO", "2", "AUTH", "u", "p"), '"HELLO" "2" "AUTH" "(redacted)" "(redacted)"'),
                (("MIGRATE", "h", "1", "none", "0", "1", "AUTH", "p"),
                 '"MIGRATE" "h" "1" "none" "0" "1" "AUTH" "(redacted)"'),
                (("MIGRATE", "h", "1", "none", "0", "1", "AUTH2", "u", "p", "KEYS", "k"),
                 '"MIGRATE" "h" "1" "none" "0" "1" "AUTH2" "(redacted)" "(redacted)" "KEYS" "k"')):
            self.redis.send(*call)
            with contextlib.suppress(resp.ReplyError):
                self.redis.read()
            self.assertEqual(monitor.read().decode().split("] ", 1)[1], shown)

    def test_monitor_shows_large_calls_in_their_order(self):
        """They are shown by another thread than small ones."""
        monitor, subscriber = self.connect(), self.connect()
        self.assertEqual(monitor.call("MONITOR"), b"OK")
        subscriber.call("SUBSCRIBE", "c")
        monitor.read()
        large = b"v" * 1_000_000
        calls = [("SET", "k", "1"), ("SET", "large", large), ("GET", "k"), ("PUBLISH", "c", large),
                 ("ECHO", large), ("STRLEN", "large"), ("MULTI",), ("APPEND", "k", large), ("EXEC",),
                 ("PING",)]
        for call in calls:
            self.redis.send(*call)
        replies = [self.redis.read() for _ in calls]
        self.assertEqual(replies, [b"OK", b"OK", b"1", 1, large, len(large), b"OK", b"QUEUED",
                                   [len(large) + 1], b"PONG"])
        self.assertEqual(subscriber.read(), [b"message", b"c", large])
        shown = [monitor.read().split(b"] ", 1)[1] for _ in calls]
        wanted = [b" ".join(b'"%s"' % (word if isinstance(word, bytes) else word.encode())
                            for word in call) for call in calls]
        self.assertEqual(shown, wanted)

    def test_slow_calls_are_remembered(self):
        self.redis.call("SLOWLOG", "RESET")
        self.config("slowlog-log-slower-than", "0")
        self.redis.call("CLIENT", "SETNAME", "tester")
        self.redis.call("SET", "k", "x" * 200)
        newest = self.redis.call("SLOWLOG", "GET", "1")[0]
        self.assertEqual(newest[3][:2], [b"SET", b"k"])
        self.assertTrue(newest[3][2].endswith(b"... (72 more bytes)"))
        self.assertEqual(newest[5], b"tester")
        self.config("slowlog-max-len", "2")
        for i in range(5):
            self.redis.call("GET", i)
        self.assertEqual(self.redis.call("SLOWLOG", "LEN"), 2)
        self.redis.call("SLOWLOG", "RESET")
        self.assertEqual([call[3] for call in self.redis.call("SLOWLOG", "GET")],
                         [[b"SLOWLOG", b"RESET"]])

    def test_slow_log_hides_passwords(self):
        self.config("slowlog-log-slower-than", "0")
        self.redis.call("SLOWLOG", "RESET")
        self.redis.call("CONFIG", "SET", "masterauth", "secret", "masteruser", "me")
        self.redis.call("CONFIG", "SET", "masterauth", "", "masteruser", "")
        self.redis.call("MULTI")
        self.redis.call("CONFIG", "SET", "masterauth", "")
        self.redis.call("EXEC")
        self.redis.call("ACL", "SETUSER", "slow", ">secret")
        self.redis.call("ACL", "DELUSER", "slow")
        self.error_of("AUTH", "slow", "secret")
        self.error_of("HELLO", "3", "AUTH", "slow", "secret")
        shown = [b" ".join(call[3]).decode() for call in self.redis.call("SLOWLOG", "GET", "-1")]
        two = "CONFIG SET masterauth (redacted) masteruser (redacted)"
        self.assertEqual(shown[::-1], [
            "SLOWLOG RESET", two, two, "MULTI", "CONFIG SET masterauth (redacted)",
            "ACL SETUSER (redacted) (redacted)", "ACL DELUSER (redacted)",
            "AUTH (redacted) (redacted)", "HELLO 3 AUTH (redacted) (redacted)"])

    def test_commands_of_the_dialogue_may_be_slow(self):
        self.config("slowlog-log-slower-than", "100000")
        self.redis.call("SLOWLOG", "RESET")
        self.redis.call("DEBUG", "SLEEP", "0.2")
        number, _, micros, words, *_ = self.redis.call("SLOWLOG", "GET")[0]
        self.assertEqual(words, [b"DEBUG", b"SLEEP", b"0.2"])
        self.assertGreaterEqual(micros, 200000)

    def test_latency_spikes_are_kept_when_asked_for(self):
        self.assertEqual(self.redis.call("LATENCY", "LATEST"), [])
        self.config("latency-monitor-threshold", "1")
        self.redis.call("RPUSH", "list", *range(100000))
        self.redis.call("SORT", "list", "BY", "weight_*", "ALPHA", "LIMIT", "0", "1")
        events = {row[0]: row for row in self.redis.call("LATENCY", "LATEST")}
        self.assertIn(b"command", events)
        self.assertGreaterEqual(events[b"command"][3], 1)
        self.assertTrue(self.redis.call("LATENCY", "HISTORY", "command"))
        self.assertRegex(self.redis.call("LATENCY", "GRAPH", "command").decode(),
                         r"^command - high \d+ ms, low \d+ ms \(all time high \d+ ms\)\n-{80}\n")
        self.assertEqual(self.error_of("LATENCY", "GRAPH", "none"),
                         "ERR No samples available for event 'none'")
        self.assertGreaterEqual(self.redis.call("LATENCY", "RESET", "command"), 1)

    def counted(self, name: str) -> dict[str, str]:
        lines = self.redis.call("INFO", "commandstats").decode().split("\r\n")
        line = next((line for line in lines if line.startswith(f"cmdstat_{name}:")), None)
        return {} if line is None else dict(
            part.split("=") for part in line.partition(":")[2].split(","))

    def test_commands_are_counted(self):
        self.redis.call("CONFIG", "RESETSTAT")
        self.assertEqual(self.counted("set"), {})
        for _ in range(3):
            self.redis.call("SET", "k", "x")
        self.error_of("LPUSH", "k", "x")
        self.error_of("GET")
        for call in (("MULTI",), ("GET", "k"), ("EXEC",)):
            self.redis.call(*call)
        found = {name: [self.counted(name)[f"{field}_calls" if field != "calls" else "calls"]
                        for field in ("calls", "failed", "rejected")]
                 for name in ("set", "lpush", "get", "multi", "exec", "config|resetstat")}
        self.assertEqual(found, {"set": ["3", "0", "0"], "lpush": ["1", "1", "0"],
                                 "get": ["1", "0", "1"], "multi": ["1", "0", "0"],
                                 "exec": ["1", "0", "0"], "config|resetstat": ["1", "0", "0"]})
        self.assertNotIn("commandstats", self.redis.call("INFO").decode().lower())
        self.assertRegex(self.redis.call("INFO", "latencystats").decode(),
                         r"latency_percentiles_usec_set:p50=[\d.]+,p99=[\d.]+,p99.9=[\d.]+\r\n")

    def test_durations_have_a_histogram(self):
        self.redis.call("CONFIG", "RESETSTAT")
        for _ in range(5):
            self.redis.call("SET", "k", "x")
        name, (_, calls, _, steps) = self.redis.call("LATENCY", "HISTOGRAM", "set", "none")
        self.assertEqual((name, calls, steps[-1]), (b"set", 5, 5))
        self.assertIn(b"config|resetstat", self.redis.call("LATENCY", "HISTOGRAM", "config"))

    def test_digests_are_of_contents(self):
        for name in ("a", "b"):
            members = ("x", "y", "z") if name == "a" else ("z", "y", "x")
            self.redis.call("SADD", "set " + name, *members)
            self.redis.call("HSET", "hash " + name, *(word for one in members for word in (one, 1)))
            self.redis.call("RPUSH", "list " + name, *members)
        digests = {kind: self.redis.call("DEBUG", "DIGEST-VALUE", kind + " a", kind + " b")
                   for kind in ("set", "hash", "list")}
        self.assertEqual({kind: a == b for kind, (a, b) in digests.items()},
                         {"set": True, "hash": True, "list": False})
        before = self.redis.call("DEBUG", "DIGEST")
        self.redis.call("DEBUG", "RELOAD")
        self.assertEqual(self.redis.call("DEBUG", "DIGEST"), before)
        self.redis.call("SET", "more", "x")
        self.assertNotEqual(self.redis.call("DEBUG", "DIGEST"), before)

    def test_client_list_and_kill(self):
        victim = self.connect()
        number = victim.call("CLIENT", "ID")
        victim.call("SUBSCRIBE", "channel")
        listed = self.redis.call("CLIENT", "LIST", "TYPE", "pubsub").decode()
        self.assertIn(f"id={number} ", listed)
        self.assertIn("flags=P ", listed)
        self.assertIn(" sub=1 ", listed)
        self.assertEqual(self.redis.call("CLIENT", "KILL", "TYPE", "pubsub"), 1)
        with self.assertRaises(ConnectionError):
            victim.read()

    def test_every_container_explains_itself(self):
        for name in ("ACL", "CLIENT", "COMMAND", "CONFIG", "DEBUG", "LATENCY", "MEMORY", "OBJECT",
                     "PUBSUB", "SLOWLOG", "XGROUP", "XINFO"):
            lines = self.redis.call(name, "HELP")
            self.assertTrue(lines[0].startswith(name.encode() + b" <subcommand>"), lines)
            self.assertEqual(lines[-2], b"HELP")
            self.assertIn(f"Try {name} HELP.", self.error_of(name, "NOSUCH"))


class Looking(ProtocolTest):
    """What monitoring tools read."""

    def info(self, *sections: str) -> dict[str, str]:
        lines = self.redis.call("INFO", *sections).decode().split("\r\n")
        return dict(line.split(":", 1) for line in lines if ":" in line)

    def test_info_has_what_tools_read(self):
        info = self.info()
        for field in ("instantaneous_ops_per_sec", "instantaneous_input_kbps",
                      "instantaneous_output_kbps", "total_net_input_bytes",
                      "total_net_output_bytes", "mem_fragmentation_ratio", "total_system_memory",
                      "total_error_replies", "latest_fork_usec", "lru_clock",
                      "used_memory_dataset", "used_memory_overhead", "used_memory_startup",
                      "executable", "config_file", "pubsubshard_channels", "repl_backlog_size",
                      "master_replid2", "server_time_usec"):
            self.assertIn(field, info)

    def test_bytes_and_errors_are_counted(self):
        self.redis.call("CONFIG", "RESETSTAT")
        before = self.info("stats")
        self.redis.call("SET", "s", "x" * 10000)
        self.redis.call("GET", "s")
        self.error_of("LPUSH", "s", "x")
        self.error_of("NOSUCH")
        self.error_of("EXEC")
        self.redis.call("MULTI")
        self.redis.call("LPUSH", "s", "x")
        self.redis.call("EXEC")
        self.connect().call("PING")
        after = self.info("stats", "errorstats")
        for field in ("total_net_input_bytes", "total_net_output_bytes"):
            self.assertGreater(int(after[field]), int(before[field]) + 10000)
        self.assertEqual(after["errorstat_WRONGTYPE"], "count=2")
        self.assertEqual(after["errorstat_ERR"], "count=2")
        self.assertEqual(after["total_error_replies"], "4")
        self.redis.call("CONFIG", "RESETSTAT")
        self.assertNotIn("errorstat_ERR", self.info("errorstats"))

    def test_what_commands_do_with_their_keys(self):
        def flags(*call: str):
            return {key: words for key, words in self.redis.call("COMMAND", "GETKEYSANDFLAGS", *call)}

        self.assertEqual(flags("SET", "k", "v"), {b"k": [b"OW", b"update"]})
        self.assertEqual(flags("BLMOVE", "a", "b", "LEFT", "LEFT", "0"),
                         {b"a": [b"RW", b"access", b"delete"], b"b": [b"RW", b"insert"]})
        self.assertEqual(flags("ZUNIONSTORE", "a", "2", "b", "c"),
                         {b"a": [b"OW", b"update"], b"b": [b"RO", b"access"],
                          b"c": [b"RO", b"access"]})
        self.assertEqual(flags("EXISTS", "a"), {b"a": [b"RO"]})

    def test_subcommands_are_described_like_commands(self):
        call = self.redis.call
        one, same, none, other = call("COMMAND", "INFO", "config|get", "CONFIG|GET", "config|nosuch",
                                      "object|encoding")
        self.assertEqual(one[:2], [b"config|get", -3])
        self.assertIn(b"admin", one[2])
        self.assertEqual(same, one)
        self.assertIsNone(none)
        self.assertEqual(other[:2] + other[3:6], [b"object|encoding", 3, 2, 2, 1])
        container = call("COMMAND", "INFO", "config")[0]
        self.assertEqual({row[0] for row in container[9]},
                         {b"config|get", b"config|set", b"config|resetstat", b"config|rewrite",
                          b"config|help"})
        self.assertEqual(set(call("COMMAND", "LIST", "FILTERBY", "PATTERN", "slowlog*")),
                         {b"slowlog", b"slowlog|get", b"slowlog|len", b"slowlog|reset",
                          b"slowlog|help"})
        self.assertIn(b"config|set", call("COMMAND", "LIST", "FILTERBY", "ACLCAT", "admin"))
        self.assertIn(b"config|set", call("ACL", "CAT", "admin"))
        name, described = call("COMMAND", "DOCS", "xgroup|create")
        self.assertEqual(name, b"xgroup|create")
        self.assertIn(b"Creates a consumer group.", described)
        self.assertEqual(call("COMMAND", "COUNT"), len(call("COMMAND")))

    def test_nothing_larger_is_pretended(self):
        for command in (("CLUSTER", "INFO"), ("READONLY",), ("READWRITE",)):
            self.assertEqual(self.error_of(*command),
                             "ERR This instance has cluster support disabled")
        self.assertEqual(self.redis.call("MODULE", "LIST"), [])
        self.assertEqual(self.redis.call("REPLICAOF", "NO", "ONE"), b"OK")
        self.assertEqual(self.redis.call("ROLE")[0], b"master")

    def test_filters_of_clients_that_fit_nobody(self):
        self.assertEqual(self.redis.call("CLIENT", "LIST", "ID", "0"), b"")
        self.assertEqual(self.error_of("CLIENT", "KILL", "USER", "nobody"),
                         "ERR No such user 'nobody'")
        self.assertEqual(self.error_of("CLIENT", "PAUSE", "-1"), "ERR timeout is negative")

    def test_the_last_command_is_shown_with_its_subcommand(self):
        self.assertIn(b" cmd=client|info ", self.redis.call("CLIENT", "INFO"))
        other = self.connect()
        other.call("GET", "k")
        self.assertIn(b" cmd=get ", self.redis.call("CLIENT", "LIST"))
        other.call("OBJECT", "Encoding", "nothing")  # commands on keys hold others as well
        self.assertIn(b" cmd=object|encoding ", self.redis.call("CLIENT", "LIST"))

    def test_acl_shows_users_and_what_was_denied(self):
        self.assertEqual(self.redis.call("ACL", "LIST"), [b"user default on nopass ~* &* +@all"])
        user = self.redis.call("ACL", "GETUSER", "default")
        self.assertEqual(dict(zip(user[::2], user[1::2]))[b"flags"], [b"on", b"nopass"])
        self.assertIsNone(self.redis.call("ACL", "GETUSER", "nobody"))
        self.assertIn(b"sortedset", self.redis.call("ACL", "CAT"))
        self.assertIn(b"zadd", self.redis.call("ACL", "CAT", "SORTEDSET"))
        self.assertEqual(self.error_of("ACL", "CAT", "nosuch"), "ERR Unknown category 'nosuch'")
        self.assertRegex(self.redis.call("ACL", "GENPASS"), rb"^[0-9a-f]{64}$")
        self.assertRegex(self.redis.call("ACL", "GENPASS", "5"), rb"^[0-9a-f]{2}$")
        self.assertNotEqual(self.redis.call("ACL", "GENPASS"), self.redis.call("ACL", "GENPASS"))
        self.redis.call("ACL", "LOG", "RESET")
        for _ in range(2):
            self.error_of("AUTH", "somebody", "wrong")
        entry = self.redis.call("ACL", "LOG")[0]
        shown = dict(zip(entry[::2], entry[1::2]))
        self.assertEqual([shown[name] for name in (b"count", b"reason", b"object", b"username")],
                         [2, b"auth", b"AUTH", b"somebody"])
        self.assertEqual(self.redis.call("ACL", "LOG", "0"), [])
        self.redis.call("ACL", "LOG", "RESET")
        self.assertEqual(self.redis.call("ACL", "LOG"), [])


class Slowing(ProtocolTest):
    def test_a_pause_holds_writes_back_until_it_ends(self):
        other = self.connect()
        self.redis.call("CLIENT", "PAUSE", "60000", "WRITE")
        self.addCleanup(lambda: self.connect().call("CLIENT", "UNPAUSE"))
        other.send("SET", "k", "v")
        other.send("GET", "k")
        self.assertIsNone(self.redis.call("GET", "k"))
        self.assertIsNone(self.redis.call("GET", "k"))
        self.redis.call("CLIENT", "UNPAUSE")
        self.assertEqual([other.read(), other.read()], [b"OK", b"v"])

    def test_a_pause_ends_by_itself(self):
        self.redis.call("CLIENT", "PAUSE", "50")
        self.assertEqual(self.redis.call("PING"), b"PONG")

    def test_debug_sleep_holds_nobody_else_up(self):
        sleeper = self.connect()
        sleeper.send("DEBUG", "SLEEP", "0.5")
        started = time.monotonic()
        answered = 0
        while time.monotonic() < started + 0.2:
            self.redis.call("SET", "k", "v")
            answered += 1
        self.assertGreater(answered, 10)
        self.assertEqual(sleeper.read(), b"OK")

    def test_a_waiting_client_that_went_away_takes_nothing(self):
        waiting = self.connect()
        waiting.send("BLPOP", "queue", "0")
        self.until(lambda: b"blocked_clients:1" in self.redis.call("INFO", "clients"), "blocked")
        waiting.close()
        self.until(lambda: b"blocked_clients:0" in self.redis.call("INFO", "clients"), "gone")
        self.redis.call("RPUSH", "queue", "x")
        self.assertEqual(self.redis.call("LLEN", "queue"), 1)

    def test_xread_from_now_on(self):
        self.redis.call("XADD", "s", "1-1", "f", "old")
        waiting = self.connect()
        waiting.send("XREAD", "BLOCK", "0", "STREAMS", "s", "$")
        self.until(lambda: b"blocked_clients:1" in self.redis.call("INFO", "clients"), "blocked")
        self.redis.call("XADD", "s", "2-1", "f", "new")
        self.assertEqual(waiting.read(), [[b"s", [[b"2-1", [b"f", b"new"]]]]])


class Saving(ProtocolTest):
    def test_keys_made_by_number(self):
        self.redis.call("SET", "key:1", "mine")
        self.assertEqual(self.redis.call("DEBUG", "POPULATE", 200), b"OK")
        self.assertEqual(self.redis.call("DBSIZE"), 200)
        self.assertEqual(self.redis.call("MGET", "key:1", "key:199"), [b"mine", b"value:199"])
        self.assertEqual(self.redis.call("DEBUG", "POPULATE", 2, "p", 10), b"OK")
        self.assertEqual(self.redis.call("GET", "p:1"), b"value:1\0\0\0")
        self.assertEqual(self.error_of("DEBUG", "POPULATE", "x"), "ERR value is out of range")
        self.assertEqual(self.error_of("DEBUG", "POPULATE", "1", "p", "-1"), "ERR value is out of range")

    def test_options_of_debug_reload(self):
        self.assertEqual(self.redis.call("DEBUG", "RELOAD", "NOFLUSH"), b"OK")
        self.redis.call("SET", "k", "v")
        self.assertIn("Error trying to load the RDB dump", self.error_of("DEBUG", "RELOAD", "NOFLUSH"))
        self.assertEqual(self.redis.call("DEBUG", "RELOAD", "NOSAVE", "NOFLUSH", "MERGE"), b"OK")
        self.assertIn("only supports", self.error_of("DEBUG", "RELOAD", "NOPE"))
        self.assertEqual(self.redis.call("GET", "k"), b"v")

    def test_save_writes_a_snapshot(self):
        self.redis.call("SET", "k", "v")
        before = set((self.server.data / "keys").iterdir())
        self.assertEqual(self.redis.call("SAVE"), b"OK")
        self.assertTrue(set((self.server.data / "keys").iterdir()) - before)
        self.assertAlmostEqual(self.redis.call("LASTSAVE"), time.time(), delta=60)
        self.assertIn(b"rdb_changes_since_last_save:0", self.redis.call("INFO", "persistence"))

    def test_bgsave_ends(self):
        self.redis.call("SET", "k", "v")
        self.assertEqual(self.redis.call("BGSAVE"), b"Background saving started")
        self.until(lambda: b"rdb_bgsave_in_progress:0" in self.redis.call("INFO", "persistence"),
                   "the end of the save")
