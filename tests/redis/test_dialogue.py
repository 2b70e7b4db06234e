"""What CLIENT REPLY, CLIENT PAUSE and RESET do to a dialogue, as Debian's redis-server does it."""

from __future__ import annotations

import time

from lib import redis_server, resp
from protocol_test import ProtocolTest

# Each line is a dialogue of its own; the replies must be the same, byte for byte.
DIALOGUES = """
CLIENT REPLY OFF; SUBSCRIBE c; PSUBSCRIBE p*; SSUBSCRIBE s; PING; UNSUBSCRIBE; PUNSUBSCRIBE; SUNSUBSCRIBE; CLIENT REPLY ON
CLIENT REPLY SKIP; SUBSCRIBE c; PING
CLIENT REPLY SKIP; UNSUBSCRIBE c; PING
CLIENT REPLY SKIP; ECHO x; UNSUBSCRIBE c
CLIENT REPLY OFF; HELLO 3; SUBSCRIBE c; CLIENT REPLY ON
CLIENT REPLY OFF; RESET; PING
CLIENT SETNAME foo; RESET; CLIENT GETNAME
COMMAND INFO nosuch; HELLO 3; COMMAND INFO nosuch
CLIENT SETNAME foo; SELECT 3; MULTI; RESET; CLIENT GETNAME; DISCARD
WATCH a; SET a 1; RESET; MULTI; PING; EXEC
XADD s 1-1 f v; XGROUP CREATE s g 0; XGROUP SETID s g -; XINFO GROUPS s; XGROUP SETID s g +; XINFO GROUPS s; XGROUP CREATE s h -; XGROUP CREATE s i +; XGROUP SETID s g (1
ZADD z -0 a 0 b; ZUNION 1 z WITHSCORES; ZINTER 1 z WEIGHTS -1 WITHSCORES; ZDIFF 1 z WITHSCORES; ZUNIONSTORE d 1 z WEIGHTS -1; ZRANGE d 0 -1 WITHSCORES
"""


