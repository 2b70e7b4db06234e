"""Fixtures of every folder of tests."""

from __future__ import annotations

import pathlib

import pytest

from lib import resp
from lib.patience import patient
from lib.server import Server


def pytest_collection_modifyitems(config, items):
    for item in items:
        own = item.get_closest_marker("timeout")
        seconds = own.args[0] if own else float(config.getini("timeout"))
        item.add_marker(pytest.mark.timeout(patient(seconds)), append=False)


@pytest.fixture(scope="session")
def server():
    """One server for all tests that leave it as they found it, or use names of their own."""
    with Server() as running:
        yield running


@pytest.fixture
def own_server(tmp_path: pathlib.Path):
    """A server that a test may stop, kill or fill."""
    with Server(tmp_path / "data") as running:
        yield running


@pytest.fixture
def redis(server):
    with resp.Connection(*server.addresses["redis"]) as connection:
        connection.call("FLUSHALL")
        yield connection


@pytest.fixture(scope="session")
def r():
    from rethinkdb import RethinkDB  # only in the environment of the clients
    return RethinkDB()


def drop_tables(r, connection):
    """Those of `test`. Tables that foreign keys of others refer to go after these."""
    names = r.db("test").table_list().run(connection)
    while names:
        left = []
        for name in names:
            try:
                r.db("test").table_drop(name).run(connection)
            except r.errors.ReqlQueryLogicError as error:
                refusal = error
                left.append(name)
        if left == names:
            raise refusal
        names = left


@pytest.fixture
def conn(r, server):
    host, port = server.addresses["rethinkdb"]
    connection = r.connect(host=host, port=port, timeout=30)
    for name in r.db_list().run(connection):
        if name not in ("rethinkdb", "test", "redis"):
            r.db_drop(name).run(connection)
    drop_tables(r, connection)
    yield connection
    if connection.is_open():
        connection.close(noreply_wait=False)
