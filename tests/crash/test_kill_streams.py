"""Change streams and feeds under kill -9 of the server and of who reads them: each goes on where it was, and has told
every event once and in order.

Writers of three protocols number what they do. One whose connection ends looks, when the server is back, whether its
last write was made: so it is known exactly which events there must be. `OCTAVO_STREAM_SECONDS` is for how long.
"""

from __future__ import annotations

import contextlib
import os
import pathlib
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable

import pymongo
import pymysql
import pytest
from pymongo.errors import ConnectionFailure, OperationFailure

from lib import ports
from lib.patience import patient
from lib.server import Server
from stream_reader import DATABASE, READERS, TABLES, events

SECONDS = float(os.environ.get("OCTAVO_STREAM_SECONDS", "8"))
SEED = int(os.environ.get("OCTAVO_STREAM_SEED", str(random.randrange(1 << 30))))
PROGRAM = pathlib.Path(__file__).with_name("stream_reader.py")
MARK = "mark"
NO_SUCH_TRANSACTION = 251
TURNS = 1500  # of all writers in a round
ROUND_S = 8.0  # then writers wait until the readers have caught up
TAIL_BYTES = 1 << 16  # of a journal, in which the marks are when nobody else writes
MOST_ROWS = 8  # of a writer in a table, beside those that it deletes again


class Lost(Exception):
    """The connection is gone: the write may have been made."""


class Turns:
    """Writers write, or nobody does. A round has so many turns that readers on a busy machine come after."""

    def __init__(self):
        self.changed = threading.Condition()
        self.paused = False
        self.writing = 0
        self.left = TURNS

    @contextlib.contextmanager
    def of_a_writer(self):
        with self.changed:
            self.changed.wait_for(lambda: not self.paused and self.left > 0)
            self.writing += 1
            self.left -= 1
        try:
            yield
        finally:
            with self.changed:
                self.writing -= 1
                self.changed.notify_all()

    @contextlib.contextmanager
    def of_nobody(self):
        with self.changed:
            self.paused = True
            assert self.changed.wait_for(lambda: self.writing == 0, patient(60)), "a write does not end"
        try:
            yield
        finally:
            with self.changed:
                self.paused = False
                self.left = TURNS
                self.changed.notify_all()


class Writer(threading.Thread):
    """Has rows of its own in both tables, by ids that begin with its name."""

    def __init__(self, server: Server, name: str, seed: int, turns: Turns, stop: threading.Event):
        super().__init__(daemon=True)
        self.turns = turns
        self.server = server
        self.name = name
        self.stop = stop
        self.generator = random.Random(seed)
        self.number = 0
        self.rows: dict[tuple[str, str], int] = {}  # table, id → the number of its last write
        self.wanted: list[list[dict]] = []  # events, by transaction
        self.failure: BaseException | None = None

    def run(self) -> None:
        try:
            while not self.stop.is_set():
                try:
                    self.connect_and(self.write_on)
                except Lost:
                    time.sleep(0.05)
        except BaseException as error:  # pylint: disable=broad-exception-caught
            self.failure = error

    def write_on(self, connection) -> None:
        while not self.stop.is_set():
            with self.turns.of_a_writer():
                changes = self.choose()
                try:
                    self.write(connection, changes)
                except Exception as error:
                    if not self.is_lost(error):
                        raise
                    self.look_until_known(changes)
                    raise Lost from error
                self.done(changes)

    def look_until_known(self, changes: list[dict]) -> None:
        """The first of them tells of all: they are of one transaction."""
        change = changes[0]
        while True:
            try:
                found: list[int | None] = []
                self.connect_and(lambda c: found.append(self.look(c, change["table"], change["id"])))
                if found[0] == change["n"]:
                    self.done(changes)
                return
            except Lost:
                time.sleep(0.05)

    def choose(self) -> list[dict]:
        tables = self.generator.choice([["a"], ["a"], ["b"], list(TABLES)])
        return [self.change(table) for table in tables]

    def change(self, table: str) -> dict:
        self.number += 1
        own = [one for where, one in self.rows if where == table]
        kind = "insert"
        if len(own) >= MOST_ROWS or (own and self.generator.random() < 0.6):
            kind = self.generator.choice(["update", "update", "replace", "delete"])
        name = self.generator.choice(own) if kind != "insert" else f"{self.name}-{self.number}"
        return {"kind": kind, "table": table, "id": name, "n": None if kind == "delete" else self.number}

    def done(self, changes: list[dict]) -> None:
        for change in changes:
            key = change["table"], change["id"]
            if change["kind"] == "delete":
                del self.rows[key]
            else:
                self.rows[key] = change["n"]
        self.wanted.append(changes)

    def connect_and(self, work: Callable) -> None:
        try:
            with self.connection() as connection:
                work(connection)
        except Exception as error:
            if self.is_lost(error):
                raise Lost from error
            raise

    def connection(self):
        raise NotImplementedError

    def is_lost(self, error: Exception) -> bool:
        """Whether it is the end of a connection."""
        raise NotImplementedError

    def write(self, connection, changes: list[dict]) -> None:
        raise NotImplementedError

    def look(self, connection, table: str, name: str) -> int | None:
        """The number that the row has; none if it is not there."""
        raise NotImplementedError


