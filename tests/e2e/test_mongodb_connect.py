"""MongoDB's clients: how they come in, watch the server and end; and messages that no driver sends."""

from __future__ import annotations

import struct
import threading
import time

import bson
import pymongo
import pymongo.errors
import pymongo.monitoring
import pytest

from lib import mongodb_wire as wire
from lib.patience import patient
from lib.server import Server

PASSWORD = "correct horse"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    arguments = ("--mongodb-test-commands", "on")
    with Server(tmp_path_factory.mktemp("mongodb") / "data", arguments) as running:
        yield running


@pytest.fixture(scope="module")
def secured(tmp_path_factory):
    """A server whose administrator has a password."""
    environment = {"OCTAVO_INITIAL_PASSWORD": PASSWORD}
    with Server(tmp_path_factory.mktemp("mongodb") / "data", (), environment) as running:
        yield running


def client_of(running: Server, **options) -> pymongo.MongoClient:
    host, port = running.addresses["mongodb"]
    return pymongo.MongoClient(host, port, serverSelectionTimeoutMS=int(patient(5) * 1000), **options)


@pytest.fixture
def client(server):
    with client_of(server) as made:
        yield made


@pytest.fixture
def raw(server):
    with wire.Connection(*server.addresses["mongodb"]) as made:
        yield made


def code_of(call, *arguments, **named) -> int:
    with pytest.raises(pymongo.errors.OperationFailure) as caught:
        call(*arguments, **named)
    return caught.value.code


# --- Greetings ---

def test_a_driver_finds_a_replica_set_of_one(server, client):
    host, port = server.addresses["mongodb"]
    hello = client.admin.command("hello")
    assert hello["isWritablePrimary"] and hello["setName"] == "rs0"
    assert hello["me"] == hello["primary"] == f"{host}:{port}"
    assert hello["hosts"] == [hello["me"]]
    assert hello["maxWireVersion"] == 21
    assert client.topology_description.topology_type_name == "ReplicaSetWithPrimary"
    assert client.server_info()["versionArray"][:2] == [7, 0]


def test_the_set_is_named_as_the_setting_says(server, tmp_path):
    with client_of(server, replicaSet="rs0") as named:
        assert named.admin.command("ping")["ok"] == 1
    with Server(tmp_path / "data", ("--mongodb-replica-set", "other",
                                    "--mongodb-advertised", "localhost:1")) as other:
        with client_of(other, directConnection=True) as direct:
            hello = direct.admin.command("hello")
            assert hello["setName"] == "other"
            assert hello["me"] == "localhost:1"


def test_without_a_set_the_server_stands_alone(tmp_path):
    with Server(tmp_path / "data", ("--mongodb-replica-set", "")) as alone:
        with client_of(alone) as client:
            hello = client.admin.command("hello")
            assert "setName" not in hello and "$clusterTime" not in hello
            assert client.topology_description.topology_type_name == "Single"
            assert code_of(client.admin.command, "replSetGetStatus") == 76
            with client.start_session() as session:
                number = {"txnNumber": bson.Int64(1), "autocommit": False,
                          "startTransaction": True}
                assert code_of(client.admin.command, {"getMore": bson.Int64(1), "collection": "c",
                                                      **number}, session=session) == 20


def test_old_greetings_are_answered_as_they_came(raw):
    for body in ({"isMaster": 1}, {"$query": {"ismaster": 1}}):
        query = struct.pack("<I", 4) + b"admin.$cmd\0" + struct.pack("<ii", 0, -1) + bson.encode(body)
        sent = raw.send(query, wire.OP_QUERY)
        header, reply = raw.receive()
        assert (header["opcode"], header["to"], header["flags"]) == (wire.OP_REPLY, sent, 8)
        assert reply["ismaster"] is True and reply["ok"] == 1
    raw.send(struct.pack("<I", 4) + b"admin.$cmd\0" + struct.pack("<ii", 0, -1)
             + bson.encode({"ping": 1}), wire.OP_QUERY)
    assert raw.receive()[1]["code"] == 352


