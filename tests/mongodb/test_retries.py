"""Retried writes and transactions that fail, over fail points as drivers' tests set them."""

from __future__ import annotations

import contextlib
import uuid

import pymongo
import pymysql
import pytest
from bson import Binary, Int64
from pymongo.errors import BulkWriteError, ConnectionFailure, OperationFailure
from pymongo.read_concern import ReadConcern

from client import connect
from lib.server import Server

POINT = "onPrimaryTransactionalWrite"


@pytest.fixture(scope="module", name="testing")
def server_with_test_commands():
    with Server(arguments=("--mongodb-test-commands", "on")) as running:
        yield running


@pytest.fixture(name="client")
def client_of_server(testing):
    with connect(testing) as client:
        yield client


@pytest.fixture(name="collection")
def collection_of_test(client):
    client.drop_database("retries")
    client.retries.create_collection("c")
    yield client.retries.c


@contextlib.contextmanager
def failing(client, name, mode, **data):
    client.admin.command({"configureFailPoint": name, "mode": mode, "data": data})
    try:
        yield
    finally:
        client.admin.command({"configureFailPoint": name, "mode": "off"})


def test_a_written_document_is_not_written_again(client, collection):
    collection.insert_one({"_id": 1, "n": 0})
    with failing(client, POINT, {"times": 1}):
        assert collection.update_one({"_id": 1}, {"$inc": {"n": 1}}).modified_count == 1
    with failing(client, POINT, {"times": 1}):
        assert collection.insert_many([{"_id": 2}, {"_id": 3}]).inserted_ids == [2, 3]
    with failing(client, POINT, {"times": 1}):
        assert collection.find_one_and_delete({"_id": 3}) == {"_id": 3}
    assert list(collection.find()) == [{"_id": 1, "n": 1}, {"_id": 2}]


def test_a_document_that_was_not_written_is_written_then(client, collection):
    with failing(client, POINT, {"times": 1}, failBeforeCommitExceptionCode=1):
        collection.insert_one({"_id": 1})
    with failing(client, POINT, {"times": 2}, failBeforeCommitExceptionCode=1):
        with pytest.raises(ConnectionFailure):
            collection.insert_one({"_id": 2})
    with failing(client, POINT, {"skip": 1}, failBeforeCommitExceptionCode=1, closeConnection=False):
        assert collection.update_one({"_id": 1}, {"$set": {"a": 1}}).modified_count == 1
        # Nothing changes, so that nothing is met.
        assert collection.update_one({"_id": 1}, {"$set": {"a": 1}}).modified_count == 0
        with pytest.raises(OperationFailure, match="must not be reflected"):
            collection.update_one({"_id": 1}, {"$set": {"a": 2}})
    assert list(collection.find()) == [{"_id": 1, "a": 1}]


def test_a_failure_beside_a_write_is_one_to_retry(client, collection):
    with failing(client, "failCommand", {"times": 2}, failCommands=["insert"],
                 writeConcernError={"code": 91, "errmsg": "later"}):
        with pytest.raises(pymongo.errors.WriteConcernError) as failed:
            collection.insert_one({"_id": 1})
        assert failed.value.has_error_label("RetryableWriteError")
    with failing(client, "failCommand", {"times": 1}, failCommands=["insert"],
                 writeConcernError={"code": 91, "errmsg": "later"}):
        with client.start_session() as session:
            session.start_transaction()
            with pytest.raises(pymongo.errors.WriteConcernError) as failed:
                collection.insert_one({"_id": 3}, session=session)
            assert "errorLabels" not in failed.value.details


def test_an_error_about_the_topology_says_no_version_of_it(client, collection):
    # Drivers pass over errors that are not newer than the topology that they know.
    with failing(client, "failCommand", {"times": 1}, failCommands=["ping"], errorCode=91):
        with pytest.raises(pymongo.errors.AutoReconnect) as failed:
            client.admin.command("ping")
        assert "topologyVersion" not in failed.value.details


def test_a_statement_that_fails_ends_its_transaction(client, collection):
    with client.start_session() as session:
        session.start_transaction()
        with pytest.raises(BulkWriteError) as failed:
            collection.insert_many([{"_id": 1}, {"_id": 1}], session=session)
        assert failed.value.details["writeErrors"][0]["code"] == 11000
        with pytest.raises(OperationFailure) as gone:
            collection.insert_one({"_id": 2}, session=session)
        assert gone.value.code == 251
        assert gone.value.has_error_label("TransientTransactionError")
        session.abort_transaction()
    assert collection.count_documents({}) == 0


