"""The tables of database `rethinkdb`: computed when they are read, and used like others."""

from __future__ import annotations

import pytest

from lib.server import Server


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with Server(tmp_path_factory.mktemp("system") / "data") as one:
        yield one


@pytest.fixture(scope="module")
def conn(r, server):
    host, port = server.addresses["rethinkdb"]
    connection = r.connect(host=host, port=port)
    r.db_create("shop").run(connection)
    for name in ("orders", "books"):
        r.db("shop").table_create(name).run(connection)
    r.db("shop").table("orders").insert(
        [{"id": 1, "by": "ann"}, {"id": 2, "by": "bob"}, {"id": 3}]).run(connection)
    r.db("rethinkdb").table("users").insert({"id": "ann", "password": "secret"}).run(connection)
    return connection


def system(r, name, **options):
    return r.db("rethinkdb").table(name, **options)


def test_joins_find_their_rows(r, conn):
    by_id = system(r, "table_config").eq_join("id", system(r, "table_status")).run(conn)
    assert {row["left"]["name"] for row in by_id} == {"orders", "books"}
    assert all(row["left"]["name"] == row["right"]["name"] for row in by_id)
    databases = (system(r, "table_config", identifier_format="uuid")
                 .eq_join("db", system(r, "db_config")))
    assert [row["right"]["name"] for row in databases.run(conn)] == ["shop", "shop"]
    # From rows that are stored to rows that are computed.
    known = r.db("shop").table("orders").eq_join("by", system(r, "users"))
    assert [row["left"]["id"] for row in known.run(conn)] == [1]
    assert known.count().run(conn) == 1


def test_ranges_orders_and_lookups(r, conn):
    users = system(r, "users")
    assert [row["id"] for row in users.order_by(index="id").run(conn)] == ["admin", "ann"]
    assert [row["id"] for row in users.order_by(index=r.desc("id")).run(conn)] == ["ann", "admin"]
    assert [row["id"] for row in users.between("an", r.maxval).run(conn)] == ["ann"]
    assert [row["id"] for row in users.get_all("ann", "nobody").run(conn)] == ["ann"]
    assert users.count().run(conn) == 2
    assert users.get("nobody").run(conn) is None


def test_a_write_sees_the_one_before(r, conn):
    made = system(r, "db_config").insert([{"name": "twice"}, {"name": "twice"}]).run(conn)
    assert (made["inserted"], made["errors"]) == (1, 1)
    assert "`twice` already exists" in made["first_error"]
    gone = system(r, "db_config").filter({"name": "twice"}).delete().run(conn)
    assert gone["deleted"] == 1
    assert "twice" not in r.db_list().run(conn)
    refused = system(r, "stats").insert({"id": 1}).run(conn)
    assert refused["first_error"] == "It's illegal to write to the `rethinkdb.stats` table."


def test_a_write_may_read_system_tables_itself(r, conn):
    changed = system(r, "users").get("ann").update(
        {"password": system(r, "users").count().coerce_to("string")}, non_atomic=True).run(conn)
    assert changed["replaced"] + changed["unchanged"] == 1, changed


def test_grants_open_a_table_in_each_form_and_in_joins(r, server, conn):
    system(r, "users").insert({"id": "eve", "password": "secret"}).run(conn)
    r.db("shop").grant("eve", {"read": True}).run(conn)
    host, port = server.addresses["rethinkdb"]
    eve = r.connect(host=host, port=port, user="eve", password="secret")
    joined = r.db("shop").table("orders").eq_join("by", system(r, "users"))
    for query in (system(r, "users"), system(r, "users").get("eve"), system(r, "users").count(),
                  system(r, "users").changes(), joined):
        with pytest.raises(r.errors.ReqlPermissionError):
            query.run(eve)
    system(r, "users").grant("eve", {"read": True}).run(conn)
    assert len(list(joined.run(eve))) == 1
    assert system(r, "users", identifier_format="uuid").get("eve").run(eve)["id"] == "eve"
    with pytest.raises(r.errors.ReqlPermissionError):
        system(r, "users").insert({"id": "mallory", "password": False}).run(eve)
    with pytest.raises(r.errors.ReqlError, match="system tables are not supported yet"):
        system(r, "users").changes().run(eve)
