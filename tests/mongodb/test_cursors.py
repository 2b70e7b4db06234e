"""What becomes of cursors: their memory, and their collections."""

from __future__ import annotations

import threading
import time

import pytest
from pymongo.errors import OperationFailure

from client import connect
from lib.patience import patient
from lib.server import Server


@pytest.fixture(scope="module", name="client")
def client_of_small_server():
    """A query may take 8 MiB, the idle cursors of a user 1 MiB."""
    arguments = ("--memory", "64MiB", "--mongodb-cursor-memory", "1MiB")
    with Server(arguments=arguments) as server, connect(server) as client:
        yield client


@pytest.fixture(name="collection")
def collection_of_test(client):
    client.drop_database("cursors")
    yield client.cursors.c


def code_of(call, *arguments) -> int:
    with pytest.raises(OperationFailure) as failed:
        call(*arguments)
    return failed.value.code


def test_a_batch_ends_where_the_memory_of_a_query_does(collection):
    wide = {f"field{i}": i for i in range(300)}
    for begin in range(0, 2000, 100):
        collection.insert_many([{"_id": i, **wide} for i in range(begin, begin + 100)])
    cursor = collection.find(batch_size=2000)
    assert [document["_id"] for document in cursor] == list(range(2000))
    reply = collection.database.command("find", "c", batchSize=2000)
    assert 0 < len(reply["cursor"]["firstBatch"]) < 2000
    collection.database.command("killCursors", "c", cursors=[reply["cursor"]["id"]])


def test_the_cursors_of_a_user_have_a_share(client, collection):
    collection.insert_many([{"_id": i} for i in range(10)])
    opened = []

    def open_many():
        for _ in range(1000):
            opened.append(client.cursors.command("find", "c", batchSize=2)["cursor"]["id"])

    assert code_of(open_many) == 146
    assert len(opened) > 5
    client.cursors.command("killCursors", "c", cursors=opened[1:])
    again = client.cursors.command("find", "c", batchSize=2)["cursor"]["id"]
    batch = client.cursors.command("getMore", opened[0], collection="c", batchSize=2)
    assert [document["_id"] for document in batch["cursor"]["nextBatch"]] == [2, 3]
    client.cursors.command("killCursors", "c", cursors=[opened[0], again])


@pytest.mark.parametrize("change", ["drop", "rename", "drop the database"])
def test_of_a_collection_that_is_gone_nothing_more_is_read(client, collection, change):
    collection.insert_many([{"_id": i} for i in range(10)])
    cursor = collection.find(batch_size=2)
    pipeline = collection.aggregate([{"$match": {}}], batchSize=2)
    assert (next(cursor), next(pipeline)) == ({"_id": 0}, {"_id": 0})
    if change == "drop":
        collection.drop()
    elif change == "rename":
        collection.rename("d")
    else:
        client.drop_database("cursors")
    assert code_of(list, cursor) == 175
    assert code_of(list, pipeline) == 175


def test_a_thousand_stages(collection):
    collection.insert_many([{"_id": i} for i in range(300)])
    stages = [{"$addFields": {f"added{i}": i}} for i in range(1000)]
    found = list(collection.aggregate(stages, batchSize=10))
    assert len(found) == 300
    assert found[299]["added999"] == 999


def test_an_index_waits_for_transactions_that_have_written(client, collection):
    collection.insert_one({"_id": 1, "a": 1})
    failures = []

    def make_index():
        try:
            collection.create_index("a")
        except OperationFailure as failure:
            failures.append(failure)

    with client.start_session() as session:
        session.start_transaction()
        collection.insert_one({"_id": 2, "a": 2}, session=session)
        maker = threading.Thread(target=make_index)
        maker.start()
        deadline = time.monotonic() + patient(30)
        while maker.is_alive() and time.monotonic() < deadline:
            running = client.admin.command("currentOp")["inprog"]
            if any("createIndexes" in str(operation) for operation in running):
                break
        session.commit_transaction()
    maker.join(patient(30))
    assert not failures and not maker.is_alive()
    assert "a_1" in collection.index_information()
    assert collection.count_documents({"a": 2}, hint="a_1") == 1


def test_views_lie_twenty_deep(collection):
    database = collection.database
    collection.insert_one({"_id": 1})
    below = "c"
    for i in range(20):
        database.command("create", f"v{i}", viewOn=below, pipeline=[])
        below = f"v{i}"
    assert list(database[below].find()) == [{"_id": 1}]
    assert code_of(database.command, {"create": "v20", "viewOn": below, "pipeline": []}) == 165
    assert code_of(database.command, {"collMod": "v0", "viewOn": "v19"}) == 5


def test_results_of_a_bulk_write_are_read_in_calls(client, collection):
    ops = [{"insert": 0, "document": {"_id": i}} for i in range(2000)]
    done = client.admin.command({"bulkWrite": 1, "ops": ops, "nsInfo": [{"ns": "cursors.c"}], "cursor": {"batchSize": 3}})
    found = done["cursor"]["firstBatch"]
    assert done["nInserted"] == 2000 and len(found) == 3
    cursor = done["cursor"]
    while cursor["id"]:
        more = client.admin.command({"getMore": cursor["id"], "collection": "$cmd.bulkWrite", "batchSize": 700})
        cursor = more["cursor"]
        found += cursor["nextBatch"]
    assert [one["idx"] for one in found] == list(range(2000))
    assert all(one["ok"] == 1 and one["n"] == 1 for one in found)
