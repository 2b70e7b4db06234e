"""Who may do what over the RethinkDB protocol: users with each grant, and each term that reaches data or
definitions. docs/security.md has the same as a table."""

from __future__ import annotations

import dataclasses
import pathlib
from collections.abc import Callable

import pytest
from rethinkdb import RethinkDB
from rethinkdb.errors import ReqlError, ReqlOpFailedError, ReqlPermissionError

from lib import resp
from lib.rights import Rights
from lib.server import Server

SECURITY_PAGE = pathlib.Path(__file__).resolve().parents[2] / "docs" / "security.md"
ALL = {"read": True, "write": True, "config": True}
Query = Callable[[RethinkDB], object]


@dataclasses.dataclass
class Example:
    term: str
    needs: str  # as in the table
    query: Query
    undo: Query | None = None  # by the administrator, when it was allowed


def table(r):
    return r.db("perm").table("t")


EXAMPLES = [
    Example("db", "nothing", lambda r: r.db("perm").info()),
    Example("table", "nothing", lambda r: table(r).index_list()),
    Example("db_list", "nothing", lambda r: r.db_list()),
    Example("table_list", "nothing", lambda r: r.db("perm").table_list()),
    Example("index_list", "nothing", lambda r: table(r).index_list()),
    Example("index_status", "nothing", lambda r: table(r).index_status()),
    Example("index_wait", "nothing", lambda r: table(r).index_wait()),
    Example("status", "nothing", lambda r: table(r).status()),
    Example("wait", "nothing", lambda r: table(r).wait()),
    Example("wait", "nothing", lambda r: r.db("perm").wait()),
    Example("get", "read", lambda r: table(r).get(1)),
    Example("get_all", "read", lambda r: table(r).get_all(1)),
    Example("get_all", "read", lambda r: table(r).get_all(1, index="a")),
    Example("between", "read", lambda r: table(r).between(0, 2)),
    Example("get_intersecting", "read",
            lambda r: table(r).get_intersecting(r.point(0, 0), index="g")),
    Example("get_nearest", "read", lambda r: table(r).get_nearest(r.point(0, 0), index="g")),
    Example("changes", "read", lambda r: table(r).changes()),
    Example("changes", "read", lambda r: table(r).get(1).changes(include_initial=True)),
    Example("changes", "read", lambda r: table(r).order_by(index="a").limit(1).changes()),
    Example("info", "read", lambda r: table(r).info()),
    # Reading a table in all the ways in which a plan can hold one.
    Example("(rows)", "read", lambda r: table(r)),
    Example("(rows)", "read", lambda r: table(r).count()),
    Example("(rows)", "read", lambda r: table(r).is_empty()),
    Example("(rows)", "read", lambda r: table(r).order_by(index="a").limit(1)),
    Example("(rows)", "read", lambda r: r.expr([{"id": 1}]).eq_join("id", table(r))),
    Example("(rows)", "read", lambda r: r.expr([1]).union(table(r))),
    Example("(rows)", "read", lambda r: r.expr([1]).map(lambda x: table(r).get(x))),
    Example("(rows)", "read", lambda r: r.expr([1]).inner_join(table(r), lambda a, b: True)),
    Example("(rows)", "read", lambda r: table(r).group("a").count()),
    Example("(rows)", "read", lambda r: table(r).distinct(index="a")),
    Example("insert", "write", lambda r: table(r).insert({"id": 1}, conflict="update")),
    Example("update", "write", lambda r: table(r).get(1).update({"a": 1})),
    Example("replace", "write", lambda r: table(r).get(1).replace(lambda row: row)),
    Example("delete", "write", lambda r: table(r).get(404).delete()),
    Example("sync", "write", lambda r: table(r).sync()),
    Example("config", "config", lambda r: table(r).config()),
    Example("config", "config of the database", lambda r: r.db("perm").config()),
    Example("reconfigure", "config", lambda r: table(r).reconfigure(shards=1, replicas=1)),
    Example("reconfigure", "config",
            lambda r: table(r).reconfigure(shards=1, replicas=1, dry_run=True)),
    Example("rebalance", "config", lambda r: table(r).rebalance()),
    Example("reconfigure", "config of the database",
            lambda r: r.db("perm").reconfigure(shards=1, replicas=1)),
    Example("rebalance", "config of the database", lambda r: r.db("perm").rebalance()),
    Example("index_create", "config", lambda r: table(r).index_create("new"),
            lambda r: table(r).index_drop("new")),
    Example("index_drop", "config", lambda r: table(r).index_drop("spare"),
            lambda r: table(r).index_create("spare")),
    Example("index_rename", "config", lambda r: table(r).index_rename("spare", "other"),
            lambda r: table(r).index_rename("other", "spare")),
    Example("set_write_hook", "config",
            lambda r: r.db("perm").table("hooked").set_write_hook(None),
            lambda r: r.db("perm").table("hooked").set_write_hook(lambda c, o, n: n)),
    Example("get_write_hook", "config", lambda r: r.db("perm").table("hooked").get_write_hook()),
    Example("table_create", "config of the database", lambda r: r.db("perm").table_create("new"),
            lambda r: r.db("perm").table_drop("new")),
    Example("table_drop", "config", lambda r: r.db("perm").table_drop("spare"),
            lambda r: r.db("perm").table_create("spare")),
    Example("db_drop", "config of the database", lambda r: r.db_drop("spare_perm"),
            lambda r: r.db_create("spare_perm")),
    Example("db_create", "config of the server", lambda r: r.db_create("new_perm"),
            lambda r: r.db_drop("new_perm")),
    Example("grant", "write of `rethinkdb.permissions`",
            lambda r: r.grant("bystander", {"read": False})),
]


