"""Roles that somebody makes: what is told of them, and what their holders may do, in every protocol."""

from __future__ import annotations

import pymongo
import pymysql
import pytest
from pymongo.errors import BulkWriteError, OperationFailure
from rethinkdb.errors import ReqlPermissionError

from client import connect
from lib.server import Server

SHOP = {"db": "shop", "collection": ""}
ORDERS = {"db": "shop", "collection": "orders"}


@pytest.fixture(scope="module", name="guarded")
def server_with_a_holder():
    with Server() as server:
        with connect(server) as first:
            first.admin.command("updateUser", "admin", pwd="secret")
        with admin_of(server) as admin:
            admin.shop.orders.insert_one({"_id": 1, "n": 1})
            admin.other.there.insert_one({"_id": 1})
            admin.admin.command("createUser", "clerk", pwd="clerk", roles=[])
            admin.admin.command("createUser", "helper", pwd="helper", roles=["userAdminAnyDatabase"])
        yield server


@pytest.fixture(name="role")
def role_of_the_clerk(guarded):
    """Makes the role that the clerk holds, with these privileges and roles."""
    with admin_of(guarded) as admin:
        def make(privileges, roles=()):
            admin.admin.command("createRole", "r", privileges=privileges, roles=list(roles))
            admin.admin.command("grantRolesToUser", "clerk", roles=["r"])
        yield make
        for database in ("admin", "shop"):
            admin[database].command("dropAllRolesFromDatabase")
        admin.admin.command("updateUser", "clerk", roles=[])


def admin_of(server) -> pymongo.MongoClient:
    return connect(server, username="admin", password="secret")


def client_of(server, user: str = "clerk") -> pymongo.MongoClient:
    return connect(server, username=user, password=user)


def code_of(act) -> int:
    """0: it succeeds."""
    try:
        act()
    except BulkWriteError as failed:
        return failed.details["writeErrors"][0]["code"]
    except OperationFailure as failed:
        return failed.code
    return 0


def refused(database, *command, **fields) -> int:
    return code_of(lambda: database.command(*command, **fields))


def on(resource, *actions) -> dict:
    return {"resource": resource, "actions": list(actions)}


def test_what_is_told_of_a_role(guarded, role):
    role([on(ORDERS, "insert", "find")], [{"role": "read", "db": "other"}])
    with admin_of(guarded) as admin:
        shown = admin.admin.command("rolesInfo", "r", showPrivileges=True)["roles"]
        assert len(shown) == 1
        assert shown[0]["_id"] == "admin.r"
        assert shown[0]["isBuiltin"] is False
        assert shown[0]["roles"] == [{"role": "read", "db": "other"}]
        assert shown[0]["privileges"] == [on(ORDERS, "find", "insert")]
        assert on(ORDERS, "find", "insert") in shown[0]["inheritedPrivileges"]
        assert len(shown[0]["inheritedPrivileges"]) == 2
        assert [one["role"] for one in admin.admin.command("rolesInfo", 1)["roles"]] == ["r"]
        builtin = admin.admin.command("rolesInfo", 1, showBuiltinRoles=True)["roles"]
        assert {"r", "root", "readWrite"} <= {one["role"] for one in builtin}
        assert admin.shop.command("rolesInfo", 1)["roles"] == []
        named = admin.shop.command("rolesInfo", {"role": "r", "db": "admin"})["roles"]
        assert [one["role"] for one in named] == ["r"]
        user = admin.admin.command("usersInfo", "clerk", showPrivileges=True)["users"][0]
        assert user["roles"] == [{"role": "r", "db": "admin"}]
        assert {"role": "read", "db": "other"} in user["inheritedRoles"]
        assert on(ORDERS, "find", "insert") in user["inheritedPrivileges"]
    with client_of(guarded) as clerk, client_of(guarded, "helper") as helper:
        assert len(clerk.admin.command("rolesInfo", "r")["roles"]) == 1, "it has the role"
        assert len(helper.admin.command("rolesInfo", "r")["roles"]) == 1, "it may read grants"
        status = clerk.admin.command("connectionStatus")["authInfo"]["authenticatedUserRoles"]
        assert {"role": "r", "db": "admin"} in status