def test_a_greeting_waits_for_a_change_and_streams(raw):
    version = raw.call({"hello": 1})["topologyVersion"]
    waiting = {"hello": 1, "topologyVersion": version, "maxAwaitTimeMS": 100}
    began = time.monotonic()
    assert raw.call(waiting)["topologyVersion"] == version
    assert time.monotonic() - began >= 0.1
    sent = raw.send(wire.message({**waiting, "$db": "admin"}, wire.EXHAUST))
    for _ in range(3):
        header, reply = raw.receive()
        assert header["to"] == sent and header["flags"] & wire.MORE_TO_COME
        assert reply["topologyVersion"] == version
        sent = header["id"]
    other = {**waiting, "topologyVersion": {**version, "processId": bson.ObjectId()},
             "maxAwaitTimeMS": 60_000}
    with wire.Connection(*raw.socket.getpeername()) as second:
        assert second.call(other)["ok"] == 1  # at once: that was another run of the server


@pytest.mark.parametrize("fields, code", [
    ({"topologyVersion": {"processId": bson.ObjectId(), "counter": bson.Int64(0)}}, 31368),
    ({"maxAwaitTimeMS": 1}, 31368),
    ({"saslSupportedMechs": 1}, 14),
    ({"saslSupportedMechs": "bob"}, 2),
    ({"saslSupportedMechs": {}}, 2),
    ({"client": {"application": {"name": "x" * 129}}}, 184),
])
def test_greetings_that_are_refused(raw, fields, code):
    assert raw.call({"hello": 1, **fields})["code"] == code


def test_a_client_says_what_it_is_once(raw):
    about = {"client": {"driver": {"name": "d", "version": "1"}}}
    assert raw.call({"hello": 1, **about})["ok"] == 1
    assert raw.call({"hello": 1, **about})["code"] == 186


class Watching(pymongo.monitoring.ServerHeartbeatListener):
    """Knows when a connection has sent the hello that the server answers at the next change."""

    def __init__(self):
        self.waits = threading.Event()

    def started(self, event):
        if event.awaited:
            self.waits.set()

    def succeeded(self, event):
        pass

    def failed(self, event):
        pass


def test_a_server_that_stops_does_not_wait_for_those_who_watch(tmp_path):
    with Server(tmp_path / "data") as running:
        watching = Watching()
        with client_of(running, heartbeatFrequencyMS=500, event_listeners=[watching]) as client:
            client.admin.command("ping")
            assert watching.waits.wait(patient(5))
            began = time.monotonic()
            running.stop()
            assert time.monotonic() - began < patient(5)


# --- Logins ---

def test_everybody_is_the_administrator_while_there_is_no_password(client):
    assert client.admin.command("connectionStatus")["authInfo"]["authenticatedUsers"] == []
    assert client.admin.command("usersInfo", "admin")["users"][0]["roles"] == [
        {"role": "root", "db": "admin"}]


def test_who_has_not_logged_in_is_told_little(secured):
    with client_of(secured) as stranger:
        for allowed in ("hello", "ping", "buildInfo", "connectionStatus"):
            assert stranger.admin.command(allowed)["ok"] == 1
        for refused in ("serverStatus", "hostInfo", {"getParameter": "*"}):
            assert code_of(stranger.admin.command, refused) == 13


@pytest.mark.parametrize("mechanism", [None, "SCRAM-SHA-256"])
def test_logins_with_a_password(secured, mechanism):
    options = {} if mechanism is None else {"authMechanism": mechanism}
    with client_of(secured, username="admin", password=PASSWORD, **options) as client:
        users = client.admin.command("connectionStatus")["authInfo"]["authenticatedUsers"]
        assert users == [{"user": "admin", "db": "admin"}]
        assert client.admin.command("serverStatus")["ok"] == 1