class Dialogues(ProtocolTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.peer = cls.enterClassContext(redis_server.RedisServer(*redis_server.TO_MEMORY))

    def setUp(self):
        super().setUp()
        with resp.Connection(self.peer.host, self.peer.port) as theirs:
            theirs.call("FLUSHALL")

    def replies(self, address, commands: list[list[str]]) -> bytes:
        end = "the end"
        with resp.Connection(*address) as connection:
            for words in commands:
                connection.send(*words)
            connection.send("RESET")  # also out of RESP2's mode of subscribers
            connection.send("ECHO", end)
            received = b""
            while not received.endswith(resp.encode(end).split(b"\r\n", 1)[1]):
                data = connection.socket.recv(65536)
                if not data:
                    break
                received += data
            # The greeting tells one server from another.
            return received if b"redis\r\n$7\r\nversion" not in received else \
                received.split(b"modules\r\n*0\r\n", 1)[1]

    def test_replies_are_the_same(self):
        for line in DIALOGUES.strip().splitlines():
            with self.subTest(line):
                commands = [part.split() for part in line.split(";")]
                self.assertEqual(
                    self.replies(self.server.addresses["redis"], commands),
                    self.replies((self.peer.host, self.peer.port), commands))

    def test_signs_of_zeros_in_large_sets(self):
        def shown(address):
            with resp.Connection(*address) as connection:
                connection.call("FLUSHALL")
                members = [word for n in range(200) for word in ("0", f"m{n:03}")]
                connection.call("ZADD", "z", *members)
                connection.call("ZUNIONSTORE", "d", 1, "z", "WEIGHTS", "-1")
                connection.call("ZINTERSTORE", "e", 2, "z", "d", "AGGREGATE", "MIN")
                connection.call("ZDIFFSTORE", "f", 2, "d", "none")
                return [connection.call("ZRANGE", key, 0, -1, "WITHSCORES") for key in "def"]

        ours = shown(self.server.addresses["redis"])
        self.assertIn(b"-0", ours[0])
        self.assertEqual(ours, shown((self.peer.host, self.peer.port)))


class Pauses(ProtocolTest):
    def setUp(self):
        super().setUp()
        self.addCleanup(lambda: self.connect().call("CLIENT", "UNPAUSE"))

    def clients_section(self) -> dict[str, str]:
        lines = self.redis.call("INFO", "clients").decode().split()
        return dict(line.split(":") for line in lines if ":" in line)

    def paused(self, *command) -> bool:
        """Whether a command waits for the end of the pause."""
        before = int(self.clients_section()["blocked_clients"])
        client = self.connect()
        client.send(*command)
        client.socket.setblocking(False)

        def outcome():
            try:
                return client.socket.recv(1, 2) and "answered"  # 2: MSG_PEEK
            except BlockingIOError:
                waits = int(self.clients_section()["blocked_clients"]) > before
                return "waits" if waits else None

        return self.until(outcome, f"{command} runs or waits") == "waits"

    def test_what_waits_for_the_end_of_a_pause_of_writes(self):
        self.redis.call("PFADD", "h", "x")
        self.redis.call("CLIENT", "PAUSE", 100000, "WRITE")
        for command in (("SET", "k", "v"), ("PFCOUNT", "h"), ("PUBLISH", "c", "m"),
                        ("SPUBLISH", "c", "m"), ("SORT", "k")):
            self.assertTrue(self.paused(*command), command)
        for command in (("GET", "k"), ("EXISTS", "k"), ("SORT_RO", "k"), ("DBSIZE",)):
            self.assertFalse(self.paused(*command), command)

    def test_scripts_that_write_nothing_do_not_wait_for_writes(self):
        writing, reading = "return 1", "#!lua flags=no-writes\nreturn 2"
        self.redis.call("FUNCTION", "LOAD", "#!lua name=pauses\n"
                        "redis.register_function('pause_w', function() return 1 end)\n"
                        "redis.register_function{function_name='pause_r', flags={'no-writes'},"
                        " callback=function() return 2 end}")
        self.addCleanup(lambda: self.connect().call("FUNCTION", "DELETE", "pauses"))
        shas = {text: self.redis.call("SCRIPT", "LOAD", text) for text in (writing, reading)}
        self.redis.call("CLIENT", "PAUSE", 100000, "WRITE")
        for command in (("EVAL", writing, 0), ("EVALSHA", shas[writing], 0), ("EVALSHA", "?", 0),
                        ("FCALL", "pause_w", 0), ("EVAL", "#!lua\nreturn 1", 0)):
            self.assertTrue(self.paused(*command), command)
        for command in (("EVAL", reading, 0), ("EVALSHA", shas[reading], 0), ("EVAL_RO", writing, 0),
                        ("EVALSHA_RO", shas[reading], 0), ("FCALL", "pause_r", 0),
                        ("FCALL_RO", "pause_r", 0)):
            self.assertFalse(self.paused(*command), command)
        self.redis.call("MULTI")
        self.redis.call("EVAL", reading, 0)
        self.redis.call("EVAL_RO", writing, 0)
        self.assertEqual(self.redis.call("EXEC"), [2, 1])

    def test_keys_do_not_expire_in_a_pause(self):
        def expired() -> int:
            return int(self.redis.call("INFO", "stats").decode().split("expired_keys:")[1].split()[0])

        before = expired()
        self.redis.call("SET", "k", "v", "PX", 300)
        self.redis.call("CLIENT", "PAUSE", 100000, "WRITE")
        self.until(lambda: self.redis.call("GET", "k") is None, "the key's time comes")
        # Without the pause it would go within a tenth of a second.
        deadline = time.monotonic() + 0.5
        while time.monotonic() < deadline:
            self.assertEqual(self.redis.call("DBSIZE"), 1)
        self.assertEqual(expired(), before)
        self.redis.call("CLIENT", "UNPAUSE")
        self.until(lambda: self.redis.call("DBSIZE") == 0, "the key goes after the pause")


class Restoring(ProtocolTest):
    def test_frequency_and_idle_time_are_taken_by_policy(self):
        self.redis.call("SET", "k", "v")
        dump = self.redis.call("DUMP", "k")
        self.redis.call("RESTORE", "idle", 0, dump, "IDLETIME", 1000)
        self.redis.call("RESTORE", "counted", 0, dump, "FREQ", 77)
        self.assertIn(self.redis.call("OBJECT", "IDLETIME", "idle"), (1000, 1001))
        self.assertLess(self.redis.call("OBJECT", "IDLETIME", "counted"), 100)
        self.config("maxmemory-policy", "allkeys-lfu")
        self.redis.call("RESTORE", "counted", 0, dump, "FREQ", 77, "REPLACE")
        self.redis.call("RESTORE", "idle", 0, dump, "IDLETIME", 1000, "REPLACE")
        self.assertIn(self.redis.call("OBJECT", "FREQ", "counted"), (76, 77))
        self.assertIn(self.redis.call("OBJECT", "FREQ", "idle"), (4, 5))
