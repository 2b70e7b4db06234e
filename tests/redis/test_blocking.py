"""Clients that wait for keys: who is served, and what ends a wait. The order of events is made by
asking the server how many clients wait, never by time."""

from __future__ import annotations

from lib import resp
from protocol_test import ProtocolTest


class Waiting(ProtocolTest):
    def setUp(self):
        super().setUp()
        self.waiting = 0

    def block(self, *command, on: resp.Connection | None = None) -> resp.Connection:
        """A client (a new one unless named) that waits."""
        client = on or self.connect()
        client.send(*command)
        self.waiting += 1
        self.until_blocked(self.waiting)
        return client

    def until_blocked(self, count: int):
        self.waiting = count
        wanted = b"blocked_clients:%d\r\n" % count
        self.until(lambda: wanted in self.redis.call("INFO", "clients"), f"{count} clients wait")

    def read_error(self, connection: resp.Connection) -> str:
        with self.assertRaises(resp.ReplyError) as caught:
            connection.read()
        return str(caught.exception)


class NobodyWaitsForNothing(Waiting):
    """While there is something for a client, it is served, whatever those before it do."""

    ROUNDS = 30

    def test_first_in_line_is_unblocked_in_the_moment_of_the_push(self):
        for _ in range(self.ROUNDS):
            first = self.connect()
            number = first.call("CLIENT", "ID")
            self.block("BLPOP", "k", "0", on=first)
            second = self.block("BLPOP", "k", "0")
            self.redis.send_raw(resp.encode("RPUSH", "k", "1") +
                                resp.encode("CLIENT", "UNBLOCK", number))
            self.redis.read()
            self.redis.read()
            # Either may get it, but somebody does.
            if first.read() is None:
                self.assertEqual(second.read(), [b"k", b"1"])
            else:
                self.redis.call("RPUSH", "k", "2")
                self.assertEqual(second.read(), [b"k", b"2"])
            self.until_blocked(0)

    def test_first_in_line_goes_away_in_the_moment_of_the_push(self):
        for _ in range(self.ROUNDS):
            first = self.block("BLPOP", "k", "0")
            second = self.block("BLPOP", "k", "0")
            first.close()
            self.redis.call("RPUSH", "k", "1")
            # The first may have been quick enough to take it with it; nothing is stuck then.
            self.until(lambda: self.redis.call("EXISTS", "k") == 0, "the element is taken")
            self.redis.call("RPUSH", "k", "2")
            self.assertEqual(second.read()[0], b"k")
            self.redis.call("DEL", "k")
            self.until_blocked(0)

    def test_a_reader_far_ahead_holds_nobody_up(self):
        far = self.block("XREAD", "BLOCK", "0", "STREAMS", "s", "999-0")
        near = self.block("XREAD", "BLOCK", "0", "STREAMS", "s", "$")
        also = self.block("XREAD", "BLOCK", "0", "STREAMS", "s", "0")
        self.redis.call("XADD", "s", "1-1", "f", "v")
        self.assertEqual(near.read(), [[b"s", [[b"1-1", [b"f", b"v"]]]]])
        self.assertEqual(also.read(), [[b"s", [[b"1-1", [b"f", b"v"]]]]])
        self.redis.call("XADD", "s", "1000-1", "f", "v")
        self.assertEqual(far.read(), [[b"s", [[b"1000-1", [b"f", b"v"]]]]])

    def test_a_key_of_another_type_is_no_reason_to_wake(self):
        client = self.block("BLPOP", "other", "k", "0")
        sorted_set = self.block("BZPOPMIN", "k", "0")
        self.redis.call("SET", "other", "x")
        self.redis.call("ZADD", "k", "1", "m")
        self.assertEqual(sorted_set.read(), [b"k", b"m", b"1"])
        self.redis.call("RPUSH", "k", "v")
        self.assertEqual(client.read(), [b"k", b"v"])

    def test_the_key_that_was_ready_first_is_served(self):
        client = self.block("BLPOP", "k1", "k2", "0")
        self.redis.call("MULTI")
        self.redis.call("RPUSH", "k2", "2")
        self.redis.call("RPUSH", "k1", "1")
        self.redis.call("EXEC")
        self.assertEqual(client.read(), [b"k2", b"2"])
        self.assertEqual(self.redis.call("LRANGE", "k1", "0", "-1"), [b"1"])

    def test_swapped_databases_bring_keys(self):
        other = self.connect()
        other.call("SELECT", "1")
        other.call("RPUSH", "k", "1")
        client = self.block("BLPOP", "k", "0")
        self.redis.call("SWAPDB", "0", "1")
        self.assertEqual(client.read(), [b"k", b"1"])

    def test_clients_are_served_in_the_order_in_which_they_came(self):
        clients = [self.block("BLPOP", "k", "0") for _ in range(5)]
        self.redis.call("RPUSH", "k", *range(5))
        for i, client in enumerate(clients):
            self.assertEqual(client.read(), [b"k", b"%d" % i])