@pytest.mark.parametrize("user, password", [("admin", "wrong"), ("nobody", PASSWORD)])
def test_wrong_logins_are_told_the_same(secured, user, password):
    with client_of(secured, username=user, password=password) as client:
        with pytest.raises(pymongo.errors.OperationFailure) as caught:
            client.admin.command("ping")
        assert caught.value.code == 18
        assert caught.value.details["errmsg"] == "Authentication failed."


def test_mechanisms_that_there_are_not(secured):
    # No client of MongoDB has set this password, so it has no credentials of that mechanism.
    with client_of(secured, username="admin", password=PASSWORD,
                   authMechanism="SCRAM-SHA-1") as client:
        assert code_of(client.admin.command, "ping") == 18
    with wire.Connection(*secured.addresses["mongodb"]) as raw:
        start = {"saslStart": 1, "mechanism": "PLAIN", "payload": b"\0admin\0" + PASSWORD.encode()}
        assert raw.call(start)["code"] == 334
        assert raw.call({"saslContinue": 1, "conversationId": 1, "payload": b""})["code"] == 17


def test_logins_through_tls(tmp_path, certificate):
    key, cert = certificate
    arguments = ("--tls-cert", str(cert), "--tls-key", str(key))
    environment = {"OCTAVO_INITIAL_PASSWORD": PASSWORD}
    with Server(tmp_path / "data", arguments, environment) as running:
        with client_of(running, tls=True, tlsCAFile=str(cert), username="admin",
                       password=PASSWORD) as client:
            assert client.admin.command("serverStatus")["ok"] == 1
        with wire.Connection(*running.addresses["mongodb"], timeout_s=patient(10)) as plain:
            plain.send(wire.message({"ping": 1, "$db": "admin"}))
            assert plain.is_closed()


def test_strangers_send_little(secured):
    with wire.Connection(*secured.addresses["mongodb"], timeout_s=patient(10)) as stranger:
        assert stranger.call({"ping": 1, "comment": "x" * 60_000})["ok"] == 1
        stranger.send(wire.message({"ping": 1, "comment": "x" * 70_000, "$db": "admin"}))
        assert stranger.is_closed()


def test_users_come_and_go(secured):
    with client_of(secured, username="admin", password=PASSWORD) as admin:
        admin.admin.command("createUser", "ann", pwd="one", roles=["readWriteAnyDatabase"])
        try:
            assert code_of(admin.admin.command, "createUser", "ann", pwd="x", roles=[]) == 51003
            with client_of(secured, username="ann", password="one") as ann:
                roles = ann.admin.command("connectionStatus")["authInfo"]["authenticatedUserRoles"]
                assert roles == [{"role": "readWriteAnyDatabase", "db": "admin"}]
                assert code_of(ann.admin.command, "createUser", "eve", pwd="x", roles=["root"]) == 13
                assert code_of(ann.admin.command, "setParameter", 1, cursorTimeoutMillis=1) == 13
                assert [user["user"] for user in ann.admin.command("usersInfo", 1)["users"]] == ["ann"]
            admin.admin.command("updateUser", "ann", pwd="two")
            with client_of(secured, username="ann", password="two") as ann:
                assert ann.admin.command("whatsmyuri")["ok"] == 1
            admin.admin.command("grantRolesToUser", "ann", roles=["dbAdminAnyDatabase"])
            admin.admin.command("revokeRolesFromUser", "ann", roles=["readWriteAnyDatabase"])
            told = admin.admin.command("usersInfo", "ann")["users"][0]
            assert told["roles"] == [{"role": "dbAdminAnyDatabase", "db": "admin"}]
            assert told["_id"] == "admin.ann"
        finally:
            admin.admin.command("dropUser", "ann")
        assert admin.admin.command("usersInfo", "ann")["users"] == []
        assert code_of(admin.admin.command, "dropUser", "ann") == 11


