"""Input that no client sends: the protocol's own error, and a server that goes on."""

from __future__ import annotations

import random
import socket
import struct

import pytest

from lib import reql_wire, resp


@pytest.fixture(autouse=True)
def still_serving(server):
    yield
    assert server.alive(), server.log()
    with resp.Connection(*server.addresses["redis"]) as redis:
        assert redis.call("PING") == b"PONG"
    with reql_wire.Connection(*server.addresses["rethinkdb"]) as reql:
        assert reql.call(2, [reql_wire.START, 7])["r"] == [7]


def read_until_closed(connection: socket.socket) -> bytes:
    data = b""
    try:
        while more := connection.recv(65536):
            data += more
    except ConnectionResetError:
        pass
    return data


# --- Redis ---

@pytest.mark.parametrize("data", [
    b"*1\r\n$-5\r\n",
    b"*-5\r\n*1\r\n$4\r\nPING\r\n",
    b"*99999999999\r\n",
    b"*1\r\n$99999999999\r\nx",
    b"*1\r\nPING\r\n",
    b"*abc\r\n",
    b"*2\r\n$3\r\nGET\r\n$x\r\n",
    b"$5\r\nhello\r\n",
    b"GET 'unbalanced\r\n",
    b"\x00\xff\xfe\x80\r\n",
    b"\r\n\r\n\r\n",
    b"*1\r\n$4\r\nPINGxx",
    b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"A" * 100_000 + b"\r\n",
])
def test_redis_malformed(server, data):
    """Ends with an error reply, a closed connection, or silence that waits for the rest."""
    with resp.Connection(*server.addresses["redis"], timeout_s=2.0) as connection:
        connection.send_raw(data)
        try:
            reply = connection.socket.recv(4096)
            assert reply == b"" or reply[:1] in b"-+$*:%_", reply
        except (TimeoutError, ConnectionResetError):
            pass


def test_redis_error_says_what_is_wrong(server):
    with resp.Connection(*server.addresses["redis"]) as connection:
        connection.send_raw(b"*1\r\nPING\r\n")
        assert b"Protocol error" in read_until_closed(connection.socket)


def test_redis_wrong_commands(redis):
    redis.call("SET", "text", "x")
    for command in (["NOSUCH"], ["GET"], ["GET", "a", "b"], ["SET", "k"], ["SET", "k", "v", "EX"],
                    ["SET", "k", "v", "EX", "-1"], ["INCR", "text"], ["LPUSH", "text", "v"],
                    ["EXPIRE", "text", "never"], ["ZADD", "z", "x", "y"], ["SELECT", "99999"],
                    ["LRANGE", "text", "0", "x"], ["\xff\xfe"], [""], ["HSET", "h", "odd"],
                    ["SETRANGE", "text", "99999999999999", "x"], ["SCAN", "notacursor"]):
        with pytest.raises(resp.ReplyError):
            redis.call(*command)
    assert redis.call("GET", "text") == b"x"


def test_redis_random_bytes(server):
    generator = random.Random(20)
    for _ in range(200):
        with socket.create_connection(server.addresses["redis"], timeout=5) as connection:
            try:
                connection.sendall(generator.randbytes(generator.randrange(1, 2000)))
            except (BrokenPipeError, ConnectionResetError):
                pass


def test_redis_huge_values(redis):
    value = b"v" * (16 << 20)
    assert redis.call("SET", "huge", value) == b"OK"
    assert redis.call("GET", "huge") == value
    assert redis.call("DEL", "huge") == 1


# --- RethinkDB ---

def test_unknown_magic(server):
    with reql_wire.Connection(*server.addresses["rethinkdb"], handshake=False) as connection:
        connection.send_raw(struct.pack("<I", 0xDEADBEEF))
        assert b"unsupported protocol version" in connection.read_to_end()


@pytest.mark.parametrize("magic", [0x3F61BA36, 0x723081E1])
def test_retired_versions(server, magic):
    with reql_wire.Connection(*server.addresses["rethinkdb"], handshake=False) as connection:
        connection.send_raw(struct.pack("<I", magic))
        assert b"PROTOBUF client protocol is no longer supported" in connection.read_to_end()


def test_wrong_key(server):
    with reql_wire.Connection(*server.addresses["rethinkdb"], handshake=False) as connection:
        connection.send_raw(struct.pack("<II", reql_wire.V0_4, 5) + b"wrong"
                            + struct.pack("<I", reql_wire.JSON_PROTOCOL))
        assert b"Incorrect authorization key." in connection.read_to_end()


