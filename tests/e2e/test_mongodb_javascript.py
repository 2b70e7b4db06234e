"""MongoDB's JavaScript clients: the driver, Mongoose, mongosh."""

from __future__ import annotations

import pathlib

import pytest

from lib import node

PROGRAMS = pathlib.Path(__file__).resolve().parent / "programs"
CLIENTS = "js-mongodb"

pytestmark = pytest.mark.skipif(not node.available(), reason="Node.js is not installed")


def uri_of(server) -> str:
    host, port = server.addresses["mongodb"]
    return f"mongodb://{host}:{port}/?replicaSet=rs0"


@pytest.mark.parametrize("program", ["mongodb_tour.js", "mongoose_tour.js"])
def test_program(server, program):
    assert node.run(PROGRAMS / program, uri_of(server), clients=CLIENTS) == "ok\n"


def test_mongosh(server, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))  # where it keeps its settings and logs
    shell = node.install(CLIENTS) / "mongosh" / "bin" / "mongosh.js"
    said = node.run(shell, "--quiet", "--norc", uri_of(server), PROGRAMS / "mongosh_tour.js",
                    clients=CLIENTS)
    assert said.splitlines()[-1] == "ok"
