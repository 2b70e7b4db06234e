"""Documents that live for a time, whoever wrote them; who listens hears of their end."""

from __future__ import annotations

import datetime
import time

import pymysql
import pytest

from client import connect
from lib.patience import patient

OLD = datetime.datetime(2020, 1, 1)
NEVER = datetime.datetime(2120, 1, 1)


@pytest.fixture(name="client")
def client_of_server(server):
    with connect(server) as client:
        client.admin.command("setParameter", 1, ttlMonitorSleepSecs=1)
        client.drop_database("ttl")
        yield client
        client.drop_database("ttl")
        client.admin.command("setParameter", 1, ttlMonitorSleepSecs=60)


def wait_for(condition):
    end = time.monotonic() + patient(30)
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)


def ids(collection) -> list:
    return [document["_id"] for document in collection.find().sort("_id")]


def test_what_goes_and_what_stays(client):
    collection = client.ttl.c
    collection.insert_many([
        {"_id": 1, "at": OLD}, {"_id": 2, "at": NEVER}, {"_id": 3, "at": "2020"}, {"_id": 4},
        {"_id": 5, "at": [NEVER, OLD]}, {"_id": 6, "at": [NEVER]}, {"_id": 7, "at": [3, "x"]},
        {"_id": 8, "at": 5}])
    collection.create_index("at", expireAfterSeconds=0)
    wait_for(lambda: ids(collection) == [2, 3, 4, 6, 7, 8])
    counts = client.admin.command("serverStatus")["metrics"]["ttl"]
    assert counts["deletedDocuments"] >= 2 and counts["passes"] >= 1


def test_seconds_count_and_may_change(client):
    collection = client.ttl.c
    collection.create_index("at", expireAfterSeconds=2_000_000_000, partialFilterExpression={"p": 1})
    now = datetime.datetime.now(datetime.timezone.utc)
    hour = datetime.timedelta(hours=1)
    collection.insert_many([{"_id": 1, "at": now - hour, "p": 1}, {"_id": 2, "at": now, "p": 1},
                            {"_id": 3, "at": now - hour}])
    passes = client.admin.command("serverStatus")["metrics"]["ttl"]["passes"]
    wait_for(lambda: client.admin.command("serverStatus")["metrics"]["ttl"]["passes"] > passes + 1)
    assert ids(collection) == [1, 2, 3]
    client.ttl.command("collMod", "c", index={"name": "at_1", "expireAfterSeconds": 1800})
    wait_for(lambda: ids(collection) == [2, 3])


def test_many(client):
    collection = client.ttl.c
    collection.create_index("at", expireAfterSeconds=10)
    collection.insert_many([{"at": OLD if n % 10 else NEVER} for n in range(5000)])
    wait_for(lambda: collection.count_documents({}) == 500)


def test_rows_of_others_go_and_others_hear_it(server, client, r):
    collection = client.ttl.c
    collection.create_index("at", expireAfterSeconds=0)
    with r.connect(*server.addresses["rethinkdb"]) as connection, collection.watch() as stream:
        table = r.db("ttl").table("c")
        feed = table.changes().run(connection)
        table.insert({"_id": "x", "at": r.time(2020, 1, 1, "Z")}).run(connection)
        assert [stream.next()["operationType"] for _ in range(2)] == ["insert", "delete"]
        assert [change["new_val"] is None for change in (feed.next(), feed.next())] == [False, True]
    host, port = server.addresses["mysql"]
    with pymysql.connect(host=host, port=port, user="admin", database="ttl", autocommit=True) as sql:
        with sql.cursor() as cursor:
            cursor.execute("SELECT COUNT(*) FROM c")
            assert cursor.fetchall() == ((0,),)


def test_a_locked_document_holds_nobody_up(client):
    collection = client.ttl.c
    client.admin.command("setParameter", 1, ttlMonitorEnabled=False)
    collection.create_index("at", expireAfterSeconds=0)
    collection.insert_one({"_id": 1, "at": OLD})
    with client.start_session() as session, session.start_transaction():
        collection.update_one({"_id": 1}, {"$set": {"held": True}}, session=session)
        collection.insert_one({"_id": 2, "at": OLD})
        client.admin.command("setParameter", 1, ttlMonitorEnabled=True)
        wait_for(lambda: ids(collection) == [1])
        session.abort_transaction()
    wait_for(lambda: ids(collection) == [])


def test_it_goes_on_after_a_restart(own_server):
    with connect(own_server) as client:
        client.admin.command("setParameter", 1, ttlMonitorEnabled=False)
        client.ttl.c.create_index("at", expireAfterSeconds=0)
        client.ttl.c.insert_one({"_id": 1, "at": OLD})
    own_server.stop()
    own_server.start()
    with connect(own_server) as client:
        client.admin.command("setParameter", 1, ttlMonitorSleepSecs=1)
        wait_for(lambda: ids(client.ttl.c) == [])