def test_what_another_transaction_writes_is_a_conflict(client, collection):
    with client.start_session() as one, client.start_session() as other:
        one.start_transaction()
        collection.insert_one({"_id": 1}, session=one)
        other.start_transaction()
        with pytest.raises(OperationFailure) as failed:
            collection.insert_one({"_id": 1}, session=other)
        assert failed.value.code == 112
        assert failed.value.has_error_label("TransientTransactionError")
        one.commit_transaction()


def test_a_conflict_of_a_document_that_was_looked_for(client, collection):
    """The transaction has written, and reads what it wrote where it looks for the document."""
    collection.insert_many([{"_id": 1, "a": 1}, {"_id": 2, "a": 2}])
    with client.start_session() as one, client.start_session() as other:
        one.start_transaction()
        collection.update_one({"_id": 1}, {"$inc": {"n": 1}}, session=one)
        other.start_transaction()
        collection.update_one({"_id": 2}, {"$inc": {"n": 1}}, session=other)
        with pytest.raises(OperationFailure) as failed:
            collection.update_one({"a": 1}, {"$inc": {"n": 1}}, session=other)
        assert failed.value.code == 112
        one.commit_transaction()
    assert list(collection.find()) == [{"_id": 1, "a": 1, "n": 1}, {"_id": 2, "a": 2}]


def test_the_first_statement_says_what_a_transaction_reads(client, collection):
    with client.start_session() as session:
        for level in "majority", "snapshot":
            with session.start_transaction(read_concern=ReadConcern(level)):
                collection.insert_one({"_id": level}, session=session)
        session.start_transaction(read_concern=ReadConcern("linearizable"))
        with pytest.raises(OperationFailure) as failed:
            collection.insert_one({}, session=session)
        assert failed.value.code == 72


def test_an_upsert_whose_key_is_taken(collection):
    collection.insert_one({"_id": 1, "a": 1})
    collection.create_index("a", unique=True)
    with pytest.raises(OperationFailure) as failed:
        collection.find_one_and_update({"_id": 2}, {"$set": {"a": 1}}, upsert=True)
    assert failed.value.code == 11000
    assert failed.value.details["keyValue"] == {"a": 1}


def test_a_change_stream_is_opened_again(client, collection):
    with collection.watch(max_await_time_ms=200) as stream:
        collection.insert_many([{"_id": 1}, {"_id": 2}])
        assert next(stream)["documentKey"] == {"_id": 1}
        with failing(client, "failGetMoreAfterCursorCheckout", {"times": 1}, errorCode=234):
            collection.insert_one({"_id": 3})
            assert [next(stream)["documentKey"]["_id"] for _ in range(2)] == [2, 3]
        with failing(client, "failGetMoreAfterCursorCheckout", {"times": 1}, errorCode=50):
            with pytest.raises(OperationFailure) as failed:
                next(stream)
            assert not failed.value.has_error_label("ResumableChangeStreamError")


def test_a_change_stream_goes_on_behind_its_last_batch(collection):
    with collection.watch(batch_size=2, max_await_time_ms=200) as stream:
        collection.insert_many([{"_id": i} for i in range(7)])
        assert [next(stream)["documentKey"]["_id"] for _ in range(2)] == [0, 1]
        token = stream.resume_token
    with collection.watch(resume_after=token, max_await_time_ms=200) as stream:
        assert [next(stream)["documentKey"]["_id"] for _ in range(5)] == [2, 3, 4, 5, 6]


def test_collections_that_a_transaction_makes(client, collection):
    database = collection.database
    database.old.insert_one({"_id": 1})
    with client.start_session() as session:
        with session.start_transaction():
            database.create_collection("made", session=session)
            database.made.create_index("a", session=session)
            database.made.insert_one({"_id": 1}, session=session)
            assert database.made.count_documents({}, session=session) == 1
        with session.start_transaction():
            database.implied.insert_one({"_id": 1}, session=session)

        def late(inside):
            database.old.update_one({"_id": 1}, {"$inc": {"n": 1}}, session=inside)
            database.later.insert_one({"_id": 1}, session=inside)
        session.with_transaction(late)
        session.start_transaction()
        with pytest.raises(OperationFailure) as failed:
            database.create_collection("made", session=session)
        assert failed.value.code == 48
        session.abort_transaction()
        session.start_transaction()
        with pytest.raises(OperationFailure) as failed:
            database.old.create_index("a", session=session)
        assert failed.value.code == 263
        session.abort_transaction()
    assert database.old.find_one() == {"_id": 1, "n": 1}
    assert [database[name].count_documents({}) for name in ("made", "implied", "later")] == [1, 1, 1]


