"""What connections hold stays within their share of the memory, whatever clients do not read."""

from __future__ import annotations

import select
import socket
import threading
import urllib.request

from lib import resp
from protocol_test import ProtocolTest

MIB = 1 << 20
LIMIT_MIB = 32  # a quarter of it
# Copies of what is on its way, other pools' use, and what the allocator keeps for a second.
BESIDE_MIB = 96


class ConnectionMemory(ProtocolTest):
    arguments = ("--memory", "128MiB")
    ports = {"rethinkdb": 0, "http": 0}

    def held(self) -> int:
        return int(self.server.metrics()["octavo_memory_used_bytes"].value(pool="connections"))

    def ended(self) -> int:
        return int(self.server.metrics()["octavo_connections_ended_total"].value(reason="memory"))

    def resident(self) -> int:
        return self.server.anonymous_bytes() // MIB

    def test_listeners_that_do_not_read(self):
        """The slow ones are ended, and whoever reads gets every message."""
        before = self.resident()
        ended = self.ended()
        slow = []
        for i in range(20):
            slow.append(self.connect())
            slow[-1].call("CLIENT", "SETNAME", f"slow-{i}")
            slow[-1].call(*(("MONITOR",) if i % 4 == 0 else ("SUBSCRIBE", "news")))
        reader = self.connect()
        reader.call("SUBSCRIBE", "news")
        received = []

        def listen():
            for _ in range(100):
                received.append(reader.read()[2])

        listening = threading.Thread(target=listen)
        listening.start()
        peak = 0
        for i in range(100):
            self.redis.call("PUBLISH", "news", bytes([i]) * (MIB // 2))
            self.until(lambda: len(received) > i - 8, "the reader keeps up")
            peak = max(peak, self.held())
        listening.join(60)
        self.assertEqual([message[:1] for message in received], [bytes([i]) for i in range(100)])
        self.assertTrue(all(len(message) == MIB // 2 for message in received))
        # Above it only by what those hold that were told to go in the same moment.
        self.assertLess(peak, (LIMIT_MIB + 16) * MIB)
        self.assertLess(self.resident(), before + LIMIT_MIB + BESIDE_MIB)
        self.assertGreater(self.ended(), ended)
        self.assertGreater(sum(connection.ended() for connection in slow), 10)
        log = self.server.log()
        self.assertIn("the memory of connections is used up", log)
        self.assertIn("name=slow-", log)
        self.assertIn("setting=memory", log)
        for connection in slow:
            connection.close()
        self.until(lambda: self.held() < MIB, "what they held comes back")

    def test_transactions_that_are_only_queued(self):
        ended = self.ended()
        command = resp.encode("SET", "k", "x" * 60_000)
        queuers = []
        for _ in range(40):
            queuers.append(self.connect())
            queuers[-1].call("MULTI")
            for _ in range(20):
                queuers[-1].send_raw(command)
            try:
                for _ in range(20):
                    queuers[-1].read()
            except ConnectionError:
                pass
        self.assertLess(self.held(), LIMIT_MIB * MIB + 4 * MIB)
        self.assertGreater(self.ended(), ended)
        # Who came last is served: those who hold theirs for longest went.
        self.assertEqual(len(queuers[-1].call("EXEC")), 20)

    def test_names_that_are_only_kept(self):
        before = self.held()
        listener = self.connect()
        names = [f"channel-{i}" for i in range(20_000)]
        listener.send("SUBSCRIBE", *names)
        for _ in names:
            listener.read()
        watcher = self.connect()
        watcher.call("WATCH", *names)
        self.until(lambda: self.held() > before + 5 * MIB, "they are counted")
        watcher.call("UNWATCH")
        listener.close()
        self.until(lambda: self.held() <= before + MIB, "and given back")

    def test_a_request_that_there_is_no_room_for(self):
        size = 40 * MIB
        client = self.connect()
        client.send_raw(b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$%d\r\n" % size)
        client.socket.settimeout(20)
        sent = 0
        while sent < size and not select.select([client.socket], [], [], 0)[0]:
            try:
                client.send_raw(b"x" * (MIB // 4))
            except (ConnectionError, socket.timeout):
                break
            sent += MIB // 4
        with self.assertRaises(resp.ReplyError) as refused:
            client.read()
        self.assertTrue(str(refused.exception).startswith("OOM The request needs more memory"))
        self.assertLess(sent, size)
        self.assertIsNone(self.redis.call("GET", "k"))
        # One that fits is served as before.
        self.assertEqual(self.redis.call("SET", "k", "x" * (4 * MIB)), b"OK")

    def test_a_reply_that_is_larger_than_connections_may_hold(self):
        """Few bytes of a command can ask for a value a million times."""
        before = self.resident()
        self.redis.call("SET", "large", b"l" * MIB)
        self.redis.call("SADD", "set", b"s" * MIB)
        for call in (["MGET", *["large"] * 100_000], ["SRANDMEMBER", "set", "-100000"]):
            error = self.error_of(*call)
            self.assertTrue(error.startswith("OOM the reply is larger than"), error)
        self.assertEqual(len(self.redis.call("MGET", *["large"] * 5)), 5)
        # Of a transaction as well, which says for each call what became of it.
        self.redis.call("MULTI")
        for _ in range(3):
            self.redis.call("MGET", *["large"] * 5)
        self.redis.call("SET", "after", "written")
        replies = self.redis.call("EXEC")
        self.assertEqual(len(replies[0]), 5)
        self.assertIsInstance(replies[2], resp.ReplyError)
        self.assertEqual(replies[3], b"OK")
        self.assertLess(self.resident(), before + LIMIT_MIB + BESIDE_MIB)
