"""What users may do, and that they learn nothing of what they may not."""

from __future__ import annotations

import pymongo
import pytest
from pymongo.errors import OperationFailure

from client import connect
from lib.server import Server


@pytest.fixture(scope="module", name="guarded")
def server_with_users():
    with Server() as server:
        with connect(server) as first:
            first.admin.command("updateUser", "admin", pwd="secret")
        with connect(server, username="admin", password="secret") as admin:
            for database in ("own", "other"):
                admin[database].there.insert_one({"_id": 1})
            admin.admin.command("createUser", "app", pwd="app", roles=[{"role": "readWrite", "db": "own"}])
            admin.admin.command("createUser", "helper", pwd="helper", roles=["userAdminAnyDatabase"])
            admin.admin.command("createUser", "boss", pwd="boss", roles=["root"])
        yield server


def client_of(server, user: str) -> pymongo.MongoClient:
    return connect(server, username=user, password={"admin": "secret"}.get(user, user))


def refusal(database, command) -> OperationFailure:
    with pytest.raises(OperationFailure) as failed:
        database.command(command)
    return failed.value


def commands_about(name: str) -> list:
    """Each tells something of the collection `other.NAME` to who may use it."""
    index = {"key": {"a": 1}, "name": "a"}
    return [
        {"create": name},
        {"create": name, "viewOn": "there"},
        {"drop": name},
        {"collMod": name, "validationLevel": "off"},
        {"find": name},
        {"find": name, "filter": {"_id": 1}},
        {"count": name},
        {"distinct": name, "key": "a"},
        {"aggregate": name, "pipeline": [], "cursor": {}},
        {"aggregate": name, "pipeline": [{"$changeStream": {}}], "cursor": {}},
        {"insert": name, "documents": [{"_id": 1}]},
        {"update": name, "updates": [{"q": {}, "u": {"$set": {"a": 1}}}]},
        {"delete": name, "deletes": [{"q": {}, "limit": 0}]},
        {"findAndModify": name, "query": {}, "remove": True},
        {"createIndexes": name, "indexes": [index]},
        {"listIndexes": name},
        {"dropIndexes": name, "index": "*"},
        {"collStats": name},
        {"validate": name},
        {"planCacheClear": name},
        {"dataSize": f"other.{name}"},
        {"explain": {"find": name}},
        {"explain": {"delete": name, "deletes": [{"q": {}, "limit": 0}]}},
        {"explain": {"aggregate": name, "pipeline": [], "cursor": {}}},
    ]


@pytest.mark.parametrize("number", range(len(commands_about(""))))
def test_who_may_not_use_a_collection_is_not_told_whether_it_is_there(guarded, number):
    with client_of(guarded, "app") as app:
        told = [refusal(app.other, commands_about(name)[number]) for name in ("there", "missing")]
        told += [refusal(app.nowhere, commands_about("missing")[number])]
    assert [error.code for error in told] == [13, 13, 13]
    assert len({error.details["errmsg"] for error in told}) == 1


@pytest.mark.parametrize("name", ["there", "missing"])
def test_what_a_pipeline_writes_to_is_not_told_either(guarded, name):
    into = {"db": "other", "coll": name}
    with client_of(guarded, "app") as app:
        for stage in ({"$out": into}, {"$merge": {"into": into}}):
            command = {"aggregate": "there", "pipeline": [stage], "cursor": {}}
            assert refusal(app.own, command).code == 13
            assert refusal(app.own, {"explain": command}).code == 13


def bulk(name: str, kind: str) -> dict:
    op = {"insert": {"insert": 1, "document": {"_id": 1}},
          "update": {"update": 1, "filter": {}, "updateMods": {"$set": {"a": 1}}},
          "delete": {"delete": 1, "filter": {}}}[kind]
    return {"bulkWrite": 1, "nsInfo": [{"ns": "own.there"}, {"ns": f"other.{name}"}],
            "ops": [{"insert": 0, "document": {"_id": "bulk"}}, op]}