class Session:
    """One that a test names itself, so that it can send a write again, by another client too."""

    def __init__(self) -> None:
        self.id = {"id": Binary(uuid.uuid4().bytes, 4)}

    def send(self, database, number, command):
        # pylint: disable=protected-access
        with database.client.start_session() as session:
            session._materialize(30)
            session._server_session.session_id = self.id
            session._server_session.mark_dirty()  # no other command of the client gets it
            reply = database.command({**command, "txnNumber": Int64(number)}, session=session)
        for name in ("$clusterTime", "operationTime", "retriedStmtIds"):
            reply.pop(name, None)
        return reply


LARGE = "x" * 100_000
# Each on its own collection of {_id: 1, n: 0} and {_id: 2, n: 0, text: LARGE}.
WRITES = [
    {"insert": "c", "documents": [{"_id": n} for n in range(10, 15)]},
    {"insert": "c", "documents": [{"_id": 20}, {"_id": 1}, {"_id": 21}], "ordered": False},
    {"update": "c", "updates": [{"q": {"_id": 1}, "u": {"$inc": {"n": 1}}},
                                {"q": {"_id": 30}, "u": {"$inc": {"n": 1}}, "upsert": True},
                                {"q": {"n": 0}, "u": {"$inc": {"n": 5}}}]},
    {"delete": "c", "deletes": [{"q": {"n": 0}, "limit": 1}, {"q": {"_id": 99}, "limit": 1}]},
    {"findAndModify": "c", "query": {"_id": 1}, "update": {"$inc": {"n": 1}}, "new": True},
    {"findAndModify": "c", "query": {"_id": 2}, "remove": True},
    {"findAndModify": "c", "query": {"_id": 40}, "update": {"$inc": {"n": 1}}, "upsert": True,
     "fields": {"_id": 0}, "new": True},
]


def documents_of(database):
    return list(database.c.find(sort=[("_id", 1)]))


def begin(client, name):
    client.drop_database(name)
    client[name].c.insert_many([{"_id": 1, "n": 0}, {"_id": 2, "n": 0, "text": LARGE}])
    return client[name]


def test_a_retry_after_a_kill_is_answered_as_before(own_server):
    sessions = [Session() for _ in WRITES]
    told = []
    with connect(own_server) as client:
        for i, write in enumerate(WRITES):
            database = begin(client, f"d{i}")
            told.append(sessions[i].send(database, 7, {**write, "writeConcern": {"j": True}}))
        before = [documents_of(client[f"d{i}"]) for i in range(len(WRITES))]
        # In the same run as well, and on another connection.
        assert [session.send(client[f"d{i}"], 7, write)
                for i, (session, write) in enumerate(zip(sessions, WRITES))] == told
    own_server.kill()
    own_server.start()
    with connect(own_server) as client:
        again = [session.send(client[f"d{i}"], 7, write)
                 for i, (session, write) in enumerate(zip(sessions, WRITES))]
        assert again == told
        assert [documents_of(client[f"d{i}"]) for i in range(len(WRITES))] == before
        with pytest.raises(OperationFailure) as failed:
            sessions[0].send(client.d0, 6, WRITES[0])
        assert failed.value.code == 225
        assert sessions[0].send(client.d0, 8, {"insert": "c", "documents": [{}]})["n"] == 1


def test_what_was_not_done_is_done_by_the_retry(own_server):
    session = Session()
    first = {"update": "c", "updates": [{"q": {"_id": 1}, "u": {"$inc": {"n": 1}}}]}
    more = {"update": "c", "updates": [*first["updates"], {"q": {"_id": 2}, "u": {"$inc": {"n": 1}}}]}
    with connect(own_server) as client:
        session.send(begin(client, "d"), 1, {**first, "writeConcern": {"j": True}})
    own_server.kill()
    own_server.start()
    with connect(own_server) as client:
        reply = session.send(client.d, 1, more)
        assert (reply["n"], reply["nModified"]) == (2, 2)
        assert [document["n"] for document in documents_of(client.d)] == [1, 1]


def test_a_commit_is_known_after_a_kill(own_server):
    session = Session()
    end = {"commitTransaction": 1, "autocommit": False}
    with connect(own_server) as client:
        database = begin(client, "d")
        session.send(database, 3, {"insert": "c", "documents": [{"_id": 3}], "autocommit": False,
                                   "startTransaction": True})
        session.send(client.admin, 3, {**end, "writeConcern": {"w": "majority", "j": True}})
    own_server.kill()
    own_server.start()
    with connect(own_server) as client:
        assert session.send(client.admin, 3, end)["ok"] == 1
        assert client.d.c.count_documents({}) == 3
        with pytest.raises(OperationFailure) as failed:
            session.send(client.admin, 4, end)
        assert failed.value.code == 251


