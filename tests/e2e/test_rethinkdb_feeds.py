"""Feeds of the RethinkDB protocol in the company of other streams, terminals and other users."""

from __future__ import annotations

import concurrent.futures
import itertools

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


def connect(r, server):
    host, port = server.addresses["rethinkdb"]
    return r.connect(host=host, port=port, timeout=30)


def inserted_until(done, conn, table):
    """Inserts row after row, until `done`: one of them comes after the other side has begun to
    listen. Fails after very many."""
    for i in range(200_000):
        if done():
            return
        table.insert({"id": f"row {i}"}, durability="soft").run(conn)
    raise AssertionError("still waiting")


def test_a_result_waits_for_the_first_change(r, conn, table, server):
    def ask(query):
        with connect(r, server) as own:
            return query.run(own)

    with concurrent.futures.ThreadPoolExecutor() as pool:
        for query, check in [
            (table.changes().is_empty(), lambda result: result is False),
            (table.changes().nth(0), lambda result: result["old_val"] is None),
            (table.changes().limit(2)["new_val"].count(), lambda result: result == 2),
            (table.changes().union(table.changes()).limit(3).coerce_to("array"),
             lambda result: len(result) == 3),
        ]:
            table.delete().run(conn)
            answer = pool.submit(ask, query)
            inserted_until(answer.done, conn, table)
            assert check(answer.result()), answer.result()


def connect_as(r, conn, server, user):
    r.db("rethinkdb").table("users").get(user).delete().run(conn)
    r.db("rethinkdb").table("users").insert({"id": user, "password": False}).run(conn)
    host, port = server.addresses["rethinkdb"]
    return r.connect(host=host, port=port, user=user, timeout=30)


def jobs_of(r, conn, user):
    jobs = r.db("rethinkdb").table("jobs").filter(r.row["info"]["user"] == user)
    return jobs.count().run(conn)


def test_many_queries_wait_and_end(r, conn, table, server):
    """More queries than there are workers wait for changes; others are served meanwhile, each
    change reaches all, and the queries end with their connection."""
    r.table_create("copies").run(conn)
    copies = r.table("copies")
    many = 40
    seen = copies.changes()["new_val"].run(conn)
    own = connect_as(r, conn, server, "waiter")
    r.grant("waiter", {"read": True, "write": True}).run(conn)

    def copy_as(number):
        return lambda change: copies.insert({"id": [number, change["new_val"]["id"]]})

    for i in range(many):
        table.changes().for_each(copy_as(i)).run(own, noreply=True)
    while jobs_of(r, conn, "waiter") < many:
        pass
    rows = itertools.count()
    told = set()
    while len(told) < many:
        table.insert({"id": next(rows)}).run(conn)
        try:
            while True:
                told.add(seen.next(wait=0.05)["id"][0])
        except r.errors.ReqlTimeoutError:
            pass
    own.close(noreply_wait=False)
    while jobs_of(r, conn, "waiter") > 0:
        pass
    r.db("rethinkdb").table("users").get("waiter").delete().run(conn)


def deny_table(r, conn, user):
    r.table("t").grant(user, {"read": False}).run(conn)


def delete_user(r, conn, user):
    r.db("rethinkdb").table("users").get(user).delete().run(conn)


@pytest.mark.parametrize("take_away", [deny_table, delete_user])
def test_rights_that_are_taken_away_end_feeds_and_cursors(r, conn, table, server, take_away):
    """A feed that is idle is woken for it, a cursor hears of it with its next batch, and a query
    that waits stops waiting."""
    table.insert([{"id": i} for i in range(1000)]).run(conn)
    own = connect_as(r, conn, server, "reader")
    r.grant("reader", {"read": True}).run(conn)
    idle = table.changes().run(own)
    point = table.get(1).changes(include_initial=True).run(own)
    assert point.next(wait=20) == {"new_val": {"id": 1}}
    united = table.changes().union([1]).run(own)
    assert united.next(wait=20) == 1
    cursor = table.run(own, max_batch_rows=10)
    assert "id" in cursor.next(wait=20)
    table.changes().nth(0).run(own, noreply=True)

    take_away(r, conn, "reader")
    for feed in (idle, point, united):
        with pytest.raises(r.errors.ReqlPermissionError, match="required `read` permission"):
            feed.next(wait=20)
    with pytest.raises(r.errors.ReqlPermissionError, match="required `read` permission"):
        for _ in range(990):
            cursor.next(wait=20)
    while jobs_of(r, conn, "reader") > 0:
        pass
    with pytest.raises(r.errors.ReqlPermissionError):
        table.run(own)
    own.close(noreply_wait=False)