class BeforeTheNextCall(Waiting):
    """Who waits is served before the pusher's next command, and before the pusher is answered."""

    ROUNDS = 20

    def test_between_the_commands_of_a_pipeline(self):
        for _ in range(self.ROUNDS):
            waiter = self.block("BLPOP", "k", "0")
            self.redis.send_raw(resp.encode("RPUSH", "k", "1") + resp.encode("LPOP", "k"))
            self.assertEqual([self.redis.read(), self.redis.read()], [1, None])
            self.assertEqual(waiter.read(), [b"k", b"1"])
            self.until_blocked(0)

    def test_before_the_answer(self):
        script = "redis.call('RPUSH', KEYS[1], 1, 2)"
        for push in (["RPUSH", "k", "1", "2"], ["EVAL", script, "1", "k"]):
            for _ in range(self.ROUNDS):
                waiters = [self.block("BLPOP", "k", "0") for _ in range(2)]
                self.redis.call(*push)
                self.assertEqual(self.redis.call("EXISTS", "k"), 0)
                self.assertEqual([each.read() for each in waiters], [[b"k", b"1"], [b"k", b"2"]])
                self.until_blocked(0)

    def test_those_that_waiters_serve_are_served_as_well(self):
        for _ in range(self.ROUNDS):
            self.redis.call("DEL", "c")
            second = self.block("BLMOVE", "b", "c", "LEFT", "RIGHT", "0")
            first = self.block("BLMOVE", "a", "b", "LEFT", "RIGHT", "0")
            self.redis.call("RPUSH", "a", "x")
            self.assertEqual(self.redis.call("LRANGE", "c", "0", "-1"), [b"x"])
            self.assertEqual([first.read(), second.read()], [b"x", b"x"])
            self.until_blocked(0)


class Ends(Waiting):
    def test_a_wait_that_is_over_answers_a_null_array(self):
        for command in (("BLMOVE", "a", "b", "LEFT", "LEFT", "0.01"),
                        ("BRPOPLPUSH", "a", "b", "0.01"), ("BLPOP", "a", "0.01"),
                        ("BZMPOP", "0.01", "1", "a", "MIN")):
            self.redis.send(*command)
            self.assertEqual(self.redis._line(), b"*-1", command)

    def test_who_waits_is_shown(self):
        waiting = self.connect()
        number = waiting.call("CLIENT", "ID")
        line = lambda: self.redis.call("CLIENT", "LIST", "ID", number).decode()
        waiting.send("BLPOP", "l", "0")
        self.until(lambda: "flags=b " in line(), "it waits")
        self.redis.call("RPUSH", "l", "x")
        self.assertEqual(waiting.read(), [b"l", b"x"])
        self.assertIn("flags=N ", line())

    def test_a_key_whose_time_has_come_goes_when_it_is_offered(self):
        self.addCleanup(lambda: self.connect().call("DEBUG", "SET-ACTIVE-EXPIRE", "1"))
        self.redis.call("DEBUG", "SET-ACTIVE-EXPIRE", "0")
        self.redis.call("SELECT", "1")
        self.redis.call("RPUSH", "l", "x")
        self.redis.call("PEXPIRE", "l", "1")
        waiting = self.connect()
        waiting.send("BLPOP", "l", "0")
        self.until(lambda: b"flags=b " in self.redis.call("CLIENT", "LIST"), "it waits")
        self.until(lambda: self.redis.call("PTTL", "l") in (-2, 0), "its time comes")
        self.redis.call("SWAPDB", "0", "1")
        self.redis.call("SELECT", "0")
        self.assertEqual(self.error_of("DEBUG", "OBJECT", "l"), "ERR no such key")
        self.assertIn(b"flags=b ", self.redis.call("CLIENT", "LIST"))
        self.redis.call("RPUSH", "l", "y")
        self.assertEqual(waiting.read(), [b"l", b"y"])

    def test_unblocking(self):
        client = self.connect()
        number = client.call("CLIENT", "ID")
        self.block("BLMOVE", "a", "b", "LEFT", "LEFT", "0", on=client)
        self.assertEqual(self.redis.call("CLIENT", "UNBLOCK", number), 1)
        self.assertEqual(client._line(), b"*-1")
        self.until_blocked(0)
        self.block("BLPOP", "a", "0", on=client)
        self.assertEqual(self.redis.call("CLIENT", "UNBLOCK", number, "ERROR"), 1)
        self.assertEqual(self.read_error(client), "UNBLOCKED client unblocked via CLIENT UNBLOCK")

    def test_a_group_that_goes_ends_the_wait_of_its_readers(self):
        def wait_in_group():
            self.redis.call("DEL", "s")
            self.redis.call("XGROUP", "CREATE", "s", "g", "$", "MKSTREAM")
            self.until_blocked(0)
            return self.block("XREADGROUP", "GROUP", "g", "c", "BLOCK", "0", "STREAMS", "s", ">")

        client = wait_in_group()
        self.redis.call("XGROUP", "DESTROY", "s", "g")
        self.assertEqual(self.read_error(client),
                         "NOGROUP the consumer group this client was blocked on no longer exists")
        for ending in (("DEL", "s"), ("SET", "s", "v"), ("FLUSHALL",), ("PEXPIRE", "s", "1")):
            client = wait_in_group()
            self.redis.call(*ending)
            self.assertEqual(self.read_error(client),
                             "UNBLOCKED the stream key no longer exists", ending)

    def test_time_outs_that_are_none(self):
        for seconds in ("inf", "1e18", "-1"):
            self.assertEqual(self.error_of("BLPOP", "a", seconds), "ERR timeout is negative")
        client = self.block("BLPOP", "a", "9223372036854775")
        self.redis.call("RPUSH", "a", "x")
        self.assertEqual(client.read(), [b"a", b"x"])