@pytest.mark.parametrize("kind", ["insert", "update", "delete"])
def test_a_bulk_write_does_nothing_where_it_may_not_do_all(guarded, kind):
    with client_of(guarded, "app") as app:
        told = [refusal(app.admin, bulk(name, kind)) for name in ("there", "missing")]
        assert [error.code for error in told] == [13, 13]
        assert len({error.details["errmsg"] for error in told}) == 1
        assert app.own.there.count_documents({"_id": "bulk"}) == 0
        own = bulk("there", kind)
        own["ops"].pop()
        assert app.admin.command(own)["nInserted"] == 1
        app.own.there.delete_one({"_id": "bulk"})


def test_renaming_tells_nothing(guarded):
    with client_of(guarded, "app") as app:
        told = [refusal(app.admin, {"renameCollection": f"other.{name}", "to": f"other.{to}"})
                for name in ("there", "missing") for to in ("there2", "there")
                if name != to]
    assert {error.code for error in told} == {13}
    assert len({error.details["errmsg"] for error in told}) == 1


def test_the_profile_is_for_who_configures_the_database(guarded):
    with client_of(guarded, "admin") as admin, client_of(guarded, "app") as app:
        admin.own.command("profile", 2)
        try:
            assert refusal(app.own, {"find": "system.profile"}).code == 13
            assert refusal(app.own, {"drop": "system.profile"}).code == 13
            assert refusal(app.own, {"profile": -1}).code == 13
            assert app.own.list_collection_names() == ["there"]
            assert "system.profile" in admin.own.list_collection_names()
        finally:
            admin.own.command("profile", 0)


def test_a_helper_with_users_does_not_rise_above_himself(guarded):
    with client_of(guarded, "admin") as admin, client_of(guarded, "helper") as helper:
        users = helper.admin
        assert refusal(users, {"updateUser": "admin", "pwd": "stolen"}).code == 13
        assert refusal(users, {"grantRolesToUser": "admin", "roles": ["readAnyDatabase"]}).code == 13
        assert refusal(users, {"updateUser": "boss", "pwd": "stolen"}).code == 13
        assert refusal(users, {"revokeRolesFromUser": "boss", "roles": ["root"]}).code == 13
        assert refusal(users, {"dropUser": "boss"}).code == 13
        assert refusal(users, {"grantRolesToUser": "helper", "roles": ["root"]}).code == 13
        assert refusal(users, {"createUser": "eve", "pwd": "x", "roles": ["clusterAdmin"]}).code == 13
        users.command("createUser", "temp", pwd="one", roles=[{"role": "readWrite", "db": "own"}])
        users.command("updateUser", "temp", pwd="temp")
        with client_of(guarded, "temp") as temp:
            assert temp.own.there.count_documents({}) == 1
        users.command("dropUser", "temp")
        admin.admin.command("updateUser", "boss", pwd="boss")
    with client_of(guarded, "boss") as boss:  # who has as much may
        boss.admin.command("updateUser", "boss", pwd="boss")
        assert refusal(boss.admin, {"updateUser": "admin", "pwd": "stolen"}).code == 13


def test_a_view_is_read_with_the_rights_of_its_reader(guarded):
    with client_of(guarded, "admin") as admin, client_of(guarded, "app") as app:
        admin.own.command("create", "view", viewOn="there", pipeline=[])
        assert list(app.own.view.find()) == [{"_id": 1}]
        assert refusal(app.own, {"create": "view2", "viewOn": "there"}).code == 13
        admin.own.drop_collection("view")