@pytest.mark.parametrize("command, code", [
    ({"createUser": "u", "roles": []}, 2),
    ({"createUser": "u", "pwd": "", "roles": []}, 50687),
    ({"createUser": "u", "pwd": "p"}, 40414),
    ({"createUser": "u", "pwd": "p", "roles": ["nosuch"]}, 31),
    ({"createUser": "u", "pwd": "p", "roles": [], "mechanisms": ["PLAIN"]}, 2),
    ({"createUser": 1, "pwd": "p", "roles": []}, 14),
    ({"updateUser": "nosuch", "pwd": "p"}, 11),
    ({"updateUser": "nosuch"}, 2),
    ({"grantRolesToUser": "nosuch", "roles": ["root"]}, 11),
    ({"dropUser": "admin"}, 13),
])
def test_users_that_cannot_be(client, command, code):
    assert code_of(client.admin.command, command) == code


# --- Messages ---

@pytest.mark.parametrize("compressor", ["zlib", "zstd", "snappy"])
def test_messages_are_compressed_as_the_greeting_agreed(raw, compressor):
    reply = raw.call({"hello": 1, "compression": ["lz4", compressor, "noop"]})
    assert reply["compression"] == [compressor]


def test_a_driver_compresses(server):
    with client_of(server, compressors="zlib") as client:
        text = "x" * 100_000
        assert client.admin.command("ping", comment=text)["ok"] == 1


def test_nobody_answers_who_does_not_listen(raw):
    for command in ({"ping": 1}, {"nosuch": 1}):
        raw.send(wire.message({**command, "$db": "admin"}, wire.MORE_TO_COME))
    last = raw.send(wire.message({"ping": 1, "$db": "admin"}))
    assert raw.receive()[0]["to"] == last


def test_requests_are_answered_in_their_order(raw):
    sent = [raw.send(wire.message({"ping": 1, "$db": "admin"})) for _ in range(200)]
    assert [raw.receive()[0]["to"] for _ in sent] == sent


def test_large_requests_and_replies(raw):
    names = {f"field-{i}": i for i in range(50_000)}
    assert raw.call({"ping": 1, "comment": {"large": names}})["ok"] == 1
    deep: dict = {}
    for _ in range(201):
        deep = {"a": deep}
    assert raw.call({"ping": 1, "comment": deep})["code"] == 15
    assert raw.call({"ping": 1})["ok"] == 1


def test_fields_that_stand_twice(raw):
    twice = bson.encode({"ping": 1, "commenu": 1, "comment": 1, "$db": "admin"})
    twice = twice.replace(b"commenu", b"comment")
    raw.send(struct.pack("<I", 0) + b"\0" + twice)
    reply = raw.receive()[1]
    assert (reply["code"], reply["errmsg"]) == (40413, "BSON field 'ping.comment' is a duplicate field")


@pytest.mark.parametrize("body, opcode", [
    (b"", wire.OP_MSG),
    (struct.pack("<I", 0), wire.OP_MSG),
    (struct.pack("<I", 8) + b"\0" + bson.encode({"ping": 1, "$db": "admin"}), wire.OP_MSG),
    (struct.pack("<I", 1) + b"\0" + bson.encode({"ping": 1}) + b"\0\0\0\0", wire.OP_MSG),
    (struct.pack("<I", 0) + b"\0" + bson.encode({"ping": 1})[:-2], wire.OP_MSG),
    (struct.pack("<iiB", wire.OP_MSG, 47_000_000, 2) + b"garbage", wire.OP_COMPRESSED),
    (struct.pack("<iiB", wire.OP_MSG, 100, 9), wire.OP_COMPRESSED),
    (b"\0" * 20, 2002),
    (b"\0" * 20, wire.OP_QUERY),
])
def test_messages_without_sense_end_the_connection(server, body, opcode):
    with wire.Connection(*server.addresses["mongodb"], timeout_s=patient(10)) as raw:
        raw.send(body, opcode)
        assert raw.is_closed()
    with wire.Connection(*server.addresses["mongodb"]) as raw:
        assert raw.call({"ping": 1})["ok"] == 1


