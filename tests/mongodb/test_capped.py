"""Capped collections: tailable cursors, and what other protocols see of them."""

from __future__ import annotations

import threading

import pymongo
import pytest
from pymongo import CursorType
from pymongo.errors import OperationFailure

from client import connect
from lib.patience import patient


@pytest.fixture(name="client")
def client_of_server(server):
    with connect(server) as client:
        yield client


@pytest.fixture(name="capped")
def capped_collection(client):
    client.drop_database("capped")
    yield client.capped.create_collection("c", capped=True, size=100_000, max=100)
    client.drop_database("capped")


def test_a_tailable_cursor_goes_on(capped):
    capped.insert_many([{"_id": 2}, {"_id": 1}])
    cursor = capped.find(cursor_type=CursorType.TAILABLE)
    assert [next(cursor)["_id"], next(cursor)["_id"]] == [2, 1]
    with pytest.raises(StopIteration):
        next(cursor)
    assert cursor.alive
    capped.insert_one({"_id": 0})
    assert next(cursor) == {"_id": 0}
    assert cursor.alive


def test_a_filter_and_batches(capped):
    capped.insert_many([{"_id": n, "even": n % 2 == 0} for n in range(10)])
    cursor = capped.find({"even": True}, {"even": 0}, cursor_type=CursorType.TAILABLE, batch_size=2)
    assert [next(cursor)["_id"] for _ in range(5)] == [0, 2, 4, 6, 8]
    capped.insert_many([{"_id": 10, "even": False}, {"_id": 11, "even": True}])
    assert next(cursor) == {"_id": 11}


def test_who_waits_is_woken(capped):
    capped.insert_one({"_id": 0})
    cursor = capped.find(cursor_type=CursorType.TAILABLE_AWAIT).max_await_time_ms(60_000)
    assert next(cursor)["_id"] == 0
    found = []

    def read():
        found.append(next(cursor))

    reader = threading.Thread(target=read)
    reader.start()
    capped.insert_one({"_id": 1})
    reader.join(patient(20))
    assert found == [{"_id": 1}]


def test_an_empty_wait_ends(capped):
    capped.insert_one({"_id": 0})
    cursor = capped.find(cursor_type=CursorType.TAILABLE_AWAIT).max_await_time_ms(50)
    next(cursor)
    with pytest.raises(StopIteration):
        next(cursor)
    assert cursor.alive


def code_of_next_batch(session, capped, meanwhile) -> int:
    """The error of a tailable cursor that has read all, after something has happened."""
    capped.insert_one({"_id": 0})
    cursor = capped.find(cursor_type=CursorType.TAILABLE, session=session)
    next(cursor)
    meanwhile()
    with pytest.raises(OperationFailure) as failed:
        capped.database.command("getMore", cursor.cursor_id, collection="c", session=session)
    return failed.value.code


def test_who_is_overtaken_is_told(client, capped):
    more = [{"_id": n} for n in range(1, 200)]
    with client.start_session() as session:
        assert code_of_next_batch(session, capped, lambda: capped.insert_many(more)) == 136


def test_a_drop_ends_it(client, capped):
    with client.start_session() as session:
        assert code_of_next_batch(session, capped, capped.drop) == 175


def test_many_insert_at_once(server, capped):
    def insert(worker):
        with connect(server) as client:
            for n in range(60):
                client.capped.c.insert_one({"_id": f"{worker}-{n}"})

    workers = [threading.Thread(target=insert, args=(worker,)) for worker in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    found = [document["_id"] for document in capped.find()]
    assert len(found) == 100
    for worker in range(4):
        own = [int(name.split("-")[1]) for name in found if name.startswith(f"{worker}-")]
        assert own == sorted(own)


def test_other_protocols(server, capped, r):
    capped.insert_many([{"_id": 1}, {"_id": 2}])
    with r.connect(*server.addresses["rethinkdb"]) as connection:
        table = r.db("capped").table("c")
        table.insert({"_id": 9}).run(connection)
        assert table.count().run(connection) == 3
        # What has no number comes first, and is the first to go.
        assert [document["_id"] for document in capped.find()] == [9, 1, 2]
        table.get(1).delete().run(connection)
    capped.insert_many([{"_id": n} for n in range(100, 199)])
    assert [document["_id"] for document in capped.find()] == [2, *range(100, 199)]


def test_no_transactions(client, capped):
    with client.start_session() as session, session.start_transaction():
        with pytest.raises(OperationFailure) as failed:
            capped.insert_one({"_id": 1}, session=session)
        assert failed.value.code == 263
        session.abort_transaction()


def test_it_stays_so_over_a_restart(own_server):
    with connect(own_server) as client:
        collection = client.capped.create_collection("c", capped=True, size=100_000, max=3)
        collection.insert_many([{"_id": n} for n in (5, 4, 3)])
    own_server.stop()
    own_server.start()
    with connect(own_server) as client:
        client.capped.c.insert_one({"_id": 2})
        assert [document["_id"] for document in client.capped.c.find()] == [4, 3, 2]
        assert client.capped.c.options() == {"capped": True, "size": 100_096, "max": 3}
        assert client.capped.c.find().sort("$natural", pymongo.DESCENDING)[0] == {"_id": 2}
