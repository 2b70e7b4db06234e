"""The tools that come with RethinkDB's Python driver, at both of its releases: what one of them
takes out of the server, its counterpart brings back."""

from __future__ import annotations

import json
import subprocess

import pytest

from lib import venvs

DATABASE = "backup"
ROWS = 2500  # more than one batch of the tools


@pytest.fixture(params=["current", "era_2022"])
def tool(request, server):
    host, port = server.addresses["rethinkdb"]

    def run(name: str, *arguments: str) -> str:
        program = venvs.python(request.param).parent / f"rethinkdb-{name}"
        done = subprocess.run([str(program), "-c", f"{host}:{port}", *arguments], text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120,
                              check=False)
        assert done.returncode == 0, done.stdout[-4000:]
        return done.stdout

    return run


@pytest.fixture
def table(r, conn):
    r.db_create(DATABASE).run(conn)
    r.db(DATABASE).table_create("things", primary_key="key").run(conn)
    things = r.db(DATABASE).table("things")
    things.insert([document(r, i) for i in range(ROWS)]).run(conn)
    things.index_create("tags", multi=True).run(conn)
    things.index_create("size", lambda row: row["n"]["size"]).run(conn)
    things.index_create("place", geo=True).run(conn)
    things.index_wait().run(conn)
    things.set_write_hook(lambda context, old, new: new).run(conn)
    return things


def document(r, i: int) -> dict:
    return {"key": i, "n": {"size": i % 7, "list": [None, i / 4, "é\u0000\U0001f600"]},
            "tags": ["even" if i % 2 == 0 else "odd", "all"],
            "at": r.epoch_time(i).in_timezone("+01:00"), "raw": r.binary(bytes([i % 256, 0, 255])),
            "place": r.point(i % 90, 45)}


def contents(table, conn) -> dict[int, str]:
    rows = table.run(conn, time_format="raw", binary_format="raw")
    return {row["key"]: json.dumps(row, sort_keys=True) for row in rows}


def check(r, table, conn, before: dict[int, str], hook: bool = True) -> None:
    assert contents(table, conn) == before
    assert sorted(table.index_list().run(conn)) == ["place", "size", "tags"]
    assert table.index_status("place").run(conn)[0]["geo"]
    assert table.index_status("tags").run(conn)[0]["multi"]
    table.index_wait().run(conn)
    assert table.get_all("even", index="tags").count().run(conn) == (ROWS + 1) // 2
    assert table.get_all(3, index="size").count().run(conn) == len(range(3, ROWS, 7))
    near = table.get_intersecting(r.point(4, 45), index="place").count().run(conn)
    assert near == len(range(4, ROWS, 90))
    assert (table.get_write_hook().run(conn) is not None) == hook


def test_dump_and_restore(r, conn, table, tool, tmp_path):
    before = contents(table, conn)
    file = tmp_path / "dump.tar.gz"
    tool("dump", "-e", f"{DATABASE}.things", "-f", str(file))
    r.db_drop(DATABASE).run(conn)
    tool("restore", str(file))
    check(r, table, conn, before)
    table.delete().run(conn)
    tool("restore", str(file), "--force")  # onto the table that is there
    check(r, table, conn, before)


def test_export_and_import_of_a_directory(r, conn, table, tool, tmp_path):
    before = contents(table, conn)
    folder = tmp_path / "export"
    tool("export", "-e", DATABASE, "-d", str(folder))
    r.db_drop(DATABASE).run(conn)
    tool("import", "-d", str(folder))
    check(r, table, conn, before)


def test_csv(r, conn, table, tool, tmp_path):
    folder = tmp_path / "export"
    tool("export", "-e", f"{DATABASE}.things", "-d", str(folder), "--format", "csv",
         "--fields", "key,tags")
    r.db(DATABASE).table_create("plain", primary_key="key").run(conn)
    tool("import", "-f", str(folder / DATABASE / "things.csv"), "--table", f"{DATABASE}.plain",
         "--format", "csv", "--pkey", "key", "--force")
    plain = r.db(DATABASE).table("plain")
    assert plain.count().run(conn) == ROWS
    assert plain.get("7").run(conn) == {"key": "7", "tags": '["odd", "all"]'}


def test_indexes_are_rebuilt_in_place(r, conn, table, tool):
    before = contents(table, conn)
    tool("index-rebuild", "-r", f"{DATABASE}.things")  # all, as none is outdated
    tool("index-rebuild")
    check(r, table, conn, before)


def test_a_dump_of_everything_holds_the_tables(r, conn, table, tool, tmp_path, redis):
    redis.call("SET", "greeting", "hello")  # keys are no part of it (docs/protocols/rethinkdb.md)
    before = contents(table, conn)
    file = tmp_path / "all.tar.gz"
    tool("dump", "-f", str(file))
    r.db_drop(DATABASE).run(conn)
    tool("restore", str(file))
    check(r, table, conn, before)