@pytest.mark.parametrize("length", [0, 15, 48_000_001, -1])
def test_impossible_lengths_end_the_connection(server, length):
    with wire.Connection(*server.addresses["mongodb"], timeout_s=patient(10)) as raw:
        raw.socket.sendall(struct.pack("<iiii", length, 1, 0, wire.OP_MSG))
        assert raw.is_closed()


# --- Arguments ---

@pytest.mark.parametrize("command, code", [
    ({"nosuch": 1}, 59),
    ({"Ping": 1}, 59),
    ({"ping": 1, "foo": 1}, 40415),
    ({"ping": 1, "apiVersion": "2"}, 322),
    ({"ping": 1, "apiStrict": True}, 4886600),
    ({"serverStatus": 1, "apiVersion": "1", "apiStrict": True}, 323),
    ({"ping": 1, "maxTimeMS": "1"}, 14),
    ({"ping": 1, "maxTimeMS": 1.5}, 9),
    ({"ping": 1, "maxTimeMS": -1}, 2),
    ({"ping": 1, "maxTimeMS": 2**31}, 2),
    ({"ping": 1, "readConcern": {"level": "majority"}}, 72),
    ({"ping": 1, "readConcern": {"level": "nosuch"}}, 2),
    ({"ping": 1, "readConcern": {"level": 1}}, 14),
    ({"ping": 1, "readConcern": {"nosuch": 1}}, 40415),
    ({"ping": 1, "readConcern": {"atClusterTime": bson.Timestamp(1, 1)}}, 72),
    ({"ping": 1, "writeConcern": {"w": 1}}, 72),
    ({"dropUser": "x", "writeConcern": {"w": 51}}, 9),
    ({"dropUser": "x", "writeConcern": {"w": True}}, 9),
    ({"dropUser": "x", "writeConcern": {"w": 1, "wtimeout": 2**31}}, 9),
    ({"dropUser": "x", "writeConcern": {"nosuch": 1}}, 40415),
    ({"dropUser": "x", "writeConcern": 1}, 14),
    ({"ping": 1, "lsid": 1}, 14),
    ({"ping": 1, "lsid": {"id": bson.Binary(b"x" * 16, 0)}}, 14),
    ({"ping": 1, "lsid": {"id": bson.Binary(b"x" * 15, 4)}}, 207),
    ({"ping": 1, "txnNumber": 1}, 14),
    ({"ping": 1, "txnNumber": bson.Int64(-1)}, 72),
    ({"ping": 1, "txnNumber": bson.Int64(1)}, 72),
    ({"ping": 1, "txnNumber": bson.Int64(1), "lsid": {"id": bson.Binary(b"x" * 16, 4)}}, 50768),
    ({"ping": 1, "autocommit": False}, 72),
    ({"ping": 1, "autocommit": True, "txnNumber": bson.Int64(1),
      "lsid": {"id": bson.Binary(b"x" * 16, 4)}}, 72),
    ({"ping": 1, "autocommit": False, "txnNumber": bson.Int64(1),
      "lsid": {"id": bson.Binary(b"x" * 16, 4)}}, 263),
    ({"ping": 1, "$readPreference": {"mode": "nosuch"}}, 9),
    ({"getMore": 1, "collection": "c"}, 14),
    ({"getMore": bson.Int64(1), "collection": 1}, 14),
    ({"getMore": bson.Int64(1)}, 40414),
    ({"getMore": bson.Int64(1), "collection": "c"}, 43),
    ({"killCursors": 1, "cursors": []}, 73),
    ({"killCursors": "", "cursors": []}, 73),
    ({"killCursors": "c"}, 40414),
    ({"killCursors": "c", "cursors": [1]}, 14),
    ({"getLog": "nosuch"}, 96),
    ({"getParameter": 1, "nosuch": 1}, 72),
    ({"setParameter": 1, "nosuch": 1}, 72),
    ({"setParameter": 1}, 72),
    ({"killOp": 1, "op": 2**40}, 26823),
    ({"commitTransaction": 1}, 125),
    ({"replSetInitiate": {}}, 23),
    ({"fsync": 1, "lock": True}, 115),
    ({"configureFailPoint": "nosuch", "mode": "off"}, 2),
])
def test_codes_of_arguments(raw, command, code):
    reply = raw.call(command)
    assert (reply["ok"], reply["code"]) == (0, code), reply


