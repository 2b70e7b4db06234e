"""Distinct values of an index, which are read from its entries."""

from __future__ import annotations

import datetime

import pytest


@pytest.fixture(name="table")
def table_of_rows(r, conn):
    """Ten rows of each of few keys, of many types, and some without any."""
    name = "distinct_by_index"
    if name in r.table_list().run(conn):
        r.table_drop(name).run(conn)
    r.table_create(name).run(conn)
    t = r.table(name)
    t.index_create("k").run(conn)
    t.index_create("pair", [r.row["k"], r.row["n"]]).run(conn)
    t.index_create("tags", multi=True).run(conn)
    t.index_wait().run(conn)
    day = datetime.datetime(2026, 12, 1, tzinfo=r.make_timezone("+02:00"))
    keys = ["a", "b", 1, 2.5, -3, True, ["x", 1], day, r.binary(b"\x00\x01")]
    t.insert([{"id": i, "k": keys[i % len(keys)], "n": i % 2, "tags": [i % 3, "t"]}
              for i in range(90)]).run(conn)
    t.insert([{"id": 1000 + i} for i in range(10)]).run(conn)
    yield t
    r.table_drop(name).run(conn)


def test_the_values_are_those_of_the_rows(r, conn, table):
    expected = list(table.order_by(index="k")["k"].run(conn))
    once = [key for i, key in enumerate(expected) if i == 0 or key != expected[i - 1]]
    assert len(once) == 9
    assert list(table.distinct(index="k").run(conn)) == once
    assert table.distinct(index="k").count().run(conn) == 9
    assert list(table.distinct(index="k").limit(2).run(conn)) == once[:2]
    assert list(table.order_by(index=r.desc("k")).distinct(index="k").run(conn)) == once[::-1]
    assert list(table.between("a", "c", index="k").distinct(index="k").run(conn)) == ["a", "b"]
    assert list(table.between("c", "d", index="k").distinct(index="k").run(conn)) == []
    assert list(table.distinct(index="k").filter(lambda k: k.type_of() == "STRING")
                .map(lambda k: k + "!").run(conn)) == ["a!", "b!"]
    assert list(table.distinct(index="tags").run(conn)) == [0, 1, 2, "t"]
    assert table.distinct(index="pair").count().run(conn) == 18
    assert table.distinct(index="id").count().run(conn) == 100
    assert table.distinct(index="k").type_of().run(conn) == "STREAM"


def test_of_keys_that_change(conn, table):
    """None of the rows that had a key has it any more; and one has a key that is new."""
    table.filter({"k": "a"}).update({"k": "b"}).run(conn)
    table.get(1000).update({"k": "0"}).run(conn)
    texts = table.distinct(index="k").filter(lambda k: k.type_of() == "STRING").run(conn)
    assert list(texts) == ["0", "b"]


def test_it_has_no_changes(r, conn, table):
    from rethinkdb.errors import ReqlQueryLogicError
    with pytest.raises(ReqlQueryLogicError, match="eager stream"):
        table.distinct(index="k").changes().run(conn)
    assert r.table("distinct_by_index").distinct(index="k").nth(0).run(conn) == ["x", 1]
