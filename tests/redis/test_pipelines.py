"""Pipelines: half-closed, inline, silent, and with replies larger than memory should hold."""

from __future__ import annotations

import pathlib
import resource
import signal
import socket
import threading

from lib import resp
from protocol_test import ProtocolTest

MIB = 1024 * 1024


def read_to_end(connection: resp.Connection) -> bytes:
    parts = []
    while True:
        part = connection.socket.recv(MIB)
        if not part:
            return b"".join(parts)
        parts.append(part)


class Pipelines(ProtocolTest):
    def test_a_client_that_has_closed_its_side_gets_all_replies(self):
        connection = self.connect()
        connection.send_raw(b"SET a 1\r\nGET a\r\n" + resp.encode("INCR", "n") * 5000)
        connection.socket.shutdown(socket.SHUT_WR)
        expected = b"+OK\r\n$1\r\n1\r\n" + b"".join(b":%d\r\n" % i for i in range(1, 5001))
        self.assertEqual(read_to_end(connection), expected)

    def test_inline_requests_keep_their_own_arguments(self):
        self.redis.send_raw(b'SET a "x y"\r\nSET b z\nGET a\r\n\r\nget \'b\'\r\nPING\r\n')
        replies = [self.redis.read() for _ in range(5)]
        self.assertEqual(replies, [b"OK", b"OK", b"x y", b"z", b"PONG"])

    def test_errors_keep_their_place(self):
        self.redis.send_raw(resp.encode("SET", "s", "v") + resp.encode("NOSUCH") +
                            resp.encode("LPUSH", "s", "x") + resp.encode("GET") +
                            resp.encode("GET", "s"))
        self.assertEqual(self.redis.read(), b"OK")
        for start in ("ERR unknown command 'NOSUCH'", "WRONGTYPE", "ERR wrong number"):
            with self.assertRaises(resp.ReplyError) as caught:
                self.redis.read()
            self.assertTrue(str(caught.exception).startswith(start), caught.exception)
        self.assertEqual(self.redis.read(), b"v")

    def test_client_reply_is_about_what_follows(self):
        self.redis.send_raw(
            resp.encode("ECHO", "1") + resp.encode("CLIENT", "REPLY", "SKIP") +
            resp.encode("ECHO", "2") + resp.encode("ECHO", "3") +
            resp.encode("CLIENT", "REPLY", "OFF") + resp.encode("ECHO", "4") +
            resp.encode("SELECT", "1") + resp.encode("CLIENT", "REPLY", "ON") +
            resp.encode("ECHO", "5"))
        self.assertEqual([self.redis.read() for _ in range(4)], [b"1", b"3", b"OK", b"5"])

    def resident(self) -> int:
        words = pathlib.Path(f"/proc/{self.server.pid}/statm").read_text().split()
        return int(words[1]) * 4096

    def growth(self, requests: list[bytes], reply_bytes: int) -> int:
        """How much memory the server needs for a pipeline whose replies are read slowly."""
        before = self.resident()
        connection = self.connect()
        sender = threading.Thread(target=connection.send_raw, args=(b"".join(requests),))
        sender.start()
        highest = 0
        for _ in requests:
            self.assertIn(len(connection.read()), (len(b"OK"), reply_bytes))
            highest = max(highest, self.resident())
        sender.join()
        return highest - before

    def test_replies_leave_before_more_are_made(self):
        self.redis.call("SET", "big", b"x" * (2 * MIB))
        get = resp.encode("GET", "big")
        self.assertLess(self.growth([get] * 250, 2 * MIB), 200 * MIB)
        # Writes among them: a batch that writes runs as a whole.
        mixed = [get, resp.encode("SET", "small", "x")] * 250
        self.assertLess(self.growth(mixed, 2 * MIB), 200 * MIB)

    def test_reads_of_one_pipeline_choose_on_their_own(self):
        self.redis.call("SADD", "s", *range(1000))
        self.redis.send_raw(resp.encode("SRANDMEMBER", "s") * 20)
        self.assertGreater(len({self.redis.read() for _ in range(20)}), 5)

    def test_a_web_browser_is_turned_away(self):
        connection = self.connect()
        connection.send_raw(b"POST / HTTP/1.1\r\nHost: x\r\n\r\nSET a 1\r\n")
        self.assertEqual(read_to_end(connection), b"")
        self.assertIsNone(self.redis.call("GET", "a"))


class Refused(ProtocolTest):
    """A log that takes no more: one reply for each request, and reads go on."""

    @staticmethod
    def preexec():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # else a limit of file sizes kills

    def test_replies_stay_in_step(self):
        value = b"x" * MIB
        self.redis.call("SET", "kept", "v")
        unlimited = resource.prlimit(self.server.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(self.server.pid, resource.RLIMIT_FSIZE, (65536, unlimited[1]))
        self.addCleanup(resource.prlimit, self.server.pid, resource.RLIMIT_FSIZE, unlimited)
        with self.assertRaises(resp.ReplyError) as full:
            for i in range(1000):
                self.redis.call("SET", f"filler{i}", value)
        self.assertTrue(str(full.exception).startswith("MISCONF"), full.exception)
        self.redis.send_raw(
            resp.encode("MULTI") + resp.encode("SET", "a", "1") + resp.encode("SET", "b", value) +
            resp.encode("EXEC") + resp.encode("ECHO", "between") + resp.encode("SET", "c", value) +
            resp.encode("NOSUCH") + resp.encode("EXISTS", "c", "kept") +
            resp.encode("MULTI") + resp.encode("EXISTS", "kept") + resp.encode("EXEC") +
            resp.encode("ECHO", "last"))
        replies = []
        for _ in range(12):
            try:
                replies.append(self.redis.read())
            except resp.ReplyError as error:
                replies.append(str(error).split()[0])
        self.assertEqual(replies, [b"OK", b"QUEUED", b"QUEUED", "MISCONF", b"between", "MISCONF",
                                   "ERR", 1, b"OK", b"QUEUED", [1], b"last"])
        resource.prlimit(self.server.pid, resource.RLIMIT_FSIZE, unlimited)
        self.until(self.takes_writes, "writes are taken again")

    def takes_writes(self) -> bool:
        try:
            return self.redis.call("SET", "d", b"x" * MIB) == b"OK"
        except resp.ReplyError:
            return False