def test_commands_of_admin_are_its_own(raw):
    for command in ({"getLog": "*"}, {"currentOp": 1}, {"replSetGetStatus": 1}):
        assert raw.call(command, database="test")["code"] == 13
    assert raw.call({"ping": 1}, database="x" * 64)["code"] == 73
    raw.send(wire.message({"ping": 1}))
    assert raw.receive()[1]["code"] == 40571


def test_times_that_are_given_back_are_followed(raw):
    now = raw.call({"ping": 1})["$clusterTime"]["clusterTime"]
    later = bson.Timestamp(now.time + 100, 7)
    given = {"clusterTime": later, "signature": {"hash": b"\0" * 20, "keyId": bson.Int64(0)}}
    assert raw.call({"ping": 1, "$clusterTime": given})["operationTime"] >= later
    far = {**given, "clusterTime": bson.Timestamp(2**32 - 1, 1)}
    assert raw.call({"ping": 1, "$clusterTime": far})["ok"] == 0


def test_a_commit_is_later_than_what_was_before(client):
    before = client.admin.command("ping")["operationTime"]
    client.admin.command("createUser", "time", pwd="p", roles=[])
    after = client.admin.command("dropUser", "time")["operationTime"]
    assert before < after


# --- Sessions ---

def test_sessions_begin_and_end(client):
    before = client.admin.command("serverStatus")["logicalSessionRecordCache"]["activeSessionsCount"]
    started = client.admin.command("startSession")
    assert started["timeoutMinutes"] == 30 and started["id"]["id"].subtype == 4
    named = [{"id": started["id"]["id"]}]
    assert client.admin.command("refreshSessions", named)["ok"] == 1
    assert client.admin.command("endSessions", named)["ok"] == 1
    after = client.admin.command("serverStatus")["logicalSessionRecordCache"]["activeSessionsCount"]
    assert after <= before + 1  # the driver's own


def transaction_of(number: int, **fields) -> dict:
    return {"lsid": {"id": bson.Binary(b"s" * 16, 4)}, "txnNumber": bson.Int64(number),
            "autocommit": False, **fields}


def test_transactions_have_states(raw):
    begin = {"find": "c", "limit": 1}
    commit, abort = {"commitTransaction": 1}, {"abortTransaction": 1}
    assert raw.call({**commit, **transaction_of(1)})["code"] == 251
    never_first = {"killCursors": "c", "cursors": []}
    assert raw.call({**never_first, **transaction_of(1, startTransaction=True)})["code"] == 263
    first = raw.call({**begin, **transaction_of(2, startTransaction=True)})
    assert first["ok"] == 1, first
    assert raw.call({**begin, **transaction_of(2, startTransaction=True)})["code"] == 117
    assert raw.call({**begin, **transaction_of(1)})["code"] == 225
    assert raw.call({**begin, **transaction_of(3)})["code"] == 251
    assert raw.call({**begin, **transaction_of(2)})["ok"] == 1
    assert raw.call({**commit, **transaction_of(2)})["ok"] == 1
    assert raw.call({**commit, **transaction_of(2)})["ok"] == 1
    assert raw.call({**abort, **transaction_of(2)})["code"] == 256
    assert raw.call({**begin, **transaction_of(2)})["code"] == 256
    assert raw.call({**begin, **transaction_of(4, startTransaction=True)})["ok"] == 1
    assert raw.call({**abort, **transaction_of(4)})["ok"] == 1
    assert raw.call({**commit, **transaction_of(4)})["code"] == 251
    ended = raw.call({**begin, **transaction_of(4)})
    assert ended["code"] == 251 and ended["errorLabels"] == ["TransientTransactionError"]