@pytest.mark.parametrize("message", [
    b"{}", b"[]", b"not json", b'{"protocol_version":"x"}',
    b'{"protocol_version":0,"authentication_method":"PLAIN","authentication":"x"}',
    b'{"protocol_version":0,"authentication_method":"SCRAM-SHA-256","authentication":"y,,n=a,r=b"}',
    b"x" * 5000,
])
def test_handshake_errors(server, message):
    with reql_wire.Connection(*server.addresses["rethinkdb"], handshake=False) as connection:
        connection.send_raw(struct.pack("<I", reql_wire.V1_0))
        while connection.read_exactly(1) != b"\0":
            pass
        connection.send_raw(message + b"\0")
        answer = connection.read_to_end()
        assert b'"success":false' in answer and b'"error_code":' in answer, answer


@pytest.mark.parametrize("query, kind", [
    (b"", 16), (b"{", 16), (b"null", 16), (b"[]", 16), (b"[99]", 16), (b'["x"]', 16),
    (b"[1,[99999,[]]]", 17), (b'[1,["x"]]', 17), (b"[1,[1,2,3,4]]", 17), (b"[1,[10,[5]]]", 17),
    (b"[1,[15,[1,2,3]]]", 17), (b'[1,[24,[1,"a"]]]', 18), (b'[1,7,{"nonsense":1}]', 17),
    (b"[2]", 16), (b"[3]", 16), (b'[1,"\xff\xfe"]', 16), (b'[1,{"a":1,"a":2}]', 17),
])
def test_wrong_queries(server, query, kind):
    with reql_wire.Connection(*server.addresses["rethinkdb"]) as connection:
        response = connection.call(77, query)
        assert response["t"] in (reql_wire.CLIENT_ERROR, reql_wire.COMPILE_ERROR,
                                 reql_wire.RUNTIME_ERROR), response
        assert isinstance(response["r"][0], str) and response["r"][0]
        if kind == 18:
            assert response["t"] == kind
        assert connection.call(78, [reql_wire.START, 1])["r"] == [1]  # the connection survives


@pytest.mark.parametrize("depth", [100, 1000, 100_000])
def test_deep_nesting(server, depth):
    with reql_wire.Connection(*server.addresses["rethinkdb"]) as connection:
        arrays = connection.call(1, b"[1," + b"[2,[" * depth + b"]]" * depth + b"]")
        objects = connection.call(2, b"[1," + b'{"a":' * depth + b"1" + b"}" * depth + b"]")
        negations = connection.call(3, b"[1," + b"[23,[" * depth + b"true" + b"]]" * depth + b"]")
        for response in (arrays, objects, negations):
            assert response["t"] in (1, 16, 17, 18)
            if depth > 10_000:
                assert response["t"] != 1
        assert connection.call(4, [reql_wire.START, 1])["r"] == [1]


def test_query_too_large(server):
    """The length alone is refused: it must not be believed and allocated."""
    with reql_wire.Connection(*server.addresses["rethinkdb"], timeout_s=60) as connection:
        connection.send_raw(struct.pack("<qI", 5, 0xFFFFFFFF))
        _, response = connection.read()
        assert response["t"] == reql_wire.CLIENT_ERROR
        assert "greater than maximum" in response["r"][0]


def test_unknown_tokens(server):
    with reql_wire.Connection(*server.addresses["rethinkdb"]) as connection:
        for kind in (reql_wire.CONTINUE, reql_wire.STOP):
            response = connection.call(1234, [kind])
            assert response["t"] == reql_wire.CLIENT_ERROR
            assert response["r"] == ["Token 1234 not in stream cache."]


def test_rethinkdb_random_bytes(server):
    generator = random.Random(21)
    for i in range(100):
        try:
            with reql_wire.Connection(*server.addresses["rethinkdb"], handshake=i % 2 == 0) as connection:
                connection.send_raw(generator.randbytes(generator.randrange(1, 2000)))
        except (BrokenPipeError, ConnectionError):
            pass


def test_half_messages(server):
    """Clients that stop in the middle, in numbers."""
    whole = struct.pack("<qI", 1, 9) + b"[1,[2,[]]"
    for cut in range(1, len(whole)):
        with reql_wire.Connection(*server.addresses["rethinkdb"]) as connection:
            connection.send_raw(whole[:cut])
    command = resp.encode("SET", "key", "value")
    for cut in range(1, len(command)):
        with socket.create_connection(server.addresses["redis"]) as connection:
            connection.sendall(command[:cut])