def other_durability(r):
    return lambda row: {"durability": r.branch(row["durability"] == "hard", "soft", "hard")}


def rename_database(r, old, new):
    return r.db("rethinkdb").table("db_config").filter({"name": old}).update({"name": new})


# What is not a term of its own.
FURTHER = [
    ("read+write+config", lambda r: table(r).insert({"id": 1}, conflict="update",
                                                    ignore_write_hook=True)),
    ("read users", lambda r: r.db("rethinkdb").table("users")),
    ("read users", lambda r: r.db("rethinkdb").table("users").get("admin")),
    ("read users", lambda r: r.db("rethinkdb").table("users").info()),
    ("read db_config", lambda r: r.db("rethinkdb").table("db_config")),
    ("read server_status", lambda r: r.db("rethinkdb").table("server_status").count()),
    ("write users", lambda r: r.db("rethinkdb").table("users").get("bystander").update(
        {"password": False})),
    ("write permissions", lambda r: r.db("rethinkdb").table("permissions").get(["bystander"])
        .update({"permissions": {"read": False}})),
    # What changes nothing needs no right to the object: each of these changes something.
    ("write table_config + config", lambda r: table(r).config().update(other_durability(r))),
    ("write table_config + config", lambda r: r.db("rethinkdb").table("table_config").filter(
        {"db": "perm", "name": "t"}).update(other_durability(r))),
    ("write db_config + config of the database",
     lambda r: rename_database(r, "perm", "perm_renamed"),
     lambda r: rename_database(r, "perm_renamed", "perm")),
    ("read redis", lambda r: r.db("redis").table("db0").get("k")),
    ("read redis", lambda r: r.db("redis").table("db0").count()),
    ("read redis", lambda r: r.db("redis").table("db0").changes()),
    ("write redis", lambda r: r.db("redis").table("db0").get("k").delete()),
]


def users() -> dict[str, list]:
    out: dict[str, list] = {"nobody": [], "connects": [({"connect": True}, None, None)]}
    scopes = {"all": (None, None), "perm": ("perm", None), "t": ("perm", "t"),
              "hooked": ("perm", "hooked"), "spare": ("perm", "spare"),
              "spare_perm": ("spare_perm", None), "system": ("rethinkdb", None),
              "users": ("rethinkdb", "users"), "permissions": ("rethinkdb", "permissions"),
              "redis": ("redis", None), "db0": ("redis", "db0")}
    for name, scope in scopes.items():
        for permission in ALL:
            out[f"{permission}-{name}"] = [({permission: True}, *scope)]
        out[f"writer-{name}"] = [({"read": True, "write": True}, *scope)]
        out[f"everything-{name}"] = [(ALL, *scope)]
    out["not-t"] = [(ALL, None, None), ({"read": False, "config": False}, "perm", "t")]
    out["not-perm"] = [(ALL, None, None), ({"write": False}, "perm", None)]
    out["t-after-all"] = [({"read": False}, "perm", None), (ALL, "perm", "t")]
    out["owner"] = [(ALL, None, None), (ALL, "rethinkdb", None)]
    return out


