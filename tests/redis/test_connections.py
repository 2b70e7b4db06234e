"""Clients that go, or do not read, while the server has something for them."""

from __future__ import annotations

import select
import socket

from lib import resp
from protocol_test import ProtocolTest

MIB = 1024 * 1024


class Gone(ProtocolTest):
    """A client that waits is noticed when it goes, whatever it sent before."""

    def blocked(self) -> int:
        for line in self.redis.call("INFO", "clients").split(b"\r\n"):
            if line.startswith(b"blocked_clients:"):
                return int(line.split(b":")[1])
        return self.fail("INFO says nothing of blocked clients")

    def wait_then_leave(self, command: bytes, leave) -> None:
        """Twenty clients that wait, with requests behind, and then are gone."""
        waiters = [self.connect() for _ in range(20)]
        for waiter in waiters:
            waiter.send_raw(command)
        self.until(lambda: self.blocked() == 20, "all wait")
        for waiter in waiters:
            waiter.send_raw(resp.encode("PING") * 3)
            leave(waiter)
        self.until(lambda: self.blocked() == 0, "nobody waits any more")

    def ways_to_leave(self):
        def abort(waiter):
            waiter.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            waiter.socket.close()

        yield "close", lambda waiter: waiter.socket.close()
        yield "half close", lambda waiter: waiter.socket.shutdown(socket.SHUT_WR)
        yield "reset", abort

    def test_who_waits_for_keys(self):
        commands = {"BLPOP": ("BLPOP", "k", "0"), "BZPOPMIN": ("BZPOPMIN", "k", "0"),
                    "BLMOVE": ("BLMOVE", "k", "other", "LEFT", "LEFT", "0"),
                    "XREAD": ("XREAD", "BLOCK", "0", "STREAMS", "k", "$")}
        for how, leave in self.ways_to_leave():
            for name, command in commands.items():
                with self.subTest(name, how=how):
                    self.wait_then_leave(resp.encode(*command), leave)

    def test_nothing_is_taken_for_a_client_that_has_just_gone(self):
        """Its end and the push are seen in one round of the event loop."""
        for i in range(50):
            waiter = self.connect()
            waiter.send("BLPOP", "jobs", "0")
            self.until(lambda: self.blocked() == 1, "it waits")
            waiter.send_raw(resp.encode("PING"))
            waiter.socket.close()
            self.redis.call("RPUSH", "jobs", i)
            self.assertEqual(self.redis.call("LPOP", "jobs"), b"%d" % i)

    def test_a_write_of_a_client_that_went_during_a_pause_does_not_happen(self):
        connections = self.connect_count()
        self.redis.call("CLIENT", "PAUSE", "100000", "WRITE")
        writer = self.connect()
        writer.send_raw(resp.encode("PING") + resp.encode("SET", "a", "1"))
        self.assertEqual(writer.read(), b"PONG")
        writer.send_raw(resp.encode("PING"))
        writer.socket.close()
        self.until(lambda: self.connect_count() <= connections, "it is gone")
        self.redis.call("CLIENT", "UNPAUSE")
        self.assertIsNone(self.redis.call("GET", "a"))

    def connect_count(self) -> int:
        return len(self.redis.call("CLIENT", "LIST").splitlines())

    def test_subscribers_and_monitors(self):
        connections = self.connect_count()
        for command in (("SUBSCRIBE", "c"), ("PSUBSCRIBE", "*"), ("MONITOR",)):
            listener = self.connect()
            listener.send(*command)
            listener.read()
            listener.send_raw(b"*1\r\n$4\r\nPI")  # an unfinished request
            listener.socket.close()
        self.until(lambda: self.connect_count() <= connections, "they are gone")
        self.assertEqual(self.redis.call("PUBLISH", "c", "x"), 0)


class LongPipelines(ProtocolTest):
    """A client may write all its requests before it reads a reply."""

    def write_then_read(self, requests: bytes, replies: bytes) -> None:
        connection = self.connect()
        connection.socket.settimeout(60)
        connection.socket.sendall(requests)  # hangs when the server stops reading
        left = len(replies)
        while left > 0:
            part = connection.socket.recv(MIB)
            self.assertEqual(part, replies[len(replies) - left:][:len(part)])
            self.assertTrue(part, "the replies end early")
            left -= len(part)

    def test_reads(self):
        self.redis.call("SET", "v", b"x" * 1024)
        self.write_then_read(resp.encode("GET", "v") * 60000,
                             (b"$1024\r\n" + b"x" * 1024 + b"\r\n") * 60000)

    def test_large_requests(self):
        echo = resp.encode("ECHO", b"y" * 1000)
        self.write_then_read(echo * 40000, (b"$1000\r\n" + b"y" * 1000 + b"\r\n") * 40000)

    def test_a_transaction(self):
        self.redis.call("SET", "v", b"x" * 1024)
        count = 20000
        self.write_then_read(
            resp.encode("MULTI") + resp.encode("GET", "v") * count + resp.encode("EXEC") +
            resp.encode("ECHO", b"z" * 1000) * count,
            b"+OK\r\n" + b"+QUEUED\r\n" * count + b"*%d\r\n" % count +
            (b"$1024\r\n" + b"x" * 1024 + b"\r\n") * count +
            (b"$1000\r\n" + b"z" * 1000 + b"\r\n") * count)

    def test_behind_a_wait(self):
        connection = self.connect()
        connection.send_raw(resp.encode("BLPOP", "k", "0"))
        connection.socket.sendall(resp.encode("ECHO", b"y" * 1000) * 20000)
        self.redis.call("RPUSH", "k", "1")
        self.assertEqual(connection.read(), [b"k", b"1"])
        for _ in range(20000):
            self.assertEqual(len(connection.read()), 1000)

    def test_the_others_have_their_turn(self):
        self.redis.call("RPUSH", "long", *range(20000))
        flood = self.connect()
        flood.socket.sendall(resp.encode("CLIENT", "REPLY", "OFF") +
                             resp.encode("LRANGE", "long", "0", "-1") * 3000 +
                             resp.encode("CLIENT", "REPLY", "ON"))
        for _ in range(3):  # all connections have one I/O thread, or at most two
            self.assertEqual(self.connect().call("PING"), b"PONG")
        readable, _, _ = select.select([flood.socket], [], [], 0)
        self.assertEqual(readable, [], "the flood was done before the others were answered")
        self.assertEqual(flood.read(), b"OK")


class Memory(ProtocolTest):
    def test_a_large_request_and_reply_leave_nothing_with_their_connection(self):
        size = 100 * MIB
        connection = self.connect()
        for _ in range(2):
            self.assertEqual(connection.call("SET", "large", b"x" * size), b"OK")
            connection.send("GET", "large")
            left = size + len(b"$104857600\r\n\r\n")
            while left > 0:
                part = connection.socket.recv(MIB)
                self.assertTrue(part, "the reply ends early")
                left -= len(part)
            self.assertEqual(connection.call("DEL", "large"), 1)
        self.until(lambda: self.server.anonymous_bytes() < 60 * MIB, "the memory goes back")
        self.assertEqual(connection.call("PING"), b"PONG")