def test_roles_are_shown_to_holders_alone(guarded, role):
    role([])
    with admin_of(guarded) as admin, client_of(guarded) as clerk:
        admin.admin.command("createRole", "hidden", privileges=[], roles=[])
        assert clerk.admin.command("rolesInfo", "hidden")["roles"] == []
        assert [one["role"] for one in clerk.admin.command("rolesInfo", 1)["roles"]] == ["r"]
        assert refused(clerk.admin, "createRole", "x", privileges=[], roles=[]) == 13
        assert refused(clerk.admin, "dropRole", "r") == 13
        assert refused(clerk.admin, "grantPrivilegesToRole", "r", privileges=[on(SHOP, "find")]) == 13


def test_a_change_reaches_the_holder_at_once(guarded, role):
    role([on(ORDERS, "find")])
    with admin_of(guarded) as admin, client_of(guarded) as clerk:
        orders = clerk.shop.orders
        assert orders.find_one() == {"_id": 1, "n": 1}
        assert clerk.shop.list_collection_names() == ["orders"]
        assert code_of(lambda: orders.insert_one({"_id": 2})) == 13
        admin.admin.command("grantPrivilegesToRole", "r",
                            privileges=[on(ORDERS, "insert"), on(ORDERS, "update")])
        assert code_of(lambda: orders.insert_one({"_id": 2})) == 0
        assert code_of(lambda: orders.update_one({"_id": 2}, {"$set": {"n": 2}})) == 0
        assert code_of(lambda: orders.delete_one({"_id": 2})) == 13
        admin.admin.command("revokePrivilegesFromRole", "r", privileges=[on(ORDERS, "insert")])
        assert code_of(lambda: orders.insert_one({"_id": 3})) == 13
        assert code_of(lambda: orders.update_one({"_id": 3}, {"$set": {}}, upsert=True)) == 13
        admin.admin.command("grantRolesToRole", "r", roles=[{"role": "readWrite", "db": "shop"}])
        assert code_of(lambda: orders.delete_one({"_id": 2})) == 0
        admin.admin.command("revokeRolesFromRole", "r", roles=[{"role": "readWrite", "db": "shop"}])
        assert code_of(lambda: orders.delete_one({"_id": 2})) == 13
        admin.admin.command("updateRole", "r", privileges=[])
        assert code_of(orders.find_one) == 13
        admin.admin.command("updateRole", "r", privileges=[on(SHOP, "find")])
        cursor = orders.find(batch_size=1)
        assert next(cursor)
        admin.admin.command("dropRole", "r")
        assert code_of(orders.find_one) == 13
        assert admin.admin.command("usersInfo", "clerk")["users"][0]["roles"] == []


def test_an_open_cursor_ends_with_the_role(guarded, role):
    role([on(SHOP, "find")])
    with admin_of(guarded) as admin, client_of(guarded) as clerk:
        admin.shop.many.insert_many([{"_id": i} for i in range(10)])
        cursor = clerk.shop.many.find(batch_size=2)
        next(cursor)
        admin.admin.command("revokeRolesFromUser", "clerk", roles=["r"])
        assert code_of(lambda: list(cursor)) == 13
        admin.shop.drop_collection("many")


def test_who_inserts_alone_reads_nothing(guarded, role):
    role([on(ORDERS, "insert")])
    with admin_of(guarded) as admin, client_of(guarded) as clerk:
        orders = clerk.shop.orders
        assert code_of(lambda: orders.insert_one({"_id": 2})) == 0
        assert code_of(orders.find_one) == 13
        assert code_of(lambda: orders.update_one({}, {"$set": {"n": 0}})) == 13
        assert code_of(lambda: orders.delete_one({"_id": 2})) == 13
        assert code_of(lambda: orders.find_one_and_delete({"_id": 2})) == 13
        assert code_of(lambda: orders.replace_one({"_id": 9}, {}, upsert=True)) == 13
        assert code_of(lambda: orders.insert_one({"_id": 2})) == 11000
        bulk = {"ns": "shop.orders"}
        operation = {"insert": 0, "document": {"_id": 4}}
        assert refused(clerk.admin, "bulkWrite", 1, nsInfo=[bulk], ops=[operation]) == 0
        operation = {"delete": 0, "filter": {"_id": 4}}
        assert refused(clerk.admin, "bulkWrite", 1, nsInfo=[bulk], ops=[operation]) == 13
        admin.shop.orders.delete_many({"_id": {"$in": [2, 4]}})