TABLES = {"perm": ("t", "hooked", "spare"), "spare_perm": ()}


def target_of(example: Example) -> tuple[str, str]:
    """Which database and table an example is about."""
    if example.term in ("set_write_hook", "get_write_hook"):
        return "perm", "hooked"
    if example.term == "table_drop":
        return "perm", "spare"
    return ("spare_perm" if example.term == "db_drop" else "perm"), "t"


def expected(rights: Rights, example: Example) -> bool:
    database, name = target_of(example)
    if example.needs == "nothing":
        return True
    if example.needs in ("read", "write", "config"):
        return rights.allow(example.needs, database, name)
    if example.needs == "config of the server":
        return rights.allow("config")
    if example.needs == "config of the database":
        # What is done to a database is done to its tables; making one is not.
        each = TABLES[database] if example.term in ("reconfigure", "rebalance", "db_drop") else ()
        return rights.allow("config", database) and all(
            rights.allow("config", database, one) for one in each)
    assert example.needs == "write of `rethinkdb.permissions`", example
    return rights.allow("write", "rethinkdb", "permissions")


def expected_of(rights: Rights, needs: str) -> bool:
    def one(need: str) -> bool:
        if need == "read+write+config":
            return rights.allow("write", "perm", "t") and rights.allow("config", "perm", "t")
        if need == "config":
            return rights.allow("config", "perm", "t")
        if need == "config of the database":
            return rights.allow("config", "perm")
        permission, name = need.split()
        if name == "redis":
            return rights.allow(permission, "redis", "db0")
        return rights.allow(permission, "rethinkdb", name)
    return all(one(need) for need in needs.split(" + "))


@pytest.fixture(name="world")
def fixture_world(r, own_server):
    host, port = own_server.addresses["rethinkdb"]
    admin = r.connect(host=host, port=port, timeout=30)
    r.db_create("perm").run(admin)
    r.db_create("spare_perm").run(admin)
    for name in TABLES["perm"]:
        r.db("perm").table_create(name).run(admin)
    table(r).index_create("a").run(admin)
    table(r).index_create("spare").run(admin)
    table(r).index_create("g", geo=True).run(admin)
    table(r).index_wait().run(admin)
    table(r).insert({"id": 1, "a": 1, "g": r.point(0, 0)}).run(admin)
    r.db("perm").table("hooked").set_write_hook(lambda c, o, n: n).run(admin)
    with resp.Connection(host, own_server.addresses["redis"][1]) as redis:
        redis.call("SET", "k", "v")
    World.make(r, admin, "bystander", [({"read": False}, None, None)])
    yield World(r, own_server, admin)
    admin.close(noreply_wait=False)


class World:
    def __init__(self, r, server: Server, admin):
        self.r, self.server, self.admin = r, server, admin

    @staticmethod
    def make(r, admin, name: str, grants: list) -> None:
        r.db("rethinkdb").table("users").insert(
            {"id": name, "password": {"password": "p", "iterations": 1}},
            conflict="replace").run(admin)
        for permissions, database, name_of_table in grants:
            scope = r if database is None else r.db(database)
            scope = scope if name_of_table is None else scope.table(name_of_table)
            scope.grant(name, permissions).run(admin)

    def user(self, name: str, grants: list):
        self.make(self.r, self.admin, name, grants)
        return self.login(name)

    def login(self, name: str):
        host, port = self.server.addresses["rethinkdb"]
        return self.r.connect(host=host, port=port, user=name, password="p", timeout=30)

    def grant(self, name: str, permissions: dict, scope=None) -> None:
        (scope or self.r).grant(name, permissions).run(self.admin)


def allowed(query, conn) -> bool:
    try:
        answer = query.run(conn)
        if hasattr(answer, "close"):
            answer.close()
        # Writes tell of the rows that they were not allowed to change.
        return not (isinstance(answer, dict) and "does not have" in answer.get("first_error", ""))
    except ReqlPermissionError:
        return False
    except ReqlOpFailedError as error:
        assert "does not have" not in str(error), error
        return True


