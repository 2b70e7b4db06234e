#!/usr/bin/env python3
"""Follows change streams of MongoDB and feeds of RethinkDB, each into a file, and goes on there after any end of
itself or of the server: `stream_reader.py FOLDER MONGODB-PORT RETHINKDB-PORT`.

A line is where to go on, and an event or nothing. It is written whole before the next event is asked for; of one that
was not finished when the process ended nothing is left at the next start.
"""

from __future__ import annotations

import faulthandler
import os
import pathlib
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator

import pymongo
from bson import json_util
from pymongo.errors import ConnectionFailure
from rethinkdb import RethinkDB

DATABASE = "streams"
TABLES = ("a", "b")
SMALL = {"batch_size": 20, "max_await_time_ms": 100}


class Journal:
    def __init__(self, path: pathlib.Path):
        self.file = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        data = os.pread(self.file, os.fstat(self.file).st_size, 0)
        whole = data[:data.rfind(b"\n") + 1]
        os.ftruncate(self.file, len(whole))
        os.lseek(self.file, len(whole), os.SEEK_SET)
        lines = whole.splitlines()
        self.place = json_util.loads(lines[-1])["place"] if lines else None

    def add(self, place, event: dict | None) -> None:
        line = json_util.dumps({"place": place, "event": event}).encode() + b"\n"
        assert os.write(self.file, line) == len(line)
        self.place = place


Follow = Callable[[Journal, int], None]


def follow_mongodb(scope: Callable, **options) -> Follow:
    def follow(journal: Journal, port: int) -> None:
        with pymongo.MongoClient("127.0.0.1", port, directConnection=True, serverSelectionTimeoutMS=500) as client:
            if journal.place is not None:
                options["resume_after"] = journal.place
            with scope(client).watch(**options) as stream:
                while stream.alive:
                    event = stream.try_next()
                    if event is not None:
                        journal.add(event["_id"], mongodb_event(event))
                    elif stream.resume_token not in (None, journal.place):
                        journal.add(stream.resume_token, None)
    return follow


def mongodb_event(event: dict) -> dict:
    return {"kind": event["operationType"], "table": event["ns"]["coll"], "id": event["documentKey"]["_id"],
            "n": event.get("fullDocument", {}).get("n"),
            "transaction": str(event["lsid"]["id"]) + str(event["txnNumber"]) if "lsid" in event else None}


def follow_rethinkdb(table: str) -> Follow:
    r = RethinkDB()

    def follow(journal: Journal, port: int) -> None:
        connection = r.connect("127.0.0.1", port, timeout=10)
        options = {"include_cursor": True}
        if journal.place is not None:
            options["resume_after"] = journal.place
        for event in r.db(DATABASE).table(table).changes(**options).run(connection):
            journal.add(event["cursor"], rethinkdb_event(table, event))
    return follow


def rethinkdb_event(table: str, event: dict) -> dict:
    old, new = event["old_val"], event["new_val"]
    kind = "insert" if old is None else "delete" if new is None else "update"
    return {"kind": kind, "table": table, "id": (new or old)["_id"], "n": new and int(new["n"]), "transaction": None}


# By the names of their files: where to, and how.
READERS: dict[str, tuple[str, Follow]] = {
    "collection-a": ("mongodb", follow_mongodb(lambda c: c[DATABASE].a, full_document="updateLookup")),
    "sql-a": ("mongodb", follow_mongodb(lambda c: c[DATABASE].a, full_document="updateLookup", pipeline=[
        {"$match": {"documentKey._id": {"$regex": "^(sql-|mark$)"}}}])),
    "collection-b": ("mongodb", follow_mongodb(lambda c: c[DATABASE].b, full_document="updateLookup", **SMALL)),
    "database": ("mongodb", follow_mongodb(lambda c: c[DATABASE], full_document="updateLookup", **SMALL)),
    "cluster": ("mongodb", follow_mongodb(lambda c: c, full_document="updateLookup")),
    "table-a": ("rethinkdb", follow_rethinkdb("a")),
    "table-b": ("rethinkdb", follow_rethinkdb("b")),
}


def follow_for_good(name: str, folder: pathlib.Path, ports: dict[str, int]) -> None:
    protocol, follow = READERS[name]
    errors = RethinkDB().errors
    lost = (ConnectionFailure, OSError, errors.ReqlDriverError, errors.ReqlAvailabilityError)
    journal = Journal(folder / name)
    while True:
        try:
            follow(journal, ports[protocol])
        except lost:
            time.sleep(0.05)
        except BaseException as error:  # what is no end of a connection is told to whoever started this
            (folder / f"{name}.failed").write_text(f"{type(error).__name__}: {error}", encoding="utf-8")
            os._exit(1)


def events(path: pathlib.Path, last_bytes: int | None = None) -> Iterator[dict]:
    """What a journal has, whole lines alone; or what the end of it has."""
    data = b""
    if path.exists():
        with open(path, "rb") as file:
            if last_bytes is not None:
                file.seek(max(path.stat().st_size - last_bytes, 0))
                file.readline()  # the rest of a line, perhaps
            data = file.read()
    for line in data[:data.rfind(b"\n") + 1].splitlines():
        event = json_util.loads(line)["event"]
        if event is not None:
            yield event


if __name__ == "__main__":
    with open(pathlib.Path(sys.argv[1]) / "threads", "w", encoding="utf-8") as file:
        faulthandler.register(signal.SIGUSR1, os.dup(file.fileno()))  # tells where each is
    where = {"mongodb": int(sys.argv[2]), "rethinkdb": int(sys.argv[3])}
    threads = [threading.Thread(target=follow_for_good, args=(name, pathlib.Path(sys.argv[1]), where))
               for name in READERS]
    for thread in threads:
        thread.start()