class MongodbWriter(Writer):
    def connection(self):
        return pymongo.MongoClient("127.0.0.1", self.server.ports["mongodb"], directConnection=True,
                                   retryWrites=False, retryReads=False, serverSelectionTimeoutMS=500)

    def is_lost(self, error):
        """Drivers repeat a commit, perhaps to a server that does not know of its transaction."""
        return isinstance(error, ConnectionFailure) or (
            isinstance(error, OperationFailure) and error.code == NO_SUCH_TRANSACTION)

    def write(self, connection, changes):
        if len(changes) == 1:
            self.one(connection, changes[0], None)
            return
        with connection.start_session() as session:
            session.start_transaction()
            for change in changes:
                self.one(connection, change, session)
            session.commit_transaction()

    @staticmethod
    def one(connection, change, session):
        collection = connection[DATABASE][change["table"]]
        name = {"_id": change["id"]}
        if change["kind"] == "insert":
            collection.insert_one({**name, "n": change["n"]}, session=session)
        elif change["kind"] == "update":
            collection.update_one(name, {"$set": {"n": change["n"]}}, session=session)
        elif change["kind"] == "replace":
            collection.replace_one(name, {"n": change["n"], "new": True}, session=session)
        else:
            collection.delete_one(name, session=session)

    def look(self, connection, table, name):
        row = connection[DATABASE][table].find_one({"_id": name})
        return row and row["n"]


class SqlWriter(Writer):
    @contextlib.contextmanager
    def connection(self):
        connection = pymysql.connect(host="127.0.0.1", port=self.server.ports["mysql"], user="root",
                                     database=DATABASE, autocommit=True)
        try:
            with connection.cursor() as cursor:
                yield cursor
        finally:
            connection._force_close()  # pylint: disable=protected-access

    def is_lost(self, error):
        """2xxx: the client's own; 1053: it stops."""
        if isinstance(error, pymysql.err.OperationalError):
            return error.args[0] == 1053 or 2000 <= error.args[0] < 3000
        return isinstance(error, (pymysql.err.InterfaceError, OSError))

    def choose(self):
        changes = super().choose()
        for change in changes:
            change["kind"] = change["kind"].replace("replace", "update")
        return changes

    def write(self, connection, changes):
        if len(changes) > 1:
            connection.execute("BEGIN")
        for change in changes:
            table, name, number = change["table"], change["id"], change["n"]
            if change["kind"] == "insert":
                connection.execute(f"INSERT INTO {table} (_id, n) VALUES ('{name}', {number})")
            elif change["kind"] == "update":
                connection.execute(f"UPDATE {table} SET n = {number} WHERE _id = '{name}'")
            else:
                connection.execute(f"DELETE FROM {table} WHERE _id = '{name}'")
            assert connection.rowcount == 1
        if len(changes) > 1:
            connection.execute("COMMIT")

    def look(self, connection, table, name):
        connection.execute(f"SELECT n FROM {table} WHERE _id = '{name}'")
        rows = connection.fetchall()
        return int(rows[0][0]) if rows else None


