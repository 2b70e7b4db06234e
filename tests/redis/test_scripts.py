"""Scripts: what Redis answers (golden_scripts/, recorded by record_golden.py), and what a script is
here: one transaction, whose effects are logged."""

from __future__ import annotations

import pathlib
import select
import threading

from lib.resp import ReplyError
from protocol_test import ProtocolTest
from resp import Connection, text, unquote

GOLDEN = pathlib.Path(__file__).resolve().parent / "golden_scripts"
INCREMENT = "local n = redis.call('get', KEYS[1]) return redis.call('set', KEYS[1], (n or 0) + 1)"
LOOP = "while true do end"
TAKES_LONG = "for i = 1, 3000000 do end return 'done'"  # more than a thread has for one
LONG = "redis.call('incr', KEYS[1]) for i = 1, 3000000 do end return redis.call('get', KEYS[1])"


class Golden(ProtocolTest):
    def play(self, name: str):
        redis = Connection.to_port(self.server.addresses["redis"][1])
        self.addCleanup(redis.writer.close)
        redis.command("hello", "2")
        redis.command("flushall")
        redis.command("function", "flush")
        redis.command("script", "flush")
        command = ""
        wrong = []
        for number, line in enumerate((GOLDEN / name).read_text().splitlines(), 1):
            if line == "" or line.startswith("#"):
                continue
            if line.startswith("!protocol "):
                redis.command("hello", line.split()[1])
            elif line.startswith("> "):
                command = line[2:]
            else:
                reply = text(redis.command(*unquote(command)))
                if reply != line:
                    wrong.append(f"{name}:{number}: {command}\n  Redis: {line}\n  here:  {reply}")
        self.assertEqual(wrong, [], "\n" + "\n".join(wrong))

    def test_conversions(self):
        self.play("conversions.txt")

    def test_scripts(self):
        self.play("scripts.txt")

    def test_libraries(self):
        self.play("libraries.txt")

    def test_functions(self):
        self.play("functions.txt")