def test_users_may_what_their_grants_say(r, world):
    wrong = []
    for name, grants in users().items():
        conn = world.user(name, grants)
        rights = Rights(grants)
        for example in EXAMPLES:
            may = allowed(example.query(r), conn)
            if may and example.undo:
                example.undo(r).run(world.admin)
            if may != expected(rights, example):
                wrong.append(f"{name}: {example.query(r)} {'allowed' if may else 'refused'}")
        for needs, query, *undo in FURTHER:
            may = allowed(query(r), conn)
            if may and undo:
                undo[0](r).run(world.admin)
            if may != expected_of(rights, needs):
                wrong.append(f"{name}: {query(r)} {'allowed' if may else 'refused'}")
        conn.close(noreply_wait=False)
    assert wrong == []


def test_the_page_says_the_same():
    page = SECURITY_PAGE.read_text(encoding="utf-8")
    said: dict[str, set[str]] = {}
    for line in page[page.index("| needs | ReQL terms |"):].splitlines()[2:]:
        if not line.startswith("|"):
            break
        needs, names = (cell.strip() for cell in line.strip("|").split("|"))
        said[needs] = set(names.strip("`").split("`, `"))
    examples: dict[str, set[str]] = {}
    for example in EXAMPLES:
        if not example.term.startswith("("):
            examples.setdefault(example.needs, set()).add(example.term)
    assert said == examples


def test_definitions_of_indexes_are_told_to_those_who_may_read_or_configure(r, world):
    for name, grants, shown in (("none", [], False),
                                ("reader", [({"read": True}, "perm", "t")], True),
                                ("maker", [({"config": True}, "perm", "t")], True)):
        conn = world.user(name, grants)
        for query in (table(r).index_status(), table(r).index_wait()):
            for row in query.run(conn):
                assert ("function" in row, "query" in row) == (shown, shown), name
        conn.close(noreply_wait=False)


def test_a_database_with_a_table_that_is_not_ones_own_cannot_be_dropped(r, world):
    conn = world.user("u", [(ALL, "perm", None), ({"config": False}, "perm", "hooked")])
    with pytest.raises(ReqlPermissionError):
        r.db_drop("perm").run(conn)
    assert "perm" in r.db_list().run(world.admin)


@pytest.mark.parametrize("gone", ["revoked", "deleted"])
def test_what_goes_on_ends_with_the_right(r, world, gone):
    """Cursors between batches and feeds that are waited for, by the change alone."""
    table(r).insert(r.range(2, 5000).map(lambda i: {"id": i})).run(world.admin)
    conn = world.user("u", [({"read": True}, None, None)])
    conn_of_feeds = [world.login("u") for _ in range(4)]
    cursor = table(r).run(conn, max_batch_rows=8, first_batch_scaledown_factor=1)
    next(cursor)
    feeds = [query.run(one) for query, one in zip(
        (table(r).changes(), table(r).get(1).changes(),
         table(r).order_by(index="a").limit(2).changes(),
         r.db("redis").table("db0").changes()), conn_of_feeds)]
    if gone == "deleted":
        r.db("rethinkdb").table("users").get("u").delete().run(world.admin)
    else:
        world.grant("u", {"read": False})
    for feed in feeds:
        with pytest.raises(ReqlPermissionError):
            feed.next(wait=20)
    with pytest.raises(ReqlPermissionError):
        list(cursor)
    if gone == "deleted":
        with pytest.raises(ReqlPermissionError):
            r.db_list().run(conn)


def test_the_password_of_an_administrator_whom_others_reach_stays(r, tmp_path):
    environment = {"OCTAVO_INITIAL_PASSWORD": "first"}
    with Server(tmp_path / "data", arguments=("--bind", "0.0.0.0"),
                environment=environment) as server:
        port = server.addresses["rethinkdb"][1]
        conn = r.connect(host="127.0.0.1", port=port, password="first", timeout=30)
        me = r.db("rethinkdb").table("users").get("admin")
        for password in (False, ""):
            answer = me.update({"password": password}).run(conn)
            assert answer["errors"] == 1
            assert "must have a password" in answer["first_error"]
        assert me.update({"password": "second"}).run(conn)["replaced"] == 1
        with pytest.raises(ReqlError):
            r.connect(host="127.0.0.1", port=port, timeout=30)
        conn.close(noreply_wait=False)