def test_a_role_is_about_names_that_may_come_later(guarded, role):
    role([on({"db": "later", "collection": "c"}, "find", "insert")])
    with admin_of(guarded) as admin, client_of(guarded) as clerk:
        assert clerk.later.c.find_one() is None
        assert code_of(lambda: clerk.later.d.insert_one({})) == 13
        clerk.later.c.insert_one({"_id": 1})
        admin.later.drop_collection("c")
        clerk.later.c.insert_one({"_id": 2})
        assert clerk.later.c.find_one() == {"_id": 2}
        admin.later.c.rename("e")
        assert code_of(clerk.later.e.find_one) == 13
        admin.drop_database("later")


def test_built_in_roles_of_databases_that_come_later(guarded):
    with admin_of(guarded) as admin:
        admin.admin.command("createUser", "early", pwd="early",
                            roles=[{"role": "readWrite", "db": "morning"}])
        user = admin.admin.command("usersInfo", {"user": "early", "db": "morning"})["users"][0]
        assert user["roles"] == [{"role": "readWrite", "db": "morning"}]
        assert admin.morning.command("rolesInfo", 1)["roles"] == []
        with client_of(guarded, "early") as early:
            early.morning.c.insert_one({"_id": 1})
            assert code_of(early.other.there.find_one) == 13
            admin.admin.command("revokeRolesFromUser", "early",
                                roles=[{"role": "readWrite", "db": "morning"}])
            assert code_of(early.morning.c.find_one) == 13
        admin.admin.command("dropUser", "early")
        admin.drop_database("morning")


@pytest.mark.parametrize("code, name, fields", [
    (2, "", {}),
    (2, "read", {}),
    (51002, "r", {}),
    (31, "x", {"roles": ["nosuch"]}),
    (9, "x", {"privileges": [on(SHOP, "fly")]}),
    (9, "x", {"privileges": [on({"db": "shop"}, "find")]}),
    (115, "x", {"privileges": [on(SHOP, "createIndex")]}),
    (115, "x", {"privileges": [on(SHOP, "update")]}),
    (115, "x", {"privileges": [on({"cluster": True}, "setParameter")]}),
    (115, "x", {"privileges": [on({"db": "", "collection": "c"}, "find")]}),
    (115, "x", {"authenticationRestrictions": [{"clientSource": ["127.0.0.1"]}]}),
    (0, "x", {"privileges": [on({"cluster": True}, "setParameter")], "roles": ["clusterAdmin"]}),
    (0, "x", {"privileges": [on({"anyResource": True}, "anyAction")]}),
])
def test_roles_that_cannot_be_made(guarded, role, code, name, fields):
    role([])
    with admin_of(guarded) as admin:
        command = {"createRole": name, "privileges": [], "roles": []} | fields
        assert refused(admin.admin, command) == code


def test_what_is_refused_of_changes(guarded, role):
    role([])
    with admin_of(guarded) as admin:
        make = {"privileges": [], "roles": []}
        admin.admin.command("createRole", "outer", privileges=[], roles=["r"])
        assert refused(admin.admin, "grantRolesToRole", "r", roles=["outer"]) == 49, "a cycle"
        assert refused(admin.admin, "grantRolesToRole", "r", roles=["r"]) == 49
        assert refused(admin.admin, "updateRole", "r") == 2
        assert refused(admin.admin, "updateRole", "nosuch", **make) == 31
        assert refused(admin.admin, "updateRole", "root", **make) == 49
        assert refused(admin.admin, "dropRole", "read") == 49
        assert refused(admin.admin, "dropRole", "nosuch") == 31
        assert refused(admin.admin, "grantRolesToUser", "clerk", roles=["nosuch"]) == 31
        narrow = {"createRole": "x", "privileges": [on({"db": "other", "collection": ""}, "find")],
                  "roles": []}
        assert refused(admin.shop, narrow) == 49
        assert admin.admin.command("dropAllRolesFromDatabase")["n"] == 2
        assert admin.admin.command("dropAllRolesFromDatabase")["n"] == 0


def test_a_helper_raises_nobody_by_a_role(guarded, role):
    role([])
    with admin_of(guarded) as admin, client_of(guarded, "helper") as helper:
        assert refused(helper.admin, "grantRolesToRole", "r", roles=["root"]) == 13, "it is held"
        assert refused(helper.admin, "updateRole", "r", privileges=[on(SHOP, "find")]) == 0
        helper.admin.command("createRole", "strong", privileges=[], roles=["clusterAdmin"])
        assert refused(helper.admin, "grantRolesToUser", "helper", roles=["strong"]) == 13
        assert refused(helper.admin, "grantRolesToRole", "r", roles=["strong"]) == 13
        admin.admin.command("grantRolesToUser", "clerk", roles=["strong"])
        assert refused(helper.admin, "dropRole", "strong") == 13
        assert refused(helper.admin, "updateUser", "clerk", pwd="stolen") == 13


