"""What tools and Redis's own tests look at: values from inside, counters, lines about clients."""

from __future__ import annotations

from protocol_test import ProtocolTest


class HyperLogLogs(ProtocolTest):
    def test_values_that_are_none(self):
        none = "WRONGTYPE Key is not a valid HyperLogLog string value."
        for offset, byte in ((0, "x"), (4, "x"), (4, b"\x00")):
            self.redis.call("DEL", "h")
            self.redis.call("PFADD", "h", "a", "b", "c")
            self.redis.call("SETRANGE", "h", offset, byte)
            self.assertEqual(self.error_of("PFCOUNT", "h"), none, (offset, byte))
        self.redis.call("DEL", "h")
        self.redis.call("PFADD", "h", "a", "b", "c")
        self.redis.call("APPEND", "h", "hello")
        self.assertEqual(self.error_of("PFCOUNT", "h"), "INVALIDOBJ Corrupted HLL object detected")

    def test_a_look_inside(self):
        self.redis.call("PFADD", "h", "a", "b", "c")
        self.assertEqual(self.redis.call("PFDEBUG", "ENCODING", "h"), b"sparse")
        # As Redis says of the same elements.
        self.assertEqual(self.redis.call("PFDEBUG", "DECODE", "h"),
                         b"Z:8436 v:1,1 Z:4274 v:2,1 Z:3068 v:1,1 Z:603")
        before = self.redis.call("PFCOUNT", "h")
        self.assertEqual(self.redis.call("PFDEBUG", "TODENSE", "h"), 1)
        self.assertEqual(self.redis.call("PFDEBUG", "TODENSE", "h"), 0)
        self.assertEqual(self.redis.call("PFDEBUG", "ENCODING", "h"), b"dense")
        self.assertEqual(self.error_of("PFDEBUG", "DECODE", "h"), "ERR HLL encoding is not sparse")
        registers = self.redis.call("PFDEBUG", "GETREG", "h")
        self.assertEqual((len(registers), sum(1 for one in registers if one)), (16384, 3))
        self.assertEqual(self.redis.call("PFCOUNT", "h"), before)
        self.server.restart()
        self.redis = self.connect()
        self.assertEqual(self.redis.call("PFDEBUG", "ENCODING", "h"), b"dense")

    def test_refusals_and_the_test_of_itself(self):
        self.assertEqual(self.error_of("PFDEBUG", "ENCODING", "none"),
                         "ERR The specified key does not exist")
        self.redis.call("PFADD", "h", "a")
        self.assertEqual(self.error_of("PFDEBUG", "NOPE", "h"),
                         "ERR Unknown PFDEBUG subcommand 'NOPE'")
        self.assertEqual(self.redis.call("PFSELFTEST"), b"OK")