def test_what_changes_many_documents_is_not_retried(client, collection):
    collection.insert_many([{"_id": 1}, {"_id": 2}])
    session = Session()
    many = [{"update": "c", "updates": [{"q": {}, "u": {"$set": {"a": 1}}, "multi": True}]},
            {"delete": "c", "deletes": [{"q": {}, "limit": 0}]}]
    for number, command in enumerate(many):
        reply = session.send(collection.database, number, command)
        assert reply["writeErrors"][0]["code"] == 72
    assert list(collection.find()) == [{"_id": 1}, {"_id": 2}]


def test_a_table_with_foreign_keys_knows_a_retry_as_well(own_server):
    inserts = {"insert": "child", "documents": [{"_id": 1, "parent": 1}, {"_id": 2, "parent": 1}]}
    moves = {"update": "child", "updates": [{"q": {"_id": 1}, "u": {"$inc": {"n": 1}}}]}
    sessions = [Session(), Session()]
    with connect(own_server) as client:
        client.shop.anything.insert_one({})
        host, port = own_server.addresses["mysql"]
        with pymysql.connect(host=host, port=port, user="admin", autocommit=True,
                             database="shop") as sql, sql.cursor() as cursor:
            cursor.execute("CREATE TABLE parent (id INT PRIMARY KEY)")
            cursor.execute("CREATE TABLE child (id INT PRIMARY KEY, parent INT, n INT DEFAULT 0, "
                           "FOREIGN KEY (parent) REFERENCES parent (id))")
            cursor.execute("INSERT INTO parent VALUES (1)")
        told = [session.send(client.shop, 1, {**command, "writeConcern": {"j": True}})
                for session, command in zip(sessions, (inserts, moves))]
        assert [reply["n"] for reply in told] == [2, 1]
    own_server.kill()
    own_server.start()
    with connect(own_server) as client:
        assert [session.send(client.shop, 1, command)
                for session, command in zip(sessions, (inserts, moves))] == told
        assert [row["n"] for row in client.shop.child.find(sort=[("_id", 1)])] == [1, 0]


def bulk(*ops, **more) -> dict:
    return {"bulkWrite": 1, "nsInfo": [{"ns": "retries.c"}, {"ns": "retries.d"}], "ops": list(ops), **more}


def test_a_bulk_write_that_is_sent_again_gives_what_it_gave(client, collection):
    command = bulk({"insert": 0, "document": {"_id": 1, "n": 0}}, {"insert": 1, "document": {"_id": 1}},
                   {"update": 0, "filter": {"_id": 1}, "updateMods": {"$inc": {"n": 1}}},
                   {"update": 0, "filter": {"_id": 2}, "updateMods": {"$inc": {"n": 1}}, "upsert": True},
                   {"delete": 1, "filter": {"_id": 1}},
                   {"update": 0, "filter": {}, "updateMods": {"$inc": {"n": 1}}, "multi": True})
    session = Session()
    first = session.send(client.admin, 1, command)
    assert session.send(client.admin, 1, command) == first
    assert (first["nErrors"], first["nInserted"], first["nUpserted"], first["nDeleted"]) == (1, 2, 1, 1)
    assert first["cursor"]["firstBatch"][-1]["code"] == 72
    assert list(collection.find()) == [{"_id": 1, "n": 1}, {"_id": 2, "n": 1}]


def test_a_bulk_write_in_a_transaction(client, collection):
    with client.start_session() as session:
        session.start_transaction()
        done = client.admin.command(bulk({"insert": 0, "document": {"_id": 1}},
                                         {"update": 0, "filter": {}, "updateMods": {"$set": {"a": 1}}, "multi": True}),
                                    session=session)
        assert (done["nInserted"], done["nModified"]) == (1, 1)
        assert collection.count_documents({}) == 0
        session.commit_transaction()
        assert list(collection.find()) == [{"_id": 1, "a": 1}]
        session.start_transaction()
        failed = client.admin.command(bulk({"insert": 0, "document": {"_id": 2}}, {"insert": 0, "document": {"_id": 1}},
                                           {"insert": 0, "document": {"_id": 3}}, ordered=False), session=session)
        assert (failed["nErrors"], failed["nInserted"]) == (1, 1)
        with pytest.raises(OperationFailure) as gone:
            collection.insert_one({"_id": 4}, session=session)
        assert gone.value.code == 251
        session.abort_transaction()
    assert collection.count_documents({}) == 1
