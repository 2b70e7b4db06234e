"""What connections hold has its share of `memory`: requests of RethinkDB clients."""

from __future__ import annotations

import select
import struct

import pytest

from lib import reql_wire
from lib.server import Server

MIB = 1 << 20
RESOURCE_LIMIT = 2_000_000


@pytest.fixture(name="small_server")
def fixture_small_server(tmp_path):
    with Server(tmp_path / "data", ("--memory", "128MiB")) as server:
        yield server


def send_until_answered(conn: reql_wire.Connection, token: int, size: int) -> int:
    """A query of `size` bytes; returns how much of it could be sent."""
    conn.send_raw(struct.pack("<qI", token, size))
    sent = 0
    while sent < size and not select.select([conn.socket], [], [], 0)[0]:
        try:
            conn.send_raw(b" " * (MIB // 4))
        except (ConnectionError, TimeoutError):
            break
        sent += MIB // 4
    return sent


def test_a_query_that_there_is_no_room_for(small_server):
    address = small_server.addresses["rethinkdb"]
    with reql_wire.Connection(*address) as conn, reql_wire.Connection(*address) as other:
        assert send_until_answered(conn, 7, 40 * MIB) < 40 * MIB
        token, response = conn.read()
        assert token == 7
        assert response["t"] == reql_wire.RUNTIME_ERROR
        assert response["e"] == RESOURCE_LIMIT
        assert "memory" in response["r"][0]
        assert other.call(1, [reql_wire.START, 1])["r"] == [1]


def test_halves_of_queries_make_room(small_server):
    """Whoever holds most for longest goes, and not who comes last."""
    address = small_server.addresses["rethinkdb"]
    halves = []
    for _ in range(12):
        halves.append(reql_wire.Connection(*address))
        halves[-1].send_raw(struct.pack("<qI", 1, 8 * MIB))
        try:
            halves[-1].send_raw(b" " * (3 * MIB))
        except ConnectionError:
            pass
    with reql_wire.Connection(*address) as last:
        assert last.call(1, [reql_wire.START, "x" * MIB])["r"] == ["x" * MIB]
    assert "the memory of connections is used up" in small_server.log()
    for conn in halves:
        conn.socket.close()