def test_the_end_of_a_session_rolls_back(raw):
    begin = {"find": "c", "limit": 1}
    assert raw.call({**begin, **transaction_of(20, startTransaction=True)})["ok"] == 1
    assert raw.call({"killSessions": [{"id": bson.Binary(b"s" * 16, 4)}]})["ok"] == 1
    assert raw.call({"commitTransaction": 1, **transaction_of(20)})["code"] == 251


def test_a_row_that_is_locked_is_a_write_conflict(client):
    rows = client.test.locked
    rows.drop()
    rows.insert_one({"_id": 1, "n": 0})
    add = ({"_id": 1}, {"$inc": {"n": 1}})
    with client.start_session() as one, client.start_session() as two:
        one.start_transaction()
        rows.update_one(*add, session=one)
        two.start_transaction()
        with pytest.raises(pymongo.errors.OperationFailure) as caught:
            rows.update_one(*add, session=two)
        assert caught.value.code == 112
        assert caught.value.has_error_label("TransientTransactionError")
        one.commit_transaction()
    assert rows.find_one() == {"_id": 1, "n": 1}
    rows.drop()


# --- Failures on demand ---

def fail(client, mode, **data) -> None:
    client.admin.command({"configureFailPoint": "failCommand", "mode": mode,
                          "data": {"failCommands": ["ping"], **data}})


def test_commands_fail_as_tests_ask(server, client):
    fail(client, {"times": 2}, errorCode=8, errorLabels=["one"])
    for _ in range(2):
        with pytest.raises(pymongo.errors.OperationFailure) as caught:
            client.admin.command("ping")
        assert caught.value.code == 8 and caught.value.has_error_label("one")
    assert client.admin.command("ping")["ok"] == 1
    fail(client, "alwaysOn", closeConnection=True)
    with pytest.raises(pymongo.errors.AutoReconnect):
        client.admin.command("ping")
    off = client.admin.command({"configureFailPoint": "failCommand", "mode": "off"})
    assert off["count"] >= 1
    fail(client, {"times": 1}, blockConnection=True, blockTimeMS=100)
    began = time.monotonic()
    assert client.admin.command("ping")["ok"] == 1
    assert time.monotonic() - began >= 0.1
    with client_of(server, appname="other") as other:
        fail(client, {"times": 1}, errorCode=8, appName="other")
        assert client.admin.command("ping")["ok"] == 1
        assert code_of(other.admin.command, "ping") == 8


def test_only_where_the_setting_allows_it(secured):
    with client_of(secured, username="admin", password=PASSWORD) as client:
        assert code_of(client.admin.command, {"configureFailPoint": "failCommand",
                                              "mode": "off"}) == 59


# --- What runs ---

def test_many_clients_at_once(server):
    errors: list[Exception] = []

    def work():
        try:
            with client_of(server) as client:
                for _ in range(50):
                    client.admin.command("ping")
        except Exception as error:  # pylint: disable=broad-exception-caught
            errors.append(error)

    threads = [threading.Thread(target=work) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors


def test_everything_comes_to_the_disk(client):
    assert client.admin.command("fsync")["numFiles"] == 1


def test_parameters(client):
    assert client.admin.command({"getParameter": "*"})["enableTestCommands"] is True
    was = client.admin.command("setParameter", 1, transactionLifetimeLimitSeconds=30)["was"]
    assert client.admin.command("setParameter", 1,
                                transactionLifetimeLimitSeconds=was)["was"] == 30