def test_feeds_end_with_what_they_go_by(r, conn, table):
    for name in ("k", "other"):
        table.index_create(name).run(conn)
    table.index_wait().run(conn)
    table.insert([{"id": i, "k": i, "other": i} for i in range(5)]).run(conn)

    def of_index(name):
        return [table.get_all(3, index=name).changes().run(conn),
                table.between(1, 4, index=name).changes().run(conn),
                table.order_by(index=name).limit(2).changes().run(conn)]

    by_k, by_other, whole = of_index("k"), of_index("other"), table.changes().run(conn)
    table.index_drop("k").run(conn)
    for feed in by_k:
        with pytest.raises(r.errors.ReqlOpFailedError, match="Index `k` was not found on table"):
            feed.next(wait=20)
    # The others go on, until their own end.
    table.get(3).update({"seen": True}).run(conn)
    for feed in [*by_other[:2], whole]:
        assert feed.next(wait=20)["new_val"]["seen"]
    table.index_create("new", r.row["id"]).run(conn)
    table.index_wait().run(conn)
    table.index_rename("new", "other", overwrite=True).run(conn)
    for feed in by_other:
        with pytest.raises(r.errors.ReqlOpFailedError, match="`other` was replaced by a different"):
            feed.next(wait=20)
    r.table_drop("t").run(conn)
    with pytest.raises(r.errors.ReqlOpFailedError, match=r"Changefeed aborted \(unavailable\)"):
        whole.next(wait=20)


def test_an_element_that_repeats_is_as_many_entries(r, conn, table):
    table.index_create("k", multi=True).run(conn)
    table.index_wait().run(conn)
    feed = table.get_all(1, index="k").changes()["new_val"]["id"].run(conn)
    first = table.order_by(index="k").limit(3).changes(include_offsets=True).run(conn)
    table.insert([{"id": 1, "k": [1, 1, 2]}]).run(conn)
    assert [feed.next(wait=20) for _ in range(2)] == [1, 1]
    assert sorted(first.next(wait=20)["new_offset"] for _ in range(3)) == [0, 1, 2]
    table.insert([{"id": 4, "k": [1, None]}, {"id": 6, "k": 5}, {"id": 7, "k": None}]).run(conn)
    assert feed.next(wait=20) == 4
    of_one = table.get_all(1, index="k")
    assert list(of_one["id"].run(conn)) == [1, 1, 4]
    assert list(table.order_by(index="k")["id"].run(conn)) == [1, 1, 4, 1, 6]
    assert list(table.order_by(index=r.desc("k"))["id"].run(conn)) == [6, 1, 4, 1, 1]
    assert table.order_by(index="k").count().run(conn) == 5
    assert of_one.count().run(conn) == 3
    assert table.group(index="k")["id"].run(conn) == {1: [1, 1, 4], 2: [1], 5: [6]}
    assert list(table.distinct(index="k").run(conn)) == [1, 2, 5]
    # Fewer repeats, and a new index over the same rows.
    table.get(1).update({"k": [1, 2, 2, 2]}).run(conn)
    table.index_create("built", r.row["k"], multi=True).run(conn)
    table.index_wait().run(conn)
    for name in ("k", "built"):
        assert list(table.order_by(index=name)["id"].run(conn)) == [1, 4, 1, 1, 1, 6]
    table.get_all(2, index="k").delete().run(conn)
    assert list(table.order_by(index="k")["id"].run(conn)) == [4, 6]


def heard(feed, count):
    return [feed.next(wait=20) for _ in range(count)]