class Scripts(ProtocolTest):
    def test_effects_are_there_after_a_restart(self):
        script = """
            redis.call('set', 'k', ARGV[1], 'px', 1000000)
            redis.call('sadd', 's', 'a', 'b', 'c', 'd', 'e')
            redis.call('xadd', 'x', '*', 'f', 'v')
            redis.call('zadd', 'z', redis.call('time')[1], 'now')
            return {redis.call('spop', 's'), redis.call('xrange', 'x', '-', '+')[1][1],
                    redis.call('zscore', 'z', 'now'), redis.call('pexpiretime', 'k')}"""
        popped, entry, moment, expires = self.redis.call("EVAL", script, 0, "v")
        self.redis.call("FUNCTION", "LOAD", "REPLACE",
                        "#!lua name=l\nredis.register_function('f', function() return 7 end)")
        self.server.restart()
        again = self.connect()
        self.assertEqual(again.call("SISMEMBER", "s", popped), 0)
        self.assertEqual(again.call("SCARD", "s"), 4)
        self.assertEqual(again.call("XRANGE", "x", "-", "+")[0][0], entry)
        self.assertEqual(again.call("ZSCORE", "z", "now"), moment)
        self.assertEqual(again.call("PEXPIRETIME", "k"), expires)
        self.assertEqual(again.call("FCALL", "f", 0), 7)

    def test_functions_are_in_snapshots(self):
        self.redis.call("FUNCTION", "LOAD", "REPLACE",
                        "#!lua name=l\nredis.register_function('f', function() return 8 end)")
        self.redis.call("SAVE")
        self.server.restart()
        self.assertEqual(self.connect().call("FCALL", "f", 0), 8)

    def test_no_increment_is_lost(self):
        """Scripts that read and write one key at the same time, beside plain commands."""
        clients, rounds = 6, 200

        def work(number: int):
            with self.connect() as redis:
                for _ in range(rounds):
                    if number % 3 == 2:
                        redis.call("INCR", "n")
                    else:
                        redis.call("EVAL", INCREMENT, 1, "n")

        threads = [threading.Thread(target=work, args=(i,)) for i in range(clients)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(self.redis.call("GET", "n"), b"%d" % (clients * rounds))

    def test_a_transfer_is_seen_whole(self):
        move = """redis.call('decr', KEYS[1]) redis.call('incr', KEYS[2])
                  return redis.call('get', KEYS[1]) + redis.call('get', KEYS[2])"""
        total = "return redis.call('get', 'a') + redis.call('get', 'b')"
        self.redis.call("MSET", "a", 1000, "b", 0)
        stop = threading.Event()
        seen = []

        def look():
            with self.connect() as redis:
                while not stop.is_set():
                    seen.append(redis.call("EVAL", total, 0))
                    seen.append(sum(int(value) for value in redis.call("MGET", "a", "b")))

        thread = threading.Thread(target=look)
        thread.start()
        for _ in range(300):
            self.assertEqual(self.redis.call("EVAL", move, 2, "a", "b"), 1000)
        stop.set()
        thread.join()
        self.assertEqual(set(seen), {1000})

    def test_pipelines_and_what_stands_between_scripts(self):
        self.redis.send("SET", "n", "1")
        for _ in range(300):
            self.redis.send("EVAL", "return redis.call('incr', KEYS[1])", 1, "n")
        self.redis.send("GET", "n")
        self.redis.send("NOSUCH")
        self.redis.send("EVAL", "return redis.call('nosuch')", 0)
        self.redis.send("EVAL", "return 'last'", 0)
        self.assertEqual(self.redis.read(), b"OK")
        self.assertEqual([self.redis.read() for _ in range(300)], list(range(2, 302)))
        self.assertEqual(self.redis.read(), b"301")
        for _ in range(2):
            with self.assertRaises(ReplyError):
                self.redis.read()
        self.assertEqual(self.redis.read(), b"last")

    def test_watch_holds_for_a_transaction_with_scripts(self):
        self.redis.call("SET", "w", "1")
        for changed, expected in ((False, [2, b"2"]), (True, None)):
            self.redis.call("WATCH", "w")
            if changed:
                self.connect().call("SET", "w", "9")
            self.redis.call("MULTI")
            self.redis.call("EVAL", "return redis.call('incr', 'w')", 0)
            self.redis.call("GET", "w")
            self.assertEqual(self.redis.call("EXEC"), expected)

    def test_groups_of_streams(self):
        for i in range(1, 401):
            self.redis.call("XADD", "x", f"{i}-0", "n", i)
        self.assertEqual(self.redis.call("EVAL", "return redis.call('xgroup', 'create', 'x', 'g', '0')", 0), b"OK")
        script = """local got = redis.call('xreadgroup', 'group', 'g', ARGV[1], 'count', '2', 'streams', 'x', '>')
                    redis.call('incr', 'calls') return got"""
        delivered = []

        def read(name: str, by_script: bool) -> None:
            with self.connect() as reader:
                for _ in range(25):
                    got = (reader.call("EVAL", script, 0, name) if by_script else reader.call(
                        "XREADGROUP", "GROUP", "g", name, "COUNT", "2", "STREAMS", "x", ">"))
                    delivered.extend(entry[0] for entry in (got[0][1] if got else []))

        threads = [threading.Thread(target=read, args=(f"r{i}", i % 2 == 0)) for i in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(len(delivered), 400)
        self.assertEqual(len(set(delivered)), 400)
        self.assertEqual(self.redis.call("XPENDING", "x", "g")[0], 400)
        self.redis.call("MULTI")
        self.redis.call("EVAL", "return 1", 0)
        self.redis.call("XACK", "x", "g", "5-0")
        self.assertEqual(self.redis.call("EXEC"), [1, 1])
        self.assertEqual(self.redis.call("XPENDING", "x", "g")[0], 399)
        self.server.restart()
        with self.connect() as again:
            self.assertEqual(again.call("XPENDING", "x", "g")[0], 399)

    def test_a_long_script_holds_nobody_up(self):
        self.redis.send("EVAL", LONG, 1, "n")
        other = self.connect()
        for _ in range(100):
            self.assertEqual(other.call("PING"), b"PONG")
        self.assertEqual(self.redis.read(), b"1")
        # The second time it begins where it may take its time.
        self.assertEqual(self.redis.call("EVAL", LONG, 1, "n"), b"2")

    def test_a_long_script_that_loses_gets_a_turn_of_its_own(self):
        stop = threading.Event()

        def disturb():
            with self.connect() as redis:
                while not stop.is_set():
                    redis.call("SET", "busy", "x")

        thread = threading.Thread(target=disturb)
        thread.start()
        try:
            script = ("redis.call('get', 'busy') for i = 1, 3000000 do end "
                      "return redis.call('set', 'busy', 'script')")
            for _ in range(3):
                self.assertEqual(self.redis.call("EVAL", script, 0), b"OK")
        finally:
            stop.set()
            thread.join()

    def test_kill(self):
        self.assertIn("NOTBUSY", self.error_of("SCRIPT", "KILL"))
        victim = self.connect()
        for script in (LOOP, "while true do pcall(function() while true do end end) end",
                       # A pattern that tries every way.
                       "return string.find(('a'):rep(1000), ('a*'):rep(20) .. 'b')",
                       "redis.call('set', 'k', 'v') " + LOOP):
            victim.send("EVAL", script, 0)
            self.until(lambda: self.try_kill("SCRIPT"), "SCRIPT KILL finds it")
            with self.assertRaises(ReplyError) as caught:
                victim.read()
            self.assertIn("Script killed by user with SCRIPT KILL", str(caught.exception))
        self.assertIsNone(self.redis.call("GET", "k"))
        self.redis.call("FUNCTION", "LOAD", "REPLACE",
                        "#!lua name=l\nredis.register_function('f', function() while true do end end)")
        victim.send("FCALL", "f", 0)
        self.until(lambda: self.redis.call("FUNCTION", "STATS")[1], "FUNCTION STATS shows it")
        running = self.redis.call("FUNCTION", "STATS")[1]
        self.assertEqual(running[:4], [b"name", b"f", b"command", [b"FCALL", b"f", b"0"]])
        self.assertIn("BUSY", self.error_of("SCRIPT", "KILL"))
        self.assertEqual(self.redis.call("FUNCTION", "KILL"), b"OK")
        with self.assertRaises(ReplyError):
            victim.read()

    def test_one_more_than_there_are_threads_is_told_so(self):
        self.config("busy-reply-threshold", "20")
        self.assertEqual(self.redis.call("EVAL", TAKES_LONG, 0), b"done")
        running = [self.connect() for _ in range(4)]
        for each in running:
            each.send("EVAL", LOOP, 0)
        self.until(lambda: self.all_busy(running), "all threads are taken")
        # What takes no time goes on beside them, but for one that a busy machine holds up.
        self.until(self.one, "a short script runs")
        library = "#!lua name=besides\nredis.register_function('besides', function() return 1 end)"
        self.assertEqual(self.redis.call("FUNCTION", "LOAD", "REPLACE", library), b"besides")
        self.redis.send("MULTI")
        self.redis.send("INCR", "n")
        self.redis.send("EVAL", TAKES_LONG, 0)
        self.redis.send("EXEC")
        *_, (first, second) = [self.redis.read() for _ in range(4)]
        self.assertEqual(first, 1)
        self.assertIn("BUSY", str(second))
        # Each ends another, and who comes then waits for those that are about to end.
        for _ in running:
            self.assertEqual(self.redis.call("SCRIPT", "KILL"), b"OK")
        self.assertEqual(self.redis.call("EVAL", TAKES_LONG, 0), b"done")
        for each in running:
            with self.assertRaisesRegex(ReplyError, "SCRIPT KILL"):
                each.read()

    def one(self) -> bool:
        try:
            return self.redis.call("EVAL", "return 1", 0) == 1
        except ReplyError as error:
            self.assertIn("BUSY", str(error))
            return False

    def all_busy(self, running) -> bool:
        # The script below may have had a thread for so long that one of them was told so.
        for each in running:
            if select.select([each.socket], [], [], 0)[0]:
                with self.assertRaisesRegex(ReplyError, "^BUSY "):
                    each.read()
                each.send("EVAL", LOOP, 0)
        try:
            return self.redis.call("EVAL", TAKES_LONG, 0) != b"done"
        except ReplyError as error:
            return str(error).startswith("BUSY ")

    def test_calls_of_scripts_are_counted(self):
        self.redis.call("CONFIG", "RESETSTAT")
        self.redis.call("SET", "k", "1")
        self.redis.call("EVAL", "redis.call('set', 'k', 2) redis.pcall('lpush', 'k', 1)", 0)
        stats = self.redis.call("INFO", "commandstats").decode()
        self.assertRegex(stats, r"cmdstat_set:calls=2,[^\r]*failed_calls=0")
        self.assertRegex(stats, r"cmdstat_lpush:calls=1,[^\r]*failed_calls=1")

    def test_calls_that_are_refused_are_counted(self):
        self.redis.call("CONFIG", "RESETSTAT")
        self.redis.call("EVAL", "redis.pcall('set', 'k') redis.pcall('select', '99')", 0)
        self.assertIn("OOPS", self.error_of("EVAL", "return redis.error_reply('OOPS')", 0))
        stats = self.redis.call("INFO", "commandstats").decode()
        self.assertRegex(stats, r"cmdstat_set:calls=0,[^\r]*rejected_calls=1,failed_calls=0")
        self.assertRegex(stats, r"cmdstat_select:calls=1,[^\r]*rejected_calls=0,failed_calls=1")
        errors = self.redis.call("INFO", "errorstats").decode().split()
        self.assertEqual(sorted(errors[2:]), ["errorstat_ERR:count=3"])

    def test_sleep_takes_time_for_others_only(self):
        self.redis.call("DEBUG", "SET-DISABLE-DENY-SCRIPTS", "1")
        self.addCleanup(lambda: self.connect().call("DEBUG", "SET-DISABLE-DENY-SCRIPTS", "0"))
        script = """redis.call('set', 'k', 'v', 'px', '10') redis.call('debug', 'sleep', '0.03')
                    return redis.call('exists', 'k')"""
        self.assertEqual(self.redis.call("EVAL", script, 0), 1)
        self.assertEqual(self.redis.call("EXISTS", "k"), 0)
        self.running = self.connect()
        self.running.send("EVAL", "redis.call('debug', 'sleep', '3600')", 0)
        self.until(lambda: self.try_kill("SCRIPT"), "it can be ended")
        with self.assertRaises(ReplyError):
            self.running.read()

    def try_kill(self, command: str) -> bool:
        try:
            return self.redis.call(command, "KILL") == b"OK"
        except ReplyError:
            return False

    def test_memory_is_limited(self):
        self.assertIn("not enough memory",
                      self.error_of("EVAL", "local t = {} while true do t[#t+1] = ('x'):rep(1e6) .. #t end", 0))
        self.assertEqual(self.redis.call("EVAL", "return 1", 0), 1)

    def test_messages_are_sent_when_the_effects_are_there(self):
        listener = self.connect()
        listener.call("SUBSCRIBE", "c")
        self.assertEqual(self.redis.call("EVAL", "return redis.call('publish', 'c', 'm')", 0), 1)
        self.assertEqual(listener.read(), [b"message", b"c", b"m"])

    def test_blocked_clients_get_what_a_script_pushes(self):
        waiting = self.connect()
        waiting.send("BLPOP", "l", "0")
        self.until(lambda: b"cmd=blpop" in self.redis.call("CLIENT", "LIST"), "it waits")
        self.redis.call("EVAL", "return redis.call('rpush', 'l', 'x')", 0)
        self.assertEqual(waiting.read(), [b"l", b"x"])

    def test_compiled_code_is_not_loaded(self):
        self.assertIn("compiled chunk", str(self.redis.call(
            "EVAL", "return select(2, loadstring(string.dump(function() return 1 end)))", 0)))

    def test_what_a_script_may_not_name(self):
        def refused(*call) -> str:
            return self.error_of("EVAL", "return redis.pcall(unpack(ARGV))", "0", *call)

        unknown = "ERR Unknown Redis command called from script"
        for call in (("NOPE",), ("CONFIG", "NOPE"), ("OBJECT", "NOPE", "k"), ("COMMAND", "NOPE")):
            self.assertEqual(refused(*call)[:len(unknown)], unknown, call)
        barred = "ERR This Redis command is not allowed from script"
        for call in (("CLUSTER", "RESET"), ("CONFIG", "GET", "x"), ("DEBUG", "SLEEP", "0"),
                     ("MULTI",), ("EVAL", "return 1", "0")):
            self.assertEqual(refused(*call)[:len(barred)], barred, call)

    def test_a_switch_lets_scripts_call_what_is_barred(self):
        sample = "redis.setresp(3) return redis.call('DEBUG', 'PROTOCOL', ARGV[1])"
        self.error_of("EVAL", sample, "0", "integer")
        self.redis.call("DEBUG", "SET-DISABLE-DENY-SCRIPTS", "1")
        self.addCleanup(lambda: self.connect().call("DEBUG", "SET-DISABLE-DENY-SCRIPTS", "0"))
        self.redis.call("HELLO", "3")
        for kind, value in {"integer": 12345, "double": 3.141, "true": True, "null": None,
                            "map": {0: False, 1: True, 2: False},
                            "attrib": b"Some real reply following the attribute"}.items():
            self.assertEqual(self.redis.call("EVAL", sample, "0", kind), value, kind)
        listed = self.redis.call("EVAL", "return redis.call('CLIENT', 'LIST')", "0")
        self.assertIn(b" cmd=eval ", listed)
        self.assertIn("not allowed", self.error_of("EVAL", "return redis.call('MULTI')", "0"))


class Holding(ProtocolTest):
    """`redis-busy-scripts hold`: who comes while a script runs for long is told so, as by Redis."""

    arguments = ("--redis-busy-scripts", "hold")

    def setUp(self):
        super().setUp()
        self.config("busy-reply-threshold", "20")
        self.running = self.connect()

    def loop(self, command: str, *words) -> None:
        self.running.send(command, *words)
        self.until(self.is_busy, "it has run for long")

    def is_busy(self) -> bool:
        try:
            return self.connect().call("PING") != b"PONG"
        except ReplyError as error:
            return str(error).startswith("BUSY ")

    def end(self, command: str) -> None:
        self.assertEqual(self.connect().call(command, "KILL"), b"OK")
        with self.assertRaisesRegex(ReplyError, "killed by user"):
            self.running.read()
        self.assertEqual(self.redis.call("PING"), b"PONG")

    def test_others_are_told_how_to_end_it(self):
        self.loop("EVAL", LOOP, 0)
        self.assertEqual(self.error_of("GET", "k"),
                         "BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.")
        self.assertEqual(self.redis.call("HELLO", "2")[0], b"server")
        self.assertIn("BUSY", self.error_of("EVAL", "return 1", 0))
        self.assertIn("SCRIPT KILL", self.error_of("FUNCTION", "KILL"))
        self.end("SCRIPT")
        self.redis.call("FUNCTION", "LOAD", "REPLACE",
                        "#!lua name=l\nredis.register_function('f', function() while true do end end)")
        self.loop("FCALL", "f", 0)
        self.assertIn("FUNCTION KILL", self.error_of("GET", "k"))
        self.assertEqual(self.redis.call("FUNCTION", "STATS")[1][1], b"f")
        self.end("FUNCTION")

    def test_a_transaction_does_not_run_by_halves(self):
        inside = self.connect()
        inside.call("MULTI")
        inside.call("INCR", "n")
        before = self.connect()
        before.call("MULTI")
        before.call("INCR", "n")
        self.loop("EVAL", LOOP, 0)
        self.assertEqual(self.redis.call("MULTI"), b"OK")
        self.assertIn("BUSY", self.error_of("INCR", "n"))
        with self.assertRaisesRegex(ReplyError, "^BUSY "):
            inside.call("INCR", "n")
        with self.assertRaisesRegex(ReplyError, "^EXECABORT .*BUSY "):
            before.call("EXEC")
        self.connect().call("SCRIPT", "KILL")
        with self.assertRaises(ReplyError):
            self.running.read()
        self.assertEqual(self.error_of("EXEC"), "EXECABORT Transaction discarded because of previous errors.")
        with self.assertRaisesRegex(ReplyError, "^EXECABORT .*previous errors"):
            inside.call("EXEC")
        self.assertIsNone(self.redis.call("GET", "n"))
