"""Commands and their replies, as data: cases/*.json.

A file is a list of cases in Extended JSON (relaxed). A case runs in a database of its own:

    {"name": "…",
     "given": {"c": [document, …]},            documents of collections
     "steps": [{"run": command, "reply": {…}}, …]}

`reply` names fields of the reply and what they are, to the type of a number; {"$each": […]} is an
array whose documents name the fields that count. `error` says what is to be its code, and `errmsg`
its text. "$database" stands for the name of the database, `admin` for the
database that a step runs in.
"""

from __future__ import annotations

import json
import pathlib

import bson.json_util
import pymongo
import pytest
from bson.codec_options import CodecOptions
from pymongo.errors import OperationFailure

HERE = pathlib.Path(__file__).resolve().parent
CANONICAL = bson.json_util.JSONOptions(json_mode=bson.json_util.JSONMode.CANONICAL)
# Extended JSON as it is written by hand: a number without a point is an int.
RELAXED = bson.json_util.JSONOptions(json_mode=bson.json_util.JSONMode.RELAXED)


def cases() -> list:
    found = []
    for path in sorted((HERE / "cases").glob("*.json")):
        for case in json.loads(path.read_text(encoding="utf-8")):
            found.append(pytest.param(case, id=f"{path.stem}: {case['name']}"))
    return found


def read(document, database: str):
    text = json.dumps(document).replace("$database", database)
    return bson.json_util.loads(text, json_options=RELAXED)


def shown(value) -> str:
    return bson.json_util.dumps(value, json_options=CANONICAL)


@pytest.fixture(scope="module", name="client")
def client_of_server(server):
    host, port = server.addresses["mongodb"]
    with pymongo.MongoClient(host, port, directConnection=True) as client:
        yield client


@pytest.mark.parametrize("case", cases())
def test_case(client, case, request):
    name = f"case_{abs(hash(request.node.name)) % 10**12}"
    database = client.get_database(name, codec_options=CodecOptions(tz_aware=True))
    try:
        for collection, documents in case.get("given", {}).items():
            database[collection].insert_many(read(documents, name))
        for step in case["steps"]:
            check(client[step["in"]] if "in" in step else database, step, name)
    finally:
        client.drop_database(name)


def check(database, step, name: str):
    command = read(step["run"], name)
    if "error" in step:
        with pytest.raises(OperationFailure) as failed:
            database.command(command)
        assert failed.value.code == step["error"], failed.value.details
        if "errmsg" in step:
            assert failed.value.details["errmsg"] == step["errmsg"].replace("$database", name)
        return
    reply = database.command(command)
    compare(reply, read(step.get("reply", {}), name), "")


def compare(found, expected, place: str):
    """A document that is expected names the fields that count; all else is to be the same."""
    if isinstance(expected, dict) and list(expected) == ["$each"]:
        assert len(found) == len(expected["$each"]), f"{place} is {found}"
        for index, (one, wanted) in enumerate(zip(found, expected["$each"])):
            compare(one, wanted, f"{place}{index}.")
    elif isinstance(expected, dict) and isinstance(found, dict):
        for field, value in expected.items():
            assert field in found, f"{place}{field} is not in {found}"
            compare(found[field], value, f"{place}{field}.")
    else:
        assert shown(found) == shown(expected), place
