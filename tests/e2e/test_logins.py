"""Logins: what they cost others, how often they may fail, and what they tell about who exists."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import select
import socket
import struct
import time

import pytest

from lib import reql_wire, resp
from lib.server import Server

MAKE_ARRAY, DB, TABLE, INSERT, COUNT = 2, 14, 15, 56, 43
WAIT_LIMIT_S = 30.0
SLOW = 1_000_000  # iterations: some tenths of a second
WRONG = "WRONGPASS invalid username-password pair or user is disabled."
TOO_MANY = "ERR Too many failed logins from this address. Try again later."
# How often a user may fail from one address at once, and how often in a second after that.
BURST, AFTERWARDS = 20, 1


def users_table() -> list:
    return [TABLE, [[DB, ["rethinkdb"]], "users"]]


def password_of(password: str | bool, iterations: int | None):
    if iterations is None:
        return password
    return {"password": password, "iterations": iterations}


def make_user(server: Server, name: str, password: str | bool,
              iterations: int | None = None) -> None:
    row = {"id": name, "password": password_of(password, iterations)}
    with reql_wire.Connection(*server.addresses["rethinkdb"]) as admin:
        done = admin.call(1, [reql_wire.START, [INSERT, [users_table(), row],
                                                {"conflict": "replace"}]])
        assert done["r"][0]["errors"] == 0, done


def redis(server: Server) -> resp.Connection:
    return resp.Connection(*server.addresses["redis"], timeout_s=WAIT_LIMIT_S)


def error_of(connection: resp.Connection, *command) -> str:
    with pytest.raises(resp.ReplyError) as caught:
        connection.call(*command)
    return str(caught.value)


def has_input(connection: resp.Connection | socket.socket) -> bool:
    return select.select([getattr(connection, "socket", connection)], [], [], 0)[0] != []


def until(condition, what: str):
    """For what happens on its own: fails only when it never does."""
    deadline = time.monotonic() + WAIT_LIMIT_S
    while time.monotonic() < deadline:
        if result := condition():
            return result
        time.sleep(0.01)
    raise AssertionError(f"did not happen in {WAIT_LIMIT_S} s: {what}")


def metric(server: Server, name: str) -> float:
    return server.metrics()[name].value()


# --- What a login costs others ---

def test_a_flood_of_logins_leaves_the_others_their_turn(own_server):
    with redis(own_server) as flood, redis(own_server) as other:
        flood.send_raw(resp.encode("AUTH", "nobody", "x") * 3000)
        started = time.monotonic()
        for _ in range(300):
            assert other.call("PING") == b"PONG"
        with reql_wire.Connection(*own_server.addresses["rethinkdb"]) as third:
            assert third.call(1, [reql_wire.START, 7])["r"] == [7]
        elapsed_s = time.monotonic() - started
        answered = 0
        while has_input(flood):
            answered += flood.socket.recv(65536).count(b"\r\n")
        assert answered <= BURST + AFTERWARDS * (elapsed_s + 1)
        assert metric(own_server, "octavo_logins_failed_total") <= BURST + elapsed_s + 1


@pytest.mark.parametrize("login", [("AUTH", "slow", "secret"),
                                   ("HELLO", "3", "AUTH", "slow", "secret")])
def test_a_long_hash_holds_nobody_up(tmp_path, login):
    with Server(tmp_path / "data", ("--threads", "1")) as server:
        make_user(server, "slow", "secret", SLOW)
        with redis(server) as one, redis(server) as other, \
                reql_wire.Connection(*server.addresses["rethinkdb"]) as third:
            one.send_raw(resp.encode(*login) + resp.encode("ACL", "WHOAMI"))
            for number in range(20):
                assert other.call("PING") == b"PONG"
                assert third.call(number, [reql_wire.START, 7])["r"] == [7]
            assert not has_input(one)
            one.read()
            assert one.read() == b"slow"  # what came behind has waited


def test_an_authorization_key_holds_nobody_up(tmp_path):
    with Server(tmp_path / "data", ("--threads", "1")) as server:
        with redis(server) as other:  # without a password to give
            make_user(server, "admin", "secret", SLOW)
            with socket.create_connection(server.addresses["rethinkdb"], WAIT_LIMIT_S) as one:
                one.sendall(struct.pack("<II", reql_wire.V0_4, 6) + b"secret"
                            + struct.pack("<I", reql_wire.JSON_PROTOCOL))
                for _ in range(20):
                    assert other.call("PING") == b"PONG"
                assert not has_input(one)
                assert one.recv(100) == b"SUCCESS\0"


def test_logins_without_a_hash_do_not_stand_in_line(own_server):
    make_user(own_server, "slow", "secret", SLOW)
    make_user(own_server, "alice", "secret")
    line = [redis(own_server) for _ in range(15)]
    for connection in line:
        connection.send("AUTH", "slow", "secret")
    assert b'"success":true' in Scram(own_server, "alice").log_in("secret")
    with redis(own_server) as other:
        assert other.call("CONFIG", "SET", "requirepass", "foobar") == b"OK"
        assert other.call("AUTH", "foobar") == b"OK"
    assert not has_input(line[-1])
    for connection in line:
        assert connection.read() == b"OK"
        connection.close()


def test_users_of_many_iterations_are_made_one_by_one_and_the_server_can_stop(own_server):
    rows = [{"id": f"u{n}", "password": password_of("x", SLOW)} for n in range(500)]
    with reql_wire.Connection(*own_server.addresses["rethinkdb"]) as one, \
            reql_wire.Connection(*own_server.addresses["rethinkdb"]) as other:
        one.send(1, [reql_wire.START, [INSERT, [users_table(), [MAKE_ARRAY, rows]]]])
        count = [reql_wire.START, [COUNT, [users_table()]]]
        tokens = iter(range(1_000_000))
        until(lambda: other.call(next(tokens), count)["r"][0] > 1, "the first is there")
        own_server.stop()  # in time


# --- Ends ---

def test_a_stop_does_not_wait_for_logins_in_line(own_server):
    make_user(own_server, "slow", "secret", SLOW)
    waiting = [redis(own_server) for _ in range(200)]
    for connection in waiting:
        connection.send("AUTH", "slow", "secret")
    assert waiting[0].read() == b"OK"
    own_server.stop()  # in time
    left_out = 0
    for connection in waiting[1:]:
        try:
            assert connection.read() == b"OK"
        except ConnectionError:
            left_out += 1
        connection.close()
    assert left_out > 100


def test_clients_that_go_in_line_leave_nothing_behind(own_server):
    make_user(own_server, "slow", "secret", SLOW)
    with redis(own_server) as watcher:
        before = len(watcher.call("CLIENT", "LIST").splitlines())
        for how in (socket.SHUT_WR, socket.SHUT_RDWR, None):
            for _ in range(3):
                connection = redis(own_server)
                connection.send("AUTH", "slow", "secret")
                if how is not None:
                    connection.socket.shutdown(how)
                if how != socket.SHUT_WR:
                    connection.close()
        until(lambda: len(watcher.call("CLIENT", "LIST").splitlines()) == before, "all are gone")


def test_the_handshake_time_out_goes_on_in_line(tmp_path):
    """Those at the end of the line are dropped, and those that are through stay."""
    with Server(tmp_path / "data") as server:
        make_user(server, "slow", "secret", SLOW)
        make_user(server, "admin", "secret")
        waiting = [redis(server) for _ in range(150)]
        for connection in waiting:
            connection.send("AUTH", "slow", "secret")
        served, dropped = [], 0
        for connection in waiting:
            try:
                assert connection.read() == b"OK"
                served.append(connection)
            except ConnectionError:
                dropped += 1
        assert dropped > 0
        for connection in served:
            assert connection.call("ACL", "WHOAMI") == b"slow"
        for connection in waiting:
            connection.close()


# --- How often a login may fail ---

def test_who_fails_often_waits_and_others_do_not(own_server):
    make_user(own_server, "app", "secret")
    make_user(own_server, "other", "secret")
    with redis(own_server) as connection:
        for _ in range(3):  # a slip of the finger is nobody's business
            assert error_of(connection, "AUTH", "app", "wrong") == WRONG
        assert connection.call("AUTH", "app", "secret") == b"OK"

    failing = [redis(own_server) for _ in range(BURST + 20)]
    for connection in failing:
        connection.send("AUTH", "app", "wrong")
    errors = []
    with redis(own_server) as good:
        for connection in failing[:BURST - 3]:
            with pytest.raises(resp.ReplyError) as caught:
                connection.read()
            errors.append(str(caught.value))
        assert good.call("AUTH", "other", "secret") == b"OK"
    for connection in failing[BURST - 3:]:
        with pytest.raises(resp.ReplyError) as caught:
            connection.read()
        errors.append(str(caught.value))
        assert connection.call("PING") == b"PONG"  # the connection goes on
    assert set(errors) == {WRONG, TOO_MANY}
    assert metric(own_server, "octavo_logins_refused_total") == errors.count(TOO_MANY)
    assert metric(own_server, "octavo_logins_failed_total") == errors.count(WRONG) + 3
    lines = [line for line in own_server.log().splitlines() if "many failed logins" in line]
    assert len(lines) == 1
    assert "address=127.0.0.1" in lines[0] and "user=app" in lines[0] and "protocol=redis" in lines[0]
    # It passes.
    with redis(own_server) as connection:
        def right() -> bool:
            try:
                return connection.call("AUTH", "app", "secret") == b"OK"
            except resp.ReplyError as error:
                assert str(error) == TOO_MANY
                return False
        until(right, "the address may try again")
    for connection in failing:
        connection.close()


def test_logins_that_are_right_are_never_slowed_down(own_server):
    make_user(own_server, "app", "secret")
    with redis(own_server) as connection:
        connection.send_raw(resp.encode("AUTH", "app", "secret") * 500)
        assert [connection.read() for _ in range(500)] == [b"OK"] * 500
    assert metric(own_server, "octavo_logins_refused_total") == 0


def test_both_protocols_count_together(own_server):
    with redis(own_server) as connection:
        connection.send_raw(resp.encode("AUTH", "nobody", "x") * BURST)
        for _ in range(BURST):
            with pytest.raises(resp.ReplyError):
                connection.read()
    clients = [Scram(own_server, "nobody") for _ in range(10)]
    for client in clients:
        client.send_proof("x")
    answers = {client.answer() for client in clients}
    assert failure(TOO_MANY.removeprefix("ERR "), 20) in answers
    assert answers <= {failure(TOO_MANY.removeprefix("ERR "), 20), failure("Wrong password", 12)}


# --- What a login tells about who exists ---

def failure(text: str, code: int) -> bytes:
    return json.dumps({"error": text, "error_code": code, "success": False},
                      separators=(",", ":")).encode()


class Scram:
    """One SCRAM dialogue by hand, up to the server's challenge."""

    def __init__(self, server: Server, user: str):
        self.socket = socket.create_connection(server.addresses["rethinkdb"], WAIT_LIMIT_S)
        self.buffer = b""
        self.socket.sendall(struct.pack("<I", reql_wire.V1_0))
        self.message()
        self.first_bare = f"n={user},r=clientnonce"
        self.send({"protocol_version": 0, "authentication_method": "SCRAM-SHA-256",
                   "authentication": "n,," + self.first_bare})
        self.server_first = json.loads(self.message())["authentication"]
        self.nonce, self.salt, self.iterations = self.server_first.split(",")

    def send(self, message: dict) -> None:
        self.socket.sendall(json.dumps(message).encode() + b"\0")

    def message(self) -> bytes:
        while b"\0" not in self.buffer:
            more = self.socket.recv(4096)
            assert more, self.buffer
            self.buffer += more
        message, self.buffer = self.buffer.split(b"\0", 1)
        return message

    def send_proof(self, password: str) -> None:
        final = f"c=biws,{self.nonce}"
        salted = hashlib.pbkdf2_hmac("sha256", password.encode(), base64.b64decode(self.salt[2:]),
                                     int(self.iterations[2:]))
        client_key = hmac.digest(salted, b"Client Key", "sha256")
        covered = f"{self.first_bare},{self.server_first},{final}".encode()
        signature = hmac.digest(hashlib.sha256(client_key).digest(), covered, "sha256")
        proof = bytes(a ^ b for a, b in zip(client_key, signature))
        self.send({"authentication": f"{final},p={base64.b64encode(proof).decode()}"})

    def answer(self) -> bytes:
        """The last message; the connection is closed behind it when it is a failure."""
        message = self.message()
        if b'"success":false' in message:
            assert self.socket.recv(100) == b""
        self.socket.close()
        return message

    def log_in(self, password: str) -> bytes:
        self.send_proof(password)
        return self.answer()