class ReqlWriter(Writer):
    def __init__(self, r, *arguments):
        super().__init__(*arguments)
        self.r = r

    @contextlib.contextmanager
    def connection(self):
        connection = self.r.connect("127.0.0.1", self.server.ports["rethinkdb"], db=DATABASE, timeout=10)
        try:
            yield connection
        finally:
            with contextlib.suppress(self.r.errors.ReqlError, OSError):
                connection.close(noreply_wait=False)

    def is_lost(self, error):
        errors = self.r.errors
        return isinstance(error, (errors.ReqlDriverError, errors.ReqlAvailabilityError, OSError))

    def choose(self):
        changes = super().choose()[:1]
        changes[0]["kind"] = changes[0]["kind"].replace("replace", "update")
        return changes

    def write(self, connection, changes):
        (change,) = changes
        row = self.r.table(change["table"]).get(change["id"])
        if change["kind"] == "insert":
            query = self.r.table(change["table"]).insert({"_id": change["id"], "n": change["n"]})
        else:
            query = row.update({"n": change["n"]}) if change["kind"] == "update" else row.delete()
        done = query.run(connection)
        assert done["inserted"] + done["replaced"] + done["deleted"] == 1, f"{change}: {dict(done)}"

    def look(self, connection, table, name):
        row = self.r.table(table).get(name).run(connection)
        return row and int(row["n"])


class Readers:
    """The process of stream_reader.py, which is killed and begins again."""

    def __init__(self, server: Server, folder: pathlib.Path):
        self.folder = folder
        self.command = [sys.executable, str(PROGRAM), str(folder), str(server.ports["mongodb"]),
                        str(server.ports["rethinkdb"])]
        self.process: subprocess.Popen | None = None
        self.marks = 0

    def __enter__(self) -> "Readers":
        self.start()
        return self

    def __exit__(self, *_exception) -> None:
        self.kill()

    def start(self) -> None:
        self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def expect_no_failure(self) -> None:
        for path in self.folder.glob("*.failed"):
            raise AssertionError(f"{path.stem}: {path.read_text(encoding='utf-8')}")
        assert self.process.poll() is None, "the readers have ended"

    def told(self, name: str) -> list[dict]:
        return list(events(self.folder / name))

    def wait_for_mark(self, server: Server) -> None:
        """Until all have told of a row that is written again and again: there is no event before the first of a
        stream is open, and none after the last that is not told by then."""
        self.marks += 1
        with pymongo.MongoClient("127.0.0.1", server.ports["mongodb"], directConnection=True) as client:
            deadline = time.monotonic() + patient(90)
            left = set(READERS)
            while left:
                if time.monotonic() > deadline:
                    self.complain(left)
                self.expect_no_failure()
                for table in TABLES:
                    client[DATABASE][table].update_one(
                        {"_id": MARK}, {"$set": {"n": self.marks}, "$inc": {"times": 1}}, upsert=True)
                time.sleep(0.2)
                left = {name for name in left if not self.has_mark(name)}

    def complain(self, behind: set[str]) -> None:
        """Whether they go on at all, and what their threads do."""
        sizes = [{name: (self.folder / name).stat().st_size for name in behind}]
        self.process.send_signal(signal.SIGUSR1)
        time.sleep(3)
        sizes.append({name: (self.folder / name).stat().st_size for name in behind})
        last = {name: list(events(self.folder / name, TAIL_BYTES))[-1:] for name in behind}
        raise AssertionError(f"these do not catch up: {sizes}, {last}\n"
                             f"{(self.folder / 'threads').read_text(encoding='utf-8')}")

    def has_mark(self, name: str) -> bool:
        tables = {name[-1]} if name[-2:-1] == "-" else set(TABLES)
        return tables <= {event["table"] for event in events(self.folder / name, TAIL_BYTES)
                          if event["id"] == MARK and event["n"] == self.marks}