def test_who_may_write_a_database_has_collections_come_into_being(guarded):
    with client_of(guarded, "app") as app, client_of(guarded, "admin") as admin:
        app.own.made.insert_one({"_id": 1})
        app.own.upserted.update_one({"_id": 1}, {"$set": {"a": 1}}, upsert=True)
        app.own.create_collection("created", capped=True, size=4096)
        assert app.own.made.find_one() == {"_id": 1}
        # What is there is not his to define.
        for command in ({"drop": "made"}, {"collMod": "made", "validationLevel": "off"},
                        {"createIndexes": "made", "indexes": [{"key": {"a": 1}, "name": "a"}]},
                        {"createIndexes": "new", "indexes": [{"key": {"a": 1}, "name": "a"}]},
                        {"create": "view2", "viewOn": "made"}, {"dropDatabase": 1}):
            assert refusal(app.own, command).code == 13
        assert refusal(app.other, {"create": "made"}).code == 13
        assert refusal(app.nowhere, {"insert": "made", "documents": [{}]}).code == 13
        for name in ("made", "upserted", "created"):
            admin.own.drop_collection(name)


def test_who_may_only_read_makes_no_collection(guarded):
    with client_of(guarded, "admin") as admin:
        admin.own.one.insert_one({"_id": 1})
        admin.admin.command("createUser", "narrow", pwd="narrow", roles=[{"role": "read", "db": "own"}])
        with client_of(guarded, "narrow") as narrow:
            assert narrow.own.one.find_one() == {"_id": 1}
            assert refusal(narrow.own, {"insert": "two", "documents": [{}]}).code == 13
            assert refusal(narrow.own, {"create": "two"}).code == 13
        admin.admin.command("dropUser", "narrow")
        admin.admin.command("createUser", "wide", pwd="wide", roles=["readWriteAnyDatabase"])
        with client_of(guarded, "wide") as wide:
            wide.fresh.c.insert_one({"_id": 1})
        assert admin.fresh.c.find_one() == {"_id": 1}
        admin.drop_database("fresh")
        admin.own.drop_collection("one")
        admin.admin.command("dropUser", "wide")


def logs_in(server, user: str, password: str, mechanism: str) -> bool:
    with connect(server, username=user, password=password, authMechanism=mechanism) as client:
        try:
            client.own.command("find", "there")
        except OperationFailure as failed:
            assert failed.code == 18
            return False
        return True


def mechanisms_of(users, name: str) -> list:
    return sorted(users.command("usersInfo", name)["users"][0]["mechanisms"])


def test_scram_sha_1_for_passwords_that_were_set_here(guarded, r):
    old, new = "SCRAM-SHA-1", "SCRAM-SHA-256"
    roles = [{"role": "read", "db": "own"}]
    with client_of(guarded, "helper") as helper:
        users = helper.admin
        users.command("createUser", "both", pwd="one", roles=roles)
        users.command("createUser", "modern", pwd="one", roles=roles, mechanisms=[new])
        assert mechanisms_of(users, "both") == [old, new]
        assert mechanisms_of(users, "modern") == [new]
        assert [logs_in(guarded, "both", "one", name) for name in (old, new)] == [True, True]
        assert [logs_in(guarded, "both", "two", name) for name in (old, new)] == [False, False]
        assert [logs_in(guarded, "modern", "one", name) for name in (old, new)] == [False, True]
        assert not logs_in(guarded, "nobody", "one", old)
        assert refusal(users, {"updateUser": "modern", "mechanisms": [old]}).code == 2
        # Another protocol's password ends what was made of the one before.
        host, port = guarded.addresses["rethinkdb"]
        with r.connect(host=host, port=port, user="admin", password="secret") as connection:
            r.db("rethinkdb").table("users").get("both").update({"password": "two"}).run(connection)
        assert mechanisms_of(users, "both") == [new]
        assert not any(logs_in(guarded, "both", password, old) for password in ("one", "two"))
        assert logs_in(guarded, "both", "two", new)
        users.command("updateUser", "both", pwd="three")
        assert [logs_in(guarded, "both", "three", name) for name in (old, new)] == [True, True]
        users.command("updateUser", "both", mechanisms=[new])
        assert [logs_in(guarded, "both", "three", name) for name in (old, new)] == [False, True]
        for name in ("both", "modern"):
            users.command("dropUser", name)
        assert not logs_in(guarded, "both", "three", old)