def test_rethinkdb_does_not_tell_who_exists(own_server):
    make_user(own_server, "alice", "secret")
    alice, nobody = Scram(own_server, "alice"), Scram(own_server, "nobody")
    assert alice.iterations == nobody.iterations == "i=4096"
    assert len(alice.salt) == len(nobody.salt) and len(alice.nonce) == len(nobody.nonce)
    assert alice.log_in("wrong") == nobody.log_in("wrong") == failure("Wrong password", 12)
    assert b'"success":true' in Scram(own_server, "alice").log_in("secret")
    # Asked again, and after a restart, a name has the salt that it had.
    salts = {name: Scram(own_server, name).salt for name in ("alice", "nobody", "nobody else")}
    assert len(set(salts.values())) == 3
    assert salts == {name: Scram(own_server, name).salt for name in salts}
    own_server.restart()
    assert salts == {name: Scram(own_server, name).salt for name in salts}


def test_made_up_users_have_the_iterations_that_users_have(own_server):
    make_user(own_server, "alice", "secret", 5000)
    assert Scram(own_server, "nobody").iterations == Scram(own_server, "alice").iterations


@pytest.mark.parametrize("login", [lambda user: ("AUTH", user, "wrong"),
                                   lambda user: ("HELLO", "3", "AUTH", user, "wrong")])
def test_redis_does_not_tell_who_exists(own_server, login):
    make_user(own_server, "alice", "secret", SLOW)
    make_user(own_server, "open", False)  # without a password, which is no login here
    took_s = {}
    with redis(own_server) as connection:
        for user in ("alice", "nobody", "open", "admin"):
            started = time.monotonic()
            assert error_of(connection, *login(user)) == WRONG
            took_s[user] = time.monotonic() - started
    # All of them cost a hash of alice's size, which is some hundred times anything else.
    assert min(took_s.values()) > took_s["alice"] / 10, took_s


def test_a_password_that_changes_while_a_login_waits_is_wrong(own_server):
    make_user(own_server, "slow", "old", SLOW)
    line = [redis(own_server) for _ in range(15)]
    for connection in line:
        connection.send("AUTH", "slow", "old")
    make_user(own_server, "slow", "new", 1)
    assert not has_input(line[-1])
    with pytest.raises(resp.ReplyError, match="WRONGPASS"):
        line[-1].read()
    assert line[-1].call("AUTH", "slow", "new") == b"OK"
    for connection in line:
        connection.close()