def test_initial_rows_and_changes_leave_out_the_same_rows(r, conn, table):
    """Whatever stands before `changes`: a row that it fails on, or makes null of, is not there."""
    rows = [{"id": 1, "x": 1}, {"id": 2}, {"id": 3, "x": "three"}, {"id": 4, "x": None}]
    for transformed, shown in [
        (table["x"], [1, "three"]),
        (table.get_field("x"), [1, "three"]),
        (table.map(r.row["x"]), [1, "three"]),
        (table.map(r.row["x"] + 1), [2]),
        (table.pluck("x")["x"], [1, "three"]),
        (table.with_fields("x")["x"], [1, "three"]),
        (table.has_fields("x")["id"], [1, 3]),
        (table.merge({"y": r.row["x"] + 1})["y"], [2]),
        (table.without("id")["x"], [1, "three"]),
        (table.filter(r.row["x"] == 1)["id"], [1]),
        (table.filter(r.row["x"] == 1, default=True)["id"], [1, 2]),
        (table.filter(r.row["x"] == 1, default=r.error())["id"], [1]),
        (table.filter(r.row["x"] > 0, default=False)["id"], [1, 3]),
        (table.filter(lambda row: r.branch(row["x"] == 1, r.error("no"), True))["id"], [3, 4]),
    ]:
        for squash in (False, True):
            table.delete().run(conn)
            live = transformed.changes(squash=squash).run(conn)
            for row in rows:
                table.insert(row).run(conn)
            assert sorted((change["new_val"] for change in heard(live, len(shown))), key=str) == \
                sorted(shown, key=str), transformed
            initial = transformed.changes(include_initial=True, include_states=True,
                                          squash=squash).run(conn)
            told = heard(initial, len(shown) + 2)
            assert told[0] == {"state": "initializing"} and told[-1] == {"state": "ready"}, told
            assert sorted((change["new_val"] for change in told[1:-1]), key=str) == \
                sorted(shown, key=str), transformed
            # What leaves is told alike, and nothing else.
            table.delete().run(conn)
            for feed in (live, initial):
                assert sorted((change["old_val"] for change in heard(feed, len(shown))), key=str) \
                    == sorted(shown, key=str), transformed
                with pytest.raises(r.errors.ReqlTimeoutError):
                    feed.next(wait=0)
                feed.close()


def feeds_of_all_kinds(r, table):
    """Queries over `table`, with rows 0 … 2 and an index `k`, that wait for changes."""
    return [
        table.changes(),
        table.changes(squash=30),
        table.get(1).changes(),
        table.get(99).changes(),
        table.between(0, 2).changes(),
        table.get_all(1, 2, index="k").changes(),
        table.order_by(index="k").limit(2).changes(),
        table.order_by(index="k").limit(2).changes(squash=30),
        table.changes().union(table.get(1).changes()),
        table.changes()["new_val"].filter(r.row["id"] == 99),
        table.changes().limit(5),
    ]


def fill(r, conn, table):
    table.index_create("k").run(conn)
    table.index_wait().run(conn)
    table.insert([{"id": i, "k": i} for i in range(3)]).run(conn)


def ends_of(r, table, connections):
    """A future for the end of each kind of feed that waits, and of a query that waits."""
    pool = concurrent.futures.ThreadPoolExecutor(max_workers=len(connections))
    queries = feeds_of_all_kinds(r, table)
    feeds = [query.run(own) for query, own in zip(queries, connections)]
    ends = [(query, pool.submit(feed.next, wait=20)) for query, feed in zip(queries, feeds)]
    waits = table.changes().nth(0)
    return [*ends, (waits, pool.submit(waits.run, connections[len(queries)]))]


def drop_table(r, conn, user):
    del user
    r.table_drop("t").run(conn)


@pytest.mark.parametrize("end, error, text", [
    (drop_table, "ReqlOpFailedError", "Changefeed aborted (unavailable)."),
    (deny_table, "ReqlPermissionError", "required `read` permission"),
    (delete_user, "ReqlPermissionError", "required `read` permission"),
])
def test_no_feed_ends_as_if_it_were_complete(r, conn, table, server, end, error, text):
    fill(r, conn, table)
    connections = [connect_as(r, conn, server, "listener")]
    host, port = server.addresses["rethinkdb"]
    for _ in feeds_of_all_kinds(r, table):
        connections.append(r.connect(host=host, port=port, user="listener", timeout=30))
    r.grant("listener", {"read": True}).run(conn)
    ends = ends_of(r, table, connections)
    while jobs_of(r, conn, "listener") < len(connections):
        pass
    end(r, conn, "listener")
    for query, ended in ends:
        failure = ended.exception()
        assert isinstance(failure, getattr(r.errors, error)), (query, failure)
        assert text in failure.message, query
    for own in connections:
        own.close(noreply_wait=False)


def test_a_feed_that_its_client_stops_ends_cleanly(r, conn, table):
    feed = table.changes().run(conn)
    feed.close()
    assert list(feed) == []
    assert table.count().run(conn) == 0
