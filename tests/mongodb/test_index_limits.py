"""A document that has more entries than an index works out of one is refused, and never lost to it."""

from __future__ import annotations

import pytest
from pymongo.errors import BulkWriteError, OperationFailure

from client import connect

MANY = list(range(30_000))
FEW = list(range(3_000))


@pytest.fixture(name="collection")
def collection_of_test(server):
    with connect(server) as client:
        client.drop_database("limits")
        yield client.limits.c


def test_too_many_entries_are_refused(collection):
    collection.create_index("a.b")
    collection.insert_one({"_id": 1, "a": [{"b": n} for n in FEW]})
    with pytest.raises(OperationFailure) as failed:
        collection.insert_one({"_id": 2, "a": [{"b": n} for n in MANY]})
    assert failed.value.code == 201
    with pytest.raises(BulkWriteError) as partly:
        collection.insert_many([{"_id": 3, "a": [{"b": n} for n in MANY]}, {"_id": 4, "a": 1}], ordered=False)
    assert [(error["index"], error["code"]) for error in partly.value.details["writeErrors"]] == [(0, 201)]
    with pytest.raises(OperationFailure) as failed:
        collection.update_one({"_id": 1}, {"$push": {"a": {"$each": [{"b": n} for n in MANY]}}})
    assert failed.value.code == 201
    assert sorted(document["_id"] for document in collection.find({}, {"_id": 1})) == [1, 4]
    assert collection.find_one({"a.b": FEW[-1]}, {"_id": 1}, hint="a.b_1") == {"_id": 1}
    assert collection.count_documents({"a.b": {"$gte": FEW[-1]}}) == 1


def test_an_index_is_not_built_over_what_it_would_leave_out(collection):
    collection.insert_one({"_id": 1, "a": MANY})
    for keys in ([("a", 1)], [("b", 1), ("a", -1)]):
        with pytest.raises(OperationFailure) as failed:
            collection.create_index(keys)
        assert failed.value.code == 201
    assert list(collection.index_information()) == ["_id_"]
    # What no index is over is a document as any other.
    collection.create_index("b")
    collection.update_one({"_id": 1}, {"$set": {"b": 1}})
    assert collection.find_one({"b": 1}, {"_id": 1}) == {"_id": 1}
