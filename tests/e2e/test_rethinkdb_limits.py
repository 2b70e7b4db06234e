"""What a query may take: time."""

from __future__ import annotations

import pytest

from lib.server import Server


def endless(r):
    return r.range(10**15).map(lambda i: i + 1).sum()


def test_query_timeout(tmp_path, r):
    """A query that computes for too long is ended; what waits for its client or for changes is not."""
    from rethinkdb.errors import ReqlOpIndeterminateError
    with Server(tmp_path / "data", ("--query-timeout", "300ms")) as server:
        host, port = server.addresses["rethinkdb"]
        conn, other = (r.connect(host=host, port=port, timeout=30) for _ in range(2))
        r.table_create("t").run(conn)
        feed = r.table("t").changes()["new_val"]["id"].run(conn)
        first_two = r.table("t").changes().limit(2)["new_val"]["id"].run(conn)
        cursor = iter(r.range(5000).run(conn))
        assert next(cursor) == 0
        for query in (endless(r), r.expr([1]).map(lambda _: endless(r)),
                      r.table("t").insert({"id": 1, "n": endless(r)})):
            with pytest.raises(ReqlOpIndeterminateError, match="query-timeout"):
                query.run(other)
        # By now both have waited for longer than a query may take.
        assert sum(1 for _ in cursor) == 4999
        r.table("t").insert({"id": 2}).run(other)
        assert feed.next(wait=20) == 2
        r.table("t").insert({"id": 3}).run(other)
        assert list(first_two) == [2, 3]
        for connection in (conn, other):
            connection.close(noreply_wait=False)


def test_an_endless_query_goes_on_without_the_setting(r, conn, server):
    """The setting is off by default; the query ends with its connection."""
    host, port = server.addresses["rethinkdb"]
    other = r.connect(host=host, port=port, timeout=30)
    endless(r).run(other, noreply=True)
    assert r.range(3).sum().run(conn) == 3
    jobs = r.db("rethinkdb").table("jobs")["info"]["query"].run(conn)
    assert any("1000000000000000" in str(query) for query in jobs)
    other.close(noreply_wait=False)
