"""What applications do with pymongo."""

from __future__ import annotations

import threading

import pymongo
import pytest
from bson import Binary, Decimal128, Int64, ObjectId, Regex, Timestamp
from pymongo import ReadPreference
from pymongo.errors import BulkWriteError, DuplicateKeyError, OperationFailure

from client import connect, uri


@pytest.fixture(name="client")
def client_of_server(server):
    with connect(server) as client:
        yield client


@pytest.fixture(name="database")
def database_of_test(client, request):
    name = request.node.name[:40].replace("[", "_").replace("]", "_")
    client.drop_database(name)
    yield client[name]
    client.drop_database(name)


def test_crud(database):
    people = database.people
    assert people.insert_one({"name": "Ada", "age": 36}).acknowledged
    assert len(people.insert_many([{"name": "Bob", "age": 20}, {"name": "Cy", "age": 50}]).inserted_ids) == 2
    assert people.find_one({"name": "Ada"})["age"] == 36
    assert [p["name"] for p in people.find({"age": {"$gt": 30}}).sort("age")] == ["Ada", "Cy"]
    assert people.update_one({"name": "Bob"}, {"$set": {"age": 21}}).modified_count == 1
    assert people.update_many({}, {"$inc": {"age": 1}}).modified_count == 3
    assert people.delete_many({"age": {"$lt": 30}}).deleted_count == 1
    assert people.count_documents({}) == 2
    assert people.estimated_document_count() == 2


def test_types_come_back(database):
    document = {"_id": ObjectId(), "i": 1, "l": Int64(1), "d": 1.0, "n": Decimal128("1.10"), "b": b"x",
                "u": Binary(b"0123456789abcdef", 4), "m": Binary(b"y", 5), "t": Timestamp(5, 6),
                "r": Regex("a.*", "i"), "a": [1, [2, {"x": None}]], "s": "ä\0b", "f": {}}
    database.c.insert_one(document)
    found = database.c.find_one()
    assert found == document
    assert [type(found[name]) for name in "ild"] == [int, Int64, float]


def test_cursors(database):
    database.c.insert_many([{"_id": n} for n in range(1000)])
    assert [d["_id"] for d in database.c.find(batch_size=7)] == list(range(1000))
    assert [d["_id"] for d in database.c.find().skip(990)] == list(range(990, 1000))
    cursor = database.c.find(batch_size=2)
    next(cursor)
    cursor.close()


def test_bulk_write(database):
    result = database.c.bulk_write([
        pymongo.InsertOne({"_id": 1}), pymongo.UpdateOne({"_id": 1}, {"$set": {"a": 1}}),
        pymongo.ReplaceOne({"_id": 2}, {"b": 1}, upsert=True), pymongo.DeleteOne({"_id": 1})])
    assert (result.inserted_count, result.modified_count, result.upserted_count, result.deleted_count) \
        == (1, 1, 1, 1)
    with pytest.raises(BulkWriteError) as failed:
        database.c.insert_many([{"_id": 2}, {"_id": 3}], ordered=False)
    assert failed.value.details["nInserted"] == 1
    with pytest.raises(DuplicateKeyError):
        database.c.insert_one({"_id": 3})


def test_find_and_modify(database):
    database.c.insert_one({"_id": 1, "n": 0})
    assert database.made.find_one_and_update({"_id": 1}, {"$inc": {"n": 1}}, upsert=True,
                                             return_document=pymongo.ReturnDocument.AFTER) == {"_id": 1, "n": 1}
    assert database.c.find_one_and_update({"_id": 1}, {"$inc": {"n": 1}},
                                          return_document=pymongo.ReturnDocument.AFTER)["n"] == 1
    assert database.c.find_one_and_replace({"_id": 1}, {"x": 1})["n"] == 1
    assert database.c.find_one_and_delete({"_id": 1}) == {"_id": 1, "x": 1}
    assert database.c.find_one_and_delete({"_id": 1}) is None


def test_aggregate(database):
    database.sales.insert_many([{"item": "a", "n": 2, "price": 10}, {"item": "b", "n": 1, "price": 20},
                                {"item": "a", "n": 3, "price": 10}])
    totals = database.sales.aggregate([
        {"$group": {"_id": "$item", "total": {"$sum": {"$multiply": ["$n", "$price"]}}, "count": {"$sum": 1}}},
        {"$sort": {"total": -1}}])
    assert list(totals) == [{"_id": "a", "total": 50, "count": 2}, {"_id": "b", "total": 20, "count": 1}]
    database.items.insert_one({"_id": "a", "title": "A"})
    joined = database.sales.aggregate([
        {"$match": {"item": "a"}},
        {"$lookup": {"from": "items", "localField": "item", "foreignField": "_id", "as": "items"}},
        {"$unwind": "$items"}, {"$project": {"_id": 0, "title": "$items.title", "n": 1}}, {"$sort": {"n": 1}}])
    assert list(joined) == [{"n": 2, "title": "A"}, {"n": 3, "title": "A"}]
    database.sales.aggregate([{"$group": {"_id": "$item"}}, {"$out": "kinds"}])
    assert sorted(d["_id"] for d in database.kinds.find()) == ["a", "b"]


