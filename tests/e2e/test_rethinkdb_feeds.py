"""Feeds of the RethinkDB door in the company of other streams, terminals and other users."""

from __future__ import annotations

import pytest


@pytest.fixture(name="table")
def fixture_table(r, conn):
    r.table_create("t").run(conn)
    return r.table("t")


def test_a_feed_united_with_what_ends_goes_on(r, conn, table):
    """The finite rows come first, then the feed; nothing spins while there is no news."""
    r.table_create("other").run(conn)
    r.table("other").insert([{"id": "a"}, {"id": "b"}]).run(conn)
    changes = table.changes()["new_val"]["id"]
    for at, (united, finite) in enumerate([
        (changes.union([1, 2]), [1, 2]),
        (r.expr([1, 2]).union(changes), [1, 2]),
        (changes.union(r.table("other")["id"].limit(2)), ["a", "b"]),
        (changes.union([]), []),
        (table.get(5).changes()["new_val"]["id"].union(r.range(3)), [0, 1, 2]),
    ]):
        feed = united.run(conn)
        assert sorted(feed.next(wait=20) for _ in finite) == finite
        # Past the finite rows: the driver has asked for more, and the server serves others.
        assert r.expr(at).run(conn) == at
        table.get(5).replace({"id": 5, "round": at}).run(conn)
        assert feed.next(wait=20) == 5
        feed.close()