def expect_all_once(told: list[dict], writer: Writer, tables: set[str], exact: bool) -> None:
    """Events of one transaction come one after the other, in no order that is said. `exact`: the stream tells what
    has replaced a row from what has changed it."""
    def plain(event):
        kind = event["kind"] if exact else event["kind"].replace("replace", "update")
        return kind, event["table"], event["id"], event["n"] or 0
    found = [plain(event) for event in told if event["id"].startswith(f"{writer.name}-")]
    place = 0
    for changes in writer.wanted:
        wanted = sorted(plain(change) for change in changes if change["table"] in tables)
        here = sorted(found[place:place + len(wanted)])
        assert here == wanted, f"{writer.name}, event {place}: {found[place - 3:place + 3]}, wanted {wanted}"
        place += len(wanted)
    assert place == len(found), found[place:]


def order(told: list[dict], table: str) -> list[tuple]:
    return [(event["id"], event["n"]) for event in told if event["table"] == table and event["id"] != MARK]


def kill_again_and_again(server: Server, readers: Readers, generator: random.Random, seconds: float) -> int:
    """How often."""
    kills = 0
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        time.sleep(generator.uniform(0.5, 2.5))
        readers.expect_no_failure()
        who = generator.choice(["server", "readers", "both"])
        kills += 1
        if who != "server":
            readers.kill()
        if who != "readers":
            assert server.alive(), server.log()
            server.kill()
            server.start()
        if who != "server":
            readers.start()
    return kills


@pytest.mark.timeout(SECONDS * 4 + 180)
def test_streams_go_on_where_they_were(r, tmp_path):
    print(f"seed {SEED}")
    generator = random.Random(SEED)
    turns = Turns()
    stop = threading.Event()
    kills = 0
    (tmp_path / "told").mkdir()
    with Server(tmp_path / "data", ports=ports.lasting()) as server:
        with pymongo.MongoClient("127.0.0.1", server.ports["mongodb"], directConnection=True) as client:
            for table in TABLES:
                client[DATABASE][table].insert_one({"_id": MARK, "n": 0})
        with Readers(server, tmp_path / "told") as readers:
            readers.wait_for_mark(server)
            writers: list[Writer] = [
                MongodbWriter(server, "mongo", generator.randrange(1 << 30), turns, stop),
                MongodbWriter(server, "other", generator.randrange(1 << 30), turns, stop),
                SqlWriter(server, "sql", generator.randrange(1 << 30), turns, stop),
                ReqlWriter(r, server, "reql", generator.randrange(1 << 30), turns, stop)]
            for writer in writers:
                writer.start()
            ends = time.monotonic() + SECONDS
            while time.monotonic() < ends:
                kills += kill_again_and_again(server, readers, generator, min(ROUND_S, SECONDS))
                with turns.of_nobody():
                    readers.wait_for_mark(server)
                for writer in writers:
                    if writer.failure is not None:
                        raise writer.failure
            stop.set()
            for writer in writers:
                writer.join(patient(60))
                assert not writer.is_alive()
            readers.wait_for_mark(server)
    told = {name: readers.told(name) for name in READERS}
    for name, found in told.items():
        tables = {name[-1]} if name[-2:-1] == "-" else set(TABLES)
        for writer in writers:
            if name == "sql-a" and writer.name != "sql":
                assert not any(event["id"].startswith(f"{writer.name}-") for event in found)
            else:
                expect_all_once(found, writer, tables, not name.startswith("table"))
    for table in TABLES:
        wanted = order(told["cluster"], table)
        for name in ("database", f"collection-{table}", f"table-{table}"):
            assert order(told[name], table) == wanted, f"{name} tells in another order than the cluster"
    count = sum(len(changes) for writer in writers for changes in writer.wanted)
    print(f"{count} changes, {kills} kills, {sum(map(len, told.values()))} events told")
    assert count > 0 and kills > 0
