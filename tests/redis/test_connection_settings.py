"""CONFIG SET of what is about connections, and the server's handshake-timeout."""

from __future__ import annotations

import socket
import struct
import time

from lib import resp
from protocol_test import ProtocolTest

MIB = 1 << 20
KEEP_ALIVE_TIMER = "02"


class ConnectionSettings(ProtocolTest):
    def test_what_is_shown_at_first_holds(self):
        shown = self.redis.call("CONFIG", "GET", "client-output-buffer-limit", "timeout",
                                "maxclients", "tcp-keepalive", "client-query-buffer-limit")
        self.assertEqual(dict(zip(shown[::2], shown[1::2])), {
            b"client-output-buffer-limit":
                b"normal 0 0 0 slave 268435456 67108864 60 pubsub 33554432 8388608 60",
            b"timeout": b"0", b"maxclients": b"16000", b"tcp-keepalive": b"300",
            b"client-query-buffer-limit": b"1073741824"})

    def test_idle_clients_are_closed(self):
        idle, subscriber, blocked, monitor = (self.connect() for _ in range(4))
        idle.call("PING")
        subscriber.call("SUBSCRIBE", "c")
        blocked.send("BLPOP", "nothing", "0")
        monitor.call("MONITOR")
        self.config("timeout", "2")
        # Who asks is not idle.
        self.until(lambda: self.redis.call("PING") and idle.ended(), "the idle one is closed")
        late = self.connect()  # everybody else has been silent for longer than this one
        self.until(lambda: self.redis.call("PING") and late.ended(), "and the next one")
        self.assertFalse(subscriber.ended() or blocked.ended() or monitor.ended())

    def test_max_clients(self):
        others = [self.connect() for _ in range(5)]
        for other in others:
            other.call("PING")
        self.config("maxclients", "3")  # those that are there stay
        with self.connect() as late:
            with self.assertRaises(resp.ReplyError) as refused:
                late.read()
            self.assertEqual(str(refused.exception), "ERR max number of clients reached")
        self.assertIn(b"maxclients:3\r\n", self.redis.call("INFO", "clients"))
        for other in others:
            self.assertEqual(other.call("PING"), b"PONG")
        self.redis.call("CONFIG", "SET", "maxclients", "100")
        self.assertEqual(self.connect().call("PING"), b"PONG")
        self.assertIn("not able to handle the specified number of clients",
                      self.error_of("CONFIG", "SET", "maxclients", "4294967295"))

    def test_output_limits(self):
        self.redis.call("SET", "k", "x" * (32 * MIB))
        reader, subscriber = self.connect(), self.connect()
        subscriber.call("SUBSCRIBE", "c")
        self.config("client-output-buffer-limit", "normal 2mb 0 0")
        reader.send("GET", "k")
        self.until(lambda: self.lost(reader, 32 * MIB), "its reply is cut off")
        # Of another class, and the other way round.
        self.redis.call("PUBLISH", "c", "x" * (8 * MIB))
        self.assertEqual(subscriber.read()[2], b"x" * (8 * MIB))
        self.config("client-output-buffer-limit", "normal 0 0 0 pubsub 2mb 0 0")
        self.assertEqual(len(self.connect().call("GET", "k")), 32 * MIB)
        self.redis.call("PUBLISH", "c", "x" * (32 * MIB))
        self.until(lambda: self.lost(subscriber, 32 * MIB), "its message is cut off")

    def lost(self, connection: resp.Connection, size: int) -> bool:
        """Reads to the end; whether it came before `size` bytes."""
        received = 0
        try:
            while data := connection.socket.recv(MIB):
                received += len(data)
        except ConnectionError:
            pass
        return received < size

    def test_the_soft_limit(self):
        self.config("client-output-buffer-limit", "normal 0 1mb 1")
        self.redis.call("SET", "k", "x" * (32 * MIB))
        slow = self.connect()
        slow.send("GET", "k")
        self.until(lambda: "reads what it is sent too slowly" in self.server.log(),
                   "it is dropped, though it has a minute to take the first byte")
        self.assertTrue(self.lost(slow, 32 * MIB))

    def test_the_query_buffer(self):
        self.config("client-query-buffer-limit", "1mb")
        client = self.connect()
        try:
            client.send_raw(b"*2\r\n$3\r\nGET\r\n$3000000\r\n" + b"x" * 2_000_000)
        except ConnectionError:
            pass
        self.until(client.ended, "it is closed")

    def test_more_than_a_million_arguments(self):
        count = 1_200_000
        self.redis.send_raw(b"*%d\r\n$5\r\nRPUSH\r\n$1\r\nk\r\n" % (count + 2) +
                            b"$1\r\nx\r\n" * count)
        self.assertEqual(self.redis.read(), count)
        self.redis.send_raw(b"*%d\r\n$4\r\nMGET\r\n" % (count + 1) + b"$1\r\ny\r\n" * count)
        self.assertEqual(self.redis.read(), [None] * count)
        with self.connect() as other:
            other.send_raw(b"*2147483648\r\n")
            with self.assertRaises(resp.ReplyError) as refused:
                other.read()
            self.assertEqual(str(refused.exception), "ERR Protocol error: invalid multibulk length")

    def keep_alive_of(self, connection: resp.Connection) -> bool:
        """Whether the server's end has the timer of keep-alive."""
        port = connection.socket.getsockname()[1]
        peer = self.server.port("redis")
        with open("/proc/net/tcp", encoding="ascii") as table:
            for line in table:
                words = line.split()
                if words[1].endswith(f":{peer:04X}") and words[2].endswith(f":{port:04X}"):
                    return words[5].split(":")[0] == KEEP_ALIVE_TIMER
        return self.fail("the connection is not there")

    def test_keep_alive(self):
        self.assertTrue(self.keep_alive_of(self.redis))
        self.config("tcp-keepalive", "0")
        self.until(lambda: not self.keep_alive_of(self.pinged()), "new ones have none")
        self.redis.call("CONFIG", "SET", "tcp-keepalive", "100")
        self.until(lambda: self.keep_alive_of(self.pinged()), "and have it again")

    def pinged(self) -> resp.Connection:
        connection = self.connect()
        connection.call("PING")
        return connection


class HandshakeTimeout(ProtocolTest):
    arguments = ("--handshake-timeout", "1s", "--initial-password", "secret")
    ports = {"http": "off"}

    def setUp(self):
        self.redis = self.connect()
        self.redis.call("AUTH", "secret")

    def end_of(self, protocol: str, first: bytes) -> float:
        """After how many seconds the server closes a connection that sends no more than `first`."""
        started = time.monotonic()
        with socket.create_connection(self.server.addresses[protocol], timeout=20) as half:
            half.sendall(first)
            while half.recv(4096):
                pass
        return time.monotonic() - started

    def test_half_logins(self):
        for protocol, first in (("redis", b"*2\r\n$4\r\nAUTH\r\n"),
                                ("rethinkdb", struct.pack("<I", 0x34C2BDC3))):
            with self.subTest(protocol):
                seconds = self.end_of(protocol, first)
                self.assertGreater(seconds, 0.9)
                self.assertLess(seconds, 8)  # ten were given by a constant
        self.assertEqual(self.redis.call("PING"), b"PONG")
