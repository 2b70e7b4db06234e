"""Queries that never end, many at a time: everybody else is served all the same."""

from __future__ import annotations

import json

import pytest

from lib import reql_wire
from lib.server import Server

ENDLESS = 10**15


def endless(r):
    return r.range(ENDLESS).map(lambda i: i + 1).sum()


@pytest.fixture
def busy(tmp_path, r):
    """A server with endless queries of several clients, many more than it has threads."""
    with Server(tmp_path / "data") as server:
        host, port = server.addresses["rethinkdb"]
        conn = r.connect(host=host, port=port, timeout=60)
        r.table_create("t").run(conn)
        hostile = [r.connect(host=host, port=port, timeout=60) for _ in range(5)]
        for connection in hostile:
            for _ in range(6):
                endless(r).run(connection, noreply=True)
        yield server, conn, hostile
        for connection in (conn, *hostile):
            connection.close(noreply_wait=False)


def endless_jobs(r, conn) -> list[str]:
    rows = list(r.db("rethinkdb").table("jobs").run(conn))
    return [row["id"] for row in rows if str(ENDLESS) in row["info"]["query"]]


def test_others_scan_insert_see_and_kill(r, busy):
    server, conn, _ = busy
    table = r.table("t")
    assert table.insert([{"id": i} for i in range(2000)]).run(conn)["inserted"] == 2000
    assert table.count().run(conn) == 2000
    assert len(list(table.filter(r.row["id"] % 2 == 0).run(conn))) == 1000
    assert table.order_by("id").limit(3)["id"].run(conn) == [0, 1, 2]
    jobs = endless_jobs(r, conn)
    assert len(jobs) == 30
    for job in jobs:
        r.db("rethinkdb").table("jobs").get(job).delete().run(conn)
    while endless_jobs(r, conn):  # each is told at its next turn
        pass
    assert table.count().run(conn) == 2000


def test_long_queries_make_progress_beside_each_other(r, busy):
    """A client's one long query ends though others have many: turns go by client."""
    _, conn, _ = busy
    assert r.range(3_000_000).map(lambda i: i + 1).sum().run(conn) == 3_000_000 * 3_000_001 // 2


def test_the_server_stops(busy):
    server, _, _ = busy
    server.stop()  # fails when it does not end by itself


def test_a_large_request_and_its_reply(server):
    """Parsed, compared and encoded beside the I/O thread; the answer is the same as for small ones."""
    text = "x" * 3_000_000
    with reql_wire.Connection(*server.addresses["rethinkdb"]) as wire:
        assert wire.call(1, [reql_wire.START, text, {}]) == {"t": 1, "r": [text]}
        same = [17, [text, text]]  # EQ
        assert wire.call(2, [reql_wire.START, same, {}]) == {"t": 1, "r": [True]}
        broken = wire.call(3, json.dumps([reql_wire.START, text, {}]).encode()[:-1])
        assert broken["t"] == reql_wire.CLIENT_ERROR
        # What follows a large request in the same packet comes after it.
        wire.send(4, [reql_wire.START, [171, [[2, [text]], 0]], {}])
        wire.send(5, [reql_wire.SERVER_INFO])
        assert sorted(wire.read()[0] for _ in range(2)) == [4, 5]