def test_indexes(database):
    assert database.c.create_index("email", unique=True) == "email_1"
    assert set(database.c.index_information()) == {"_id_", "email_1"}
    database.c.insert_one({"email": "x"})
    with pytest.raises(DuplicateKeyError):
        database.c.insert_one({"email": "x"})
    assert database.c.find({"email": "x"}).explain()["queryPlanner"]["winningPlan"]["stage"] == "FETCH"
    database.c.drop_index("email_1")
    assert set(database.c.index_information()) == {"_id_"}


def test_transactions(client, database):
    database.a.insert_one({"_id": 1, "n": 10})
    database.b.insert_one({"_id": 1, "n": 0})
    with client.start_session() as session:
        with session.start_transaction():
            database.a.update_one({"_id": 1}, {"$inc": {"n": -3}}, session=session)
            database.b.update_one({"_id": 1}, {"$inc": {"n": 3}}, session=session)
            assert database.a.find_one({"_id": 1}, session=session)["n"] == 7
            assert database.a.find_one({"_id": 1})["n"] == 10
        assert (database.a.find_one()["n"], database.b.find_one()["n"]) == (7, 3)
        session.start_transaction()
        database.a.delete_one({"_id": 1}, session=session)
        session.abort_transaction()
        assert database.a.count_documents({}) == 1


def test_write_conflicts(client, database):
    database.a.insert_one({"_id": 1, "n": 0})
    with client.start_session() as session:
        session.start_transaction()
        assert database.a.find_one({"_id": 1}, session=session)["n"] == 0
        database.a.update_one({"_id": 1}, {"$inc": {"n": 1}})
        with pytest.raises(OperationFailure) as failed:
            database.a.update_one({"_id": 1}, {"$inc": {"n": 1}}, session=session)
        assert failed.value.code == 112
        assert failed.value.has_error_label("TransientTransactionError")
    with client.start_session() as session:
        def add(inside):
            found = database.a.find_one({"_id": 1}, session=inside)
            database.a.update_one({"_id": 1}, {"$set": {"n": found["n"] + 1}}, session=inside)
        session.with_transaction(add)
    assert database.a.find_one()["n"] == 2


def test_many_writers_of_one_document(server, database):
    database.a.insert_one({"_id": 1, "n": 0})

    def work():
        with connect(server) as own:
            for _ in range(25):
                own[database.name].a.update_one({"_id": 1}, {"$inc": {"n": 1}})

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert database.a.find_one()["n"] == 100


def test_uri_and_read_preference(server):
    with pymongo.MongoClient(uri(server, "test", "replicaSet=rs0")) as client:
        assert client.primary is not None or client.admin.command("ping")["ok"] == 1
        collection = client.test.get_collection("c", read_preference=ReadPreference.SECONDARY_PREFERRED)
        assert collection.find_one({"_id": "nobody"}) is None


def test_change_stream(client, database):
    database.create_collection("c")
    with database.c.watch(full_document="updateLookup", max_await_time_ms=200) as stream:
        database.c.insert_one({"_id": 1, "a": 1, "b": 2})
        database.c.update_one({"_id": 1}, {"$set": {"a": 2}, "$unset": {"b": 1}})
        database.c.delete_one({"_id": 1})
        events = [next(stream) for _ in range(3)]
    assert [event["operationType"] for event in events] == ["insert", "update", "delete"]
    assert events[1]["updateDescription"]["updatedFields"] == {"a": 2}
    assert events[1]["updateDescription"]["removedFields"] == ["b"]
    assert events[0]["documentKey"] == {"_id": 1}
    with database.c.watch(resume_after=events[0]["_id"], max_await_time_ms=200) as stream:
        assert [next(stream)["operationType"] for _ in range(2)] == ["update", "delete"]
    with database.watch([{"$match": {"operationType": "insert"}}], max_await_time_ms=200) as stream:
        database.d.insert_one({"_id": 5})
        database.c.insert_one({"_id": 6})
        assert [next(stream)["documentKey"]["_id"] for _ in range(2)] == [5, 6]
    assert client.admin.command("ping")["ok"] == 1