class Counters(ProtocolTest):
    def info(self, section: str) -> dict[str, str]:
        lines = self.redis.call("INFO", section).decode().split("\r\n")
        return dict(line.split(":", 1) for line in lines if ":" in line)

    def test_errors_that_end_a_wait_are_counted(self):
        self.redis.call("XGROUP", "CREATE", "s", "g", "$", "MKSTREAM")
        self.redis.call("CONFIG", "RESETSTAT")
        waiting = self.connect()
        waiting.send("XREADGROUP", "GROUP", "g", "me", "BLOCK", "0", "STREAMS", "s", ">")
        self.until(lambda: self.info("clients")["blocked_clients"] == "1", "it waits")
        self.redis.call("XGROUP", "DESTROY", "s", "g")
        with self.assertRaisesRegex(Exception, "^NOGROUP "):
            waiting.read()
        self.assertEqual(self.info("errorstats").get("errorstat_NOGROUP"), "count=1")
        self.assertRegex(self.info("commandstats")["cmdstat_xreadgroup"],
                         "calls=1,.*rejected_calls=0,failed_calls=1")

    def test_small_integers_are_shared(self):
        for value, count in (("9999", 2**31 - 1), ("10000", 1), ("-1", 1), ("a", 1)):
            self.redis.call("SET", "k", value)
            self.assertEqual(self.redis.call("OBJECT", "REFCOUNT", "k"), count, value)

    def test_what_is_freed_later_is_counted(self):
        self.redis.call("SADD", "s", *range(1000))
        self.redis.call("SET", "small", "x")
        self.until(lambda: self.info("memory")["lazyfree_pending_objects"] == "0", "all is freed")
        self.redis.call("CONFIG", "RESETSTAT")
        self.redis.call("UNLINK", "s", "small")
        self.until(lambda: self.info("memory")["lazyfreed_objects"] == "1", "the set is freed")

    def test_lines_about_clients(self):
        line = self.redis.call("CLIENT", "LIST").decode()
        self.assertIn(" qbuf=26 ", line)
        self.assertIn(" omem=0 ", line)
        self.assertIn(" qbuf=26 ", self.redis.call("CLIENT", "INFO").decode())

    def test_a_client_that_only_looks_uses_no_key(self):
        self.config("maxmemory-policy", "allkeys-lfu")
        self.redis.call("SET", "k", "v")
        before = self.redis.call("OBJECT", "FREQ", "k")
        self.assertEqual(self.redis.call("CLIENT", "NO-TOUCH", "ON"), b"OK")
        self.assertIn(" flags=T ", self.redis.call("CLIENT", "INFO").decode())
        for call in (("GET", "k"), ("APPEND", "k", "x"), ("STRLEN", "k")):
            self.redis.call(*call)
        self.assertEqual(self.redis.call("OBJECT", "FREQ", "k"), before)
        self.redis.call("TOUCH", "k")
        self.assertEqual(self.redis.call("OBJECT", "FREQ", "k"), before + 1)
        self.redis.call("CLIENT", "NO-TOUCH", "OFF")
        self.assertIn(" flags=N ", self.redis.call("CLIENT", "INFO").decode())
        self.assertEqual(self.error_of("CLIENT", "NO-TOUCH", "MAYBE"), "ERR syntax error")

    def test_waiting_for_the_disk(self):
        self.assertEqual(self.redis.call("WAITAOF", "1", "0", "0"), [1, 0])
        self.redis.call("SET", "k", "v")
        self.assertEqual(self.redis.call("WAITAOF", "1", "0", "0"), [1, 0])
        self.redis.call("EVAL", "return redis.call('SET', KEYS[1], 'w')", "1", "k")
        self.assertEqual(self.redis.call("WAITAOF", "1", "3", "20000"), [1, 0])
        self.assertEqual(self.redis.call("WAITAOF", "0", "0", "0"), [1, 0])
        self.assertIn("must between 0 and 1", self.error_of("WAITAOF", "2", "0", "0"))
        self.assertEqual(self.error_of("WAITAOF", "1", "0", "-1"), "ERR timeout is negative")


class Commands(ProtocolTest):
    def test_keys_that_are_stored_into(self):
        for call, keys in {
            ("SORT", "a", "STORE", "b", "STORE", "c"): [b"a", b"c"],
            ("SORT", "a", "GET", "store", "STORE", "c"): [b"a", b"c"],
            ("SORT", "a", "BY", "store", "ALPHA"): [b"a"],
            ("GEORADIUS", "a", "1", "2", "3", "m", "STORE", "b", "STOREDIST", "c"): [b"a", b"c"],
            ("GEORADIUSBYMEMBER", "a", "store", "3", "m"): [b"a"],
        }.items():
            self.assertEqual(self.redis.call("COMMAND", "GETKEYS", *call), keys, call)

    def test_flags_of_scripts(self):
        for name in ("eval", "evalsha", "eval_ro", "evalsha_ro", "fcall", "fcall_ro"):
            flags = self.redis.call("COMMAND", "INFO", name)[0][2]
            self.assertIn(b"movablekeys", flags, name)

    def test_where_it_listens_is_known_and_stays(self):
        port = str(self.server.addresses["redis"][1])
        self.assertEqual(self.redis.call("CONFIG", "GET", "port"), [b"port", port.encode()])
        self.assertEqual(self.redis.call("CONFIG", "SET", "port", port), b"OK")
        self.assertTrue(self.error_of("CONFIG", "SET", "port", "1").endswith(
            "'port') - Unable to listen on this port. Check server logs."))
        self.assertTrue(self.error_of("CONFIG", "SET", "bind", "999.999.999.999").endswith(
            "'bind') - Failed to bind to specified addresses."))

    def test_arguments_are_documented(self):
        self.redis.call("HELLO", "3")
        docs = self.redis.call("COMMAND", "DOCS", "client|pause")[b"client|pause"]
        self.assertEqual(docs[b"arguments"][0], {b"name": b"milliseconds", b"type": b"integer"})
        mode = docs[b"arguments"][1]
        self.assertEqual((mode[b"type"], list(mode[b"flags"])), (b"oneof", [b"optional"]))
        self.assertEqual([one[b"token"] for one in mode[b"arguments"]], [b"WRITE", b"ALL"])
        self.assertNotIn(b"arguments", self.redis.call("COMMAND", "DOCS", "client|id")[b"client|id"])
