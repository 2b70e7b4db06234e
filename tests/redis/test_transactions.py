"""MULTI and what may be queued in it."""

from __future__ import annotations

from protocol_test import ProtocolTest


class Transactions(ProtocolTest):
    def queue(self, *command):
        self.assertEqual(self.redis.call(*command), b"QUEUED")

    def test_writes_that_want_more_replicas(self):
        self.redis.call("SET", "k", "v")
        self.redis.call("MULTI")
        self.queue("SET", "k", "w")
        self.connect().call("CONFIG", "SET", "min-replicas-to-write", "1")
        self.addCleanup(self.redis.call, "CONFIG", "SET", "min-replicas-to-write", "0")
        why = "NOREPLICAS Not enough good replicas to write."
        self.assertEqual(self.error_of("EXEC"),
                         f"EXECABORT Transaction discarded because of: {why}")
        self.assertEqual(self.error_of("SET", "k", "w"), why)
        self.assertIn(why, self.error_of("EVAL", "return redis.call('set', 'k', 'w')", 0))
        self.assertEqual(self.error_of("EVAL", "#!lua\nreturn redis.call('get', 'k')", 0), why)
        reads = "return redis.call('get', 'k')"
        for script in (reads, "#!lua flags=no-writes\n" + reads):
            self.assertEqual(self.redis.call("EVAL", script, 0), b"v")
        self.redis.call("MULTI")
        self.queue("GET", "k")
        self.assertEqual(self.redis.call("EXEC"), [b"v"])

    def test_select_holds_for_what_follows_and_after_it(self):
        self.redis.call("MULTI")
        self.queue("SET", "k", "zero")
        self.queue("SELECT", "1")
        self.queue("SET", "k", "one")
        self.queue("SELECT", "99")
        self.queue("SELECT", "x")
        self.queue("GET", "k")
        replies = self.redis.call("EXEC")
        self.assertEqual([str(reply) for reply in replies[3:5]],
                         ["ERR DB index is out of range",
                          "ERR value is not an integer or out of range"])
        self.assertEqual(replies[:3] + replies[5:], [b"OK", b"OK", b"OK", b"one"])
        self.assertEqual(self.redis.call("GET", "k"), b"one")
        self.redis.call("SELECT", "0")
        self.assertEqual(self.redis.call("GET", "k"), b"zero")

    def test_a_transaction_that_did_not_run_selects_nothing(self):
        self.redis.call("WATCH", "k")
        self.connect().call("SET", "k", "v")
        self.redis.call("MULTI")
        self.queue("SELECT", "1")
        self.assertIsNone(self.redis.call("EXEC"))
        self.assertEqual(self.redis.call("GET", "k"), b"v")
        self.redis.call("MULTI")
        self.queue("SELECT", "1")
        self.redis.call("DISCARD")
        self.assertEqual(self.redis.call("GET", "k"), b"v")

    def test_selected_databases_are_those_after_a_restart(self):
        self.redis.call("MULTI")
        self.queue("SELECT", "3")
        self.queue("SET", "k", "three")
        self.redis.call("EXEC")
        self.server.restart()
        again = self.connect()
        self.assertIsNone(again.call("GET", "k"))
        again.call("SELECT", "3")
        self.assertEqual(again.call("GET", "k"), b"three")

    def test_unwatch_is_too_late_in_a_transaction(self):
        self.redis.call("WATCH", "k")
        self.connect().call("SET", "k", "v")
        self.redis.call("MULTI")
        self.queue("UNWATCH")
        self.assertIsNone(self.redis.call("EXEC"))
        self.redis.call("MULTI")
        self.queue("UNWATCH")
        self.assertEqual(self.redis.call("EXEC"), [b"OK"])

    def test_exec_with_arguments_ends_the_transaction(self):
        self.redis.call("MULTI")
        self.queue("SET", "k", "v")
        self.assertEqual(self.error_of("EXEC", "x"),
                         "EXECABORT Transaction discarded because of: "
                         "wrong number of arguments for 'exec' command")
        self.assertEqual(self.error_of("EXEC"), "ERR EXEC without MULTI")
        self.assertIsNone(self.redis.call("GET", "k"))

    def versions(self, *command) -> bool:
        """Whether a command ends a transaction that watches `k`."""
        self.redis.call("WATCH", "k")
        self.connect().call(*command)
        self.redis.call("MULTI")
        return self.redis.call("EXEC") is None

    def test_what_changes_nothing_that_a_client_sees_spoils_no_transaction(self):
        self.redis.call("XADD", "k", "1-1", "f", "v")
        self.redis.call("XGROUP", "CREATE", "k", "g", "0")
        self.assertFalse(self.versions("XREADGROUP", "GROUP", "g", "c", "STREAMS", "k", ">"))
        self.assertFalse(self.versions("XGROUP", "CREATECONSUMER", "k", "g", "d"))
        self.assertFalse(self.versions("XSETID", "k", "9-9"))
        self.redis.call("SET", "k", "1")
        self.assertFalse(self.versions("SETBIT", "k", "0", "0"))
        self.assertFalse(self.versions("BITFIELD", "k", "SET", "u8", "0", "49"))
        self.assertTrue(self.versions("SETBIT", "k", "0", "1"))
        self.assertTrue(self.versions("BITFIELD", "k", "SET", "u8", "0", "50"))

    def test_what_runs_before_the_transaction(self):
        library = "#!lua name=multi\nredis.register_function('in_multi', function() return 7 end)"
        self.addCleanup(lambda: self.connect().call("FUNCTION", "FLUSH"))
        self.redis.call("MULTI")
        self.queue("FUNCTION", "LOAD", library)
        self.queue("FCALL", "in_multi", "0")
        self.queue("FUNCTION", "LIST")
        self.queue("DEBUG", "SLEEP", "0.001")
        self.queue("FUNCTION", "LOAD", library)
        self.queue("SET", "k", "v")
        self.queue("ACL", "SETUSER", "queued", "on")
        self.queue("ACL", "DELUSER", "queued")
        self.queue("ACL", "WHOAMI")
        loaded, seven, listed, slept, again, done, *users = self.redis.call("EXEC")
        self.assertEqual((loaded, seven, listed[0][1], slept, done, users),
                         (b"multi", 7, b"multi", b"OK", b"OK", [b"OK", 1, b"default"]))
        self.assertEqual(str(again), "ERR Library 'multi' already exists")
        self.redis.call("MULTI")
        self.queue("SET", "new", "v")
        self.queue("DEBUG", "OBJECT", "new")
        self.queue("DEBUG", "SLEEP", "0.001")
        done, described, slept = self.redis.call("EXEC")
        self.assertEqual((done, slept), (b"OK", b"OK"))
        self.assertIn(b"encoding:embstr", described)

    def test_what_would_run_before_does_not_without_the_transaction(self):
        self.redis.call("WATCH", "k")
        self.connect().call("SET", "k", "v")
        self.redis.call("MULTI")
        self.queue("FUNCTION", "LOAD", "#!lua name=multi\nredis.register_function('f', print)")
        self.assertIsNone(self.redis.call("EXEC"))
        self.assertEqual(self.redis.call("FUNCTION", "LIST"), [])

    def test_a_change_of_role_and_writes_are_not_in_one_transaction(self):
        self.redis.call("MULTI")
        self.queue("SET", "k", "v")
        self.queue("REPLICAOF", "127.0.0.1", "1")
        self.assertIn("EXECABORT", self.error_of("EXEC"))
        self.assertEqual(self.redis.call("SET", "k", "w"), b"OK")
        # As Redis's sentinels do it.
        self.redis.call("MULTI")
        self.queue("SLAVEOF", "NO", "ONE")
        self.queue("CONFIG", "REWRITE")
        self.queue("CLIENT", "KILL", "TYPE", "pubsub")
        self.assertEqual(self.redis.call("EXEC")[::2], [b"OK", 0])

    def test_hello_may_be_queued_and_logins_may_not(self):
        self.redis.call("MULTI")
        self.queue("HELLO", "3", "SETNAME", "queued")
        self.queue("HGETALL", "none")
        hello, nothing = self.redis.call("EXEC")
        self.assertEqual((hello[b"proto"], nothing), (3, {}))
        self.assertEqual(self.redis.call("CLIENT", "GETNAME"), b"queued")
        for call in (("AUTH", "x"), ("HELLO", "2", "AUTH", "default", "x"), ("SUBSCRIBE", "c")):
            self.redis.call("MULTI")
            self.assertIn("is not allowed in transactions", self.error_of(*call).lower())
            self.assertIn("EXECABORT", self.error_of("EXEC"))

    def test_statistics_and_monitors_see_calls_once(self):
        monitor = self.connect()
        monitor.call("MONITOR")
        self.redis.call("CONFIG", "RESETSTAT")
        self.redis.call("MULTI")
        self.queue("FUNCTION", "LIST")
        self.queue("PING")
        self.redis.call("EXEC")
        stats = self.redis.call("INFO", "commandstats").decode()
        self.assertIn("cmdstat_function|list:calls=1,", stats)
        self.assertNotIn("answered", stats)
        shown = [monitor.read().split(b"] ", 1)[1] for _ in range(4)]
        self.assertCountEqual(shown, [b'"MULTI"', b'"FUNCTION" "LIST"', b'"PING"', b'"EXEC"'])


class Names(ProtocolTest):
    def test_hello_takes_no_bad_name(self):
        self.assertEqual(
            self.error_of("HELLO", "3", "SETNAME", "a b"),
            "ERR Client names cannot contain spaces, newlines or special characters.")
        self.assertEqual(self.redis.call("PING"), b"PONG")  # still RESP2
        self.assertIsNone(self.redis.call("CLIENT", "GETNAME"))

    def test_no_setting_locks_clients_out(self):
        self.assertEqual(
            self.error_of("CONFIG", "SET", "proto-max-bulk-len", "1"),
            "ERR CONFIG SET failed (possibly related to argument 'proto-max-bulk-len') - "
            "argument must be between 1048576 and 9223372036854775807 inclusive")
        self.assertEqual(self.redis.call("SET", "k", "v" * 1000), b"OK")