def sql(server, user: str, password: str):
    host, port = server.addresses["mysql"]
    return pymysql.connect(host=host, port=port, user=user, password=password, autocommit=True)


def sql_error(cursor, statement: str) -> int:
    try:
        cursor.execute(statement)
    except pymysql.MySQLError as failed:
        return failed.args[0]
    return 0


def test_a_role_counts_in_sql(guarded, role):
    with sql(guarded, "admin", "secret") as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE shop.t (id INT PRIMARY KEY, n INT)")
        cursor.execute("INSERT INTO shop.t VALUES (1, 1)")
    role([on({"db": "shop", "collection": "t"}, "find", "insert")])
    with sql(guarded, "clerk", "clerk") as connection, connection.cursor() as cursor:
        cursor.execute("SELECT n FROM shop.t")
        assert cursor.fetchall() == ((1,),)
        assert sql_error(cursor, "INSERT INTO shop.t VALUES (2, 2)") == 0
        assert sql_error(cursor, "UPDATE shop.t SET n = 3") == 1142
        assert sql_error(cursor, "INSERT INTO shop.t VALUES (2, 2) ON DUPLICATE KEY UPDATE n = 9") == 1142
        assert sql_error(cursor, "REPLACE INTO shop.t VALUES (2, 9)") == 1142
        assert sql_error(cursor, "DELETE FROM shop.t") == 1142
        assert sql_error(cursor, "DROP TABLE shop.t") == 1142
        with admin_of(guarded) as admin:
            admin.admin.command("updateRole", "r", privileges=[on(SHOP, "find", "update", "remove")])
        assert sql_error(cursor, "INSERT INTO shop.t VALUES (4, 4)") == 1142
        assert sql_error(cursor, "UPDATE shop.t SET n = 3 WHERE id = 2") == 0
        assert sql_error(cursor, "BEGIN") == 0
        assert sql_error(cursor, "DELETE FROM shop.t WHERE id = 2") == 0
        assert sql_error(cursor, "COMMIT") == 0
    with sql(guarded, "admin", "secret") as connection, connection.cursor() as cursor:
        cursor.execute("SELECT id, n FROM shop.t")
        assert cursor.fetchall() == ((1, 1),)
        cursor.execute("DROP TABLE shop.t")


def test_a_role_counts_in_reql(guarded, role, r):
    role([on(SHOP, "find", "insert", "update", "remove")])
    host, port = guarded.addresses["rethinkdb"]
    with r.connect(host, port, user="clerk", password="clerk") as connection:
        orders = r.db("shop").table("orders")
        assert orders.get(1)["n"].run(connection) == 1
        assert orders.insert({"_id": 7}).run(connection)["inserted"] == 1
        assert orders.get(7).delete().run(connection)["deleted"] == 1
        with pytest.raises(ReqlPermissionError):
            r.db("other").table("there").run(connection)
        with admin_of(guarded) as admin:
            admin.admin.command("updateRole", "r", privileges=[on(SHOP, "find", "insert")])
        assert orders.count().run(connection) == 1
        with pytest.raises(ReqlPermissionError):
            orders.insert({"_id": 8}).run(connection)


def test_roles_outlive_the_server():
    with Server() as server:
        with connect(server) as admin:
            admin.shop.orders.insert_one({"_id": 1})
            admin.admin.command("createRole", "inner", privileges=[on(SHOP, "find")], roles=[])
            admin.admin.command("createRole", "outer", privileges=[], roles=["inner"])
            admin.admin.command("createUser", "clerk", pwd="clerk", roles=["outer"])
            before = admin.admin.command("rolesInfo", 1, showPrivileges=True)["roles"]
            admin.admin.command("updateUser", "admin", pwd="secret")
        server.restart()
        with admin_of(server) as admin:
            assert admin.admin.command("rolesInfo", 1, showPrivileges=True)["roles"] == before
        with client_of(server) as clerk:
            assert clerk.shop.orders.find_one() == {"_id": 1}
            assert code_of(lambda: clerk.shop.orders.insert_one({})) == 13