def test_changes_of_definitions(database):
    """Expanded events, and ends of collections in batches of one."""
    collection = database.create_collection("c")
    collection.insert_one({"_id": 1, "a": {"1": 1}, "b": [{"x": 1}]})
    with database.watch(show_expanded_events=True, max_await_time_ms=200) as stream, \
            collection.watch(batch_size=1, max_await_time_ms=200) as plain:
        collection.update_one({"_id": 1}, {"$set": {"a.1": 2, "b.0.x": 2}})
        database.d.insert_one({"_id": 2})
        collection.create_index("n")
        events = [next(stream) for _ in range(4)]
        database.command("collMod", "c", validator={"n": {"$ne": 7}})
        events.append(next(stream))
        collection.drop_index("n_1")
        database.create_collection("v", viewOn="c")
        events += [next(stream) for _ in range(2)]
        collection.drop()
        events.append(next(stream))
        assert [next(plain)["operationType"] for _ in range(3)] == ["update", "drop", "invalidate"]
    by_kind = {}
    for event in events:
        by_kind.setdefault(event["operationType"], []).append(event)
    assert set(by_kind) == {"create", "update", "insert", "createIndexes", "modify", "dropIndexes", "drop"}
    assert [(made["ns"]["coll"], made["nsType"]) for made in by_kind["create"]] \
        == [("d", "collection"), ("v", "view")]
    update = by_kind["update"][0]
    assert update["updateDescription"]["disambiguatedPaths"] == {"a.1": ["a", "1"]}
    assert update["collectionUUID"] == by_kind["drop"][0]["collectionUUID"]
    assert by_kind["createIndexes"][0]["operationDescription"]["indexes"][0]["name"] == "n_1"
    assert by_kind["dropIndexes"][0]["operationDescription"]["indexes"][0]["key"] == {"n": 1}
    assert by_kind["modify"][0]["operationDescription"]["validator"] == {"n": {"$ne": 7}}
    # The making of a collection comes before what is written to it, and a stream goes on behind it.
    with database.watch(resume_after=by_kind["create"][0]["_id"], max_await_time_ms=200) as stream:
        assert next(stream)["documentKey"] == {"_id": 2}


def test_large_events_come_in_parts(database):
    """An event with two images of 9 MiB is too large for one document."""
    large = 9 * 1024 * 1024
    split = [{"$changeStreamSplitLargeEvent": {}}]
    options = {"full_document": "updateLookup", "full_document_before_change": "required", "max_await_time_ms": 200}
    collection = database.create_collection("c", changeStreamPreAndPostImages={"enabled": True})
    collection.insert_one({"_id": 1, "text": "a" * large})
    with collection.watch(split, **options) as stream, collection.watch(**options) as whole:
        collection.update_one({"_id": 1}, {"$set": {"n": 1}})
        collection.insert_one({"_id": 2})
        parts = [next(stream) for _ in range(3)]
        with pytest.raises(OperationFailure) as failed:
            next(whole)
        assert failed.value.code == 10334
    assert [part.get("splitEvent") for part in parts] == [{"fragment": 1, "of": 2}, {"fragment": 2, "of": 2}, None]
    assert set(parts[0]) & set(parts[1]) == {"_id", "splitEvent"}
    event = parts[0] | parts[1]
    assert event["operationType"] == "update" and event["updateDescription"]["updatedFields"] == {"n": 1}
    assert len(event["fullDocument"]["text"]) == len(event["fullDocumentBeforeChange"]["text"]) == large
    for done in range(3):
        with collection.watch(split, resume_after=parts[done]["_id"], **options) as stream:
            if done < 2:
                assert next(stream)["_id"] == parts[done + 1]["_id"]
            else:
                assert stream.try_next() is None
    with pytest.raises(OperationFailure) as failed:
        collection.watch(resume_after=parts[0]["_id"], **options)
    assert failed.value.code == 280


def code_of_reading_a_killed_cursor(client, database):
    session = client.start_session()
    stream = database.c.watch(max_await_time_ms=20_000, session=session)
    cursor = stream._cursor.cursor_id
    codes = []

    def read():
        with pytest.raises(OperationFailure) as failed:
            database.command("getMore", cursor, collection="c", maxTimeMS=20_000, session=session)
        codes.append(failed.value.code)

    reader = threading.Thread(target=read)
    reader.start()
    while not any("getMore" in job["command"] for job in client.admin.command("currentOp")["inprog"]):
        assert reader.is_alive()
    database.command("killCursors", "c", cursors=[cursor])
    reader.join()
    session.end_session()
    return codes[0]


def test_a_killed_cursor_ends_who_reads_it(client, database):
    database.create_collection("c")
    # 43: the command is listed and has not come to its cursor yet, which then is there no more.
    for _ in range(20):
        code = code_of_reading_a_killed_cursor(client, database)
        assert code in (43, 237)
        if code == 237:
            break
    assert code == 237
    assert client.admin.command("ping")["ok"] == 1


def test_changes_tell_replacements(database):
    collection = database.changed
    collection.insert_one({"_id": 1, "a": 1})
    with collection.watch() as stream:
        collection.replace_one({"_id": 1}, {"a": 2})
        collection.update_one({"_id": 1}, {"$set": {"a": 3}})
        collection.find_one_and_replace({"_id": 1}, {"b": 4})
        with database.client.start_session() as session, session.start_transaction():
            collection.replace_one({"_id": 1}, {"b": 5}, session=session)
        collection.aggregate([{"$set": {"b": 6}}, {"$merge": {"into": "changed", "whenMatched": "replace"}}])
        events = [stream.next() for _ in range(5)]
    assert [event["operationType"] for event in events] == ["replace", "update", "replace", "replace", "replace"]
    assert events[0]["fullDocument"] == {"_id": 1, "a": 2}
    assert "updateDescription" not in events[0]
    assert events[1]["updateDescription"]["updatedFields"] == {"a": 3}
