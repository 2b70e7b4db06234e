"""Drivers of other languages, by programs of their own: mysql2 (Node.js) and go-sql-driver/mysql."""

from __future__ import annotations

import json
import pathlib
import re

import pytest

from lib import golang, node

USER, PASSWORD = "driver", "sésame"
MYSQL2 = pathlib.Path(__file__).resolve().parent / "programs" / "mysql2_cases.js"
MYSQL2_CASES = re.findall(r"^cases\.(\w+) =", MYSQL2.read_text(encoding="utf-8"), re.M)


def address(server) -> str:
    return "{}:{}".format(*server.addresses["mysql"])


@pytest.fixture(scope="module")
def mysql2(served) -> dict[str, str | None]:
    """What was wrong with each case, or None."""
    host, port = served.addresses["mysql"]
    options = {"host": host, "port": port, "certificate": served.certificate, "user": USER,
               "password": PASSWORD}
    lines = node.run(MYSQL2, json.dumps(options)).splitlines()
    return {one["name"]: one["wrong"] for one in map(json.loads, lines)}


@pytest.mark.skipif(not node.available(), reason="Node.js is not installed")
@pytest.mark.parametrize("case", MYSQL2_CASES)
def test_mysql2(mysql2, case):
    assert mysql2[case] is None, mysql2[case]


@pytest.fixture(scope="module")
def go_driver(served) -> dict[str, tuple[str, str]]:
    return golang.run({"OCTAVO_MYSQL": address(served), "OCTAVO_CERTIFICATE": served.certificate})


@pytest.mark.skipif(not golang.available(), reason="Go 1.24 or later is not installed")
@pytest.mark.parametrize("function", golang.names())
def test_go_sql_driver(go_driver, function):
    ended, told = go_driver[function]
    assert ended == "PASS", told
