"""`octavo import --mongodb-uri` from one server to another: everything is what it is there, whatever happens
meanwhile."""

from __future__ import annotations

import datetime
import decimal
import os
import re
import signal
import socket
import subprocess
import threading
import time
import uuid

import bson
import client
import pymongo
import pytest
from lib import server as servers
from lib.patience import patient
from lib.server import Server

LIMIT_S = patient(60)


def command(source, target, *more):
    """A target that is a path is a data folder."""
    words = [str(servers.binary()), "import", "--mongodb-uri", client.uri(source)]
    if isinstance(target, Server):
        words += ["--mongodb-target", client.uri(target)]
    else:
        words += ["--data", str(target), "--log-level", "warning"]
    return [*words, *more]


def run(source, target, *more):
    return subprocess.run(command(source, target, *more), check=False, capture_output=True, text=True,
                          timeout=LIMIT_S)


class Running:
    """An import that goes on beside the test; `lines` are what it has said."""

    def __init__(self, source, target, *more):
        self.process = subprocess.Popen(command(source, target, *more), text=True,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.lines = []
        self.news = threading.Condition()
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        for line in self.process.stderr:
            with self.news:
                self.lines.append(line.rstrip("\n"))
                self.news.notify_all()
        with self.news:
            self.lines.append(None)
            self.news.notify_all()

    def wait_for(self, pattern, begin=0):
        """The number of the first line from `begin` on that has it."""
        def found():
            return next((i for i, line in enumerate(self.lines[begin:], begin)
                         if line is None or re.search(pattern, line)), None)
        with self.news:
            assert self.news.wait_for(lambda: found() is not None, LIMIT_S), self.lines
            at = found()
            assert self.lines[at] is not None, self.lines
            return at

    def end(self, number=signal.SIGINT):
        """Its exit code and what it said at the end."""
        if number is not None:
            self.process.send_signal(number)
        code = self.process.wait(timeout=LIMIT_S)
        self.reader.join()
        return code, self.process.stdout.read()


@pytest.fixture(name="target")
def target_server(tmp_path):
    with Server(tmp_path / "target") as running:
        yield running


TYPES = {
    "double": 1.5, "nan": float("nan"), "minus_zero": -0.0, "string": "Zoë \U0001f600", "empty": "",
    "document": {"a": {"b": [1, {"c": None}]}, "": 0}, "array": [1, [2, []], {}], "binary": b"\x00\xff",
    "subtype": bson.Binary(b"abc", 128), "uuid": bson.Binary.from_uuid(uuid.UUID(int=7)),
    "object_id": bson.ObjectId("0123456789abcdef01234567"), "true": True, "null": None,
    "date": datetime.datetime(1969, 12, 31, 23, 59, 59, 1000, tzinfo=datetime.timezone.utc),
    "regex": bson.Regex("^a.*b", "imsx"), "javascript": bson.Code("f()"), "scoped": bson.Code("f()", {"a": 1}),
    "int32": 7, "timestamp": bson.Timestamp(5, 6), "int64": bson.Int64(7), "large": 2**62,
    "decimal": bson.Decimal128(decimal.Decimal("1.10")), "min": bson.MinKey(), "max": bson.MaxKey(),
}
IDS = [1, 2.5, bson.Int64(2**60), "a", "", None, {"a": 1}, b"\x01", True, bson.ObjectId(),
       datetime.datetime(2020, 1, 1), bson.Timestamp(1, 1), bson.MinKey(), bson.MaxKey(),
       bson.Binary(b"x", 128), bson.Decimal128("3.25")]


def fill(connection):
    shop = connection["shop"]
    shop["types"].insert_many([{"_id": id_, "n": i, **TYPES} for i, id_ in enumerate(IDS)])
    shop["orders"].insert_many([{"_id": i, "who": f"user{i % 17}", "total": i * 1.5, "tags": ["a", str(i % 3)],
                                 "text": "blue shoes" if i % 2 else "red hat", "more": {"x": i % 5},
                                 "place": {"type": "Point", "coordinates": [i % 90, i % 45]}}
                                for i in range(2500)])
    shop["orders"].create_index([("who", 1), ("total", -1)])
    shop["orders"].create_index("serial", unique=True, sparse=True)
    shop["orders"].create_index("total", name="dear", partialFilterExpression={"total": {"$gt": 3000}})
    shop["orders"].create_index([("text", "text"), ("who", "text")], weights={"text": 3}, default_language="french")
    shop["orders"].create_index([("place", "2dsphere")])
    shop["orders"].create_index([("who", "hashed")])
    shop["orders"].create_index([("more.$**", 1)])
    shop["orders"].create_index("until", expireAfterSeconds=3600)
    shop["orders"].create_index("who", name="who_ci", collation={"locale": "de", "strength": 2})
    shop.create_collection("strict", validator={"$jsonSchema": {"required": ["name"]}}, validationLevel="moderate")
    shop["strict"].insert_one({"_id": 1, "name": "x"})
    # A document that the validator would not let in any more.
    shop.command("insert", "strict", documents=[{"_id": 2}], bypassDocumentValidation=True)
    shop.create_collection("german", collation={"locale": "de", "strength": 1})
    shop["german"].insert_many([{"_id": "Apfel"}, {"_id": "birne"}, {"_id": "Öl"}])
    shop.create_collection("ring", capped=True, size=100_000, max=50)
    for i in range(80):
        shop["ring"].insert_one({"_id": (i * 37) % 80, "n": i})
    shop.create_collection("images", changeStreamPreAndPostImages={"enabled": True})
    shop.create_collection("cheap", viewOn="orders", pipeline=[{"$match": {"total": {"$lt": 100}}},
                                                               {"$project": {"who": 1}}])
    connection["crm"]["people.of.note"].insert_one({"_id": "only"})


def contents(connection, *without):
    """Of all databases: options, indexes and documents of each collection, in their order, as bytes."""
    out = {}
    for database in connection.list_database_names():
        if database in ("admin", "config", "local", "octavo_import"):
            continue
        for row in connection[database].list_collections():
            name = f"{database}.{row['name']}"
            if row["name"] in without:
                continue
            is_view = row["type"] == "view"
            indexes = {} if is_view else {
                one["name"]: bson.encode({**one, "key": dict(one["key"])})
                for one in connection[database][row["name"]].list_indexes()}
            documents = list(connection[database].get_collection(
                row["name"], codec_options=bson.CodecOptions(document_class=bson.raw_bson.RawBSONDocument)).find())
            out[name] = (row["type"], bson.encode(row.get("options", {})), indexes, [d.raw for d in documents])
    return out


def assert_same(found, expected):
    assert found.keys() == expected.keys()
    for name, (kind, options, indexes, documents) in expected.items():
        assert found[name][0] == kind, name
        assert bson.decode(found[name][1]) == bson.decode(options), name
        assert found[name][2] == indexes, name
        assert found[name][3] == documents, name


def test_everything_is_what_it_was(own_server, target):
    source = client.connect(own_server)
    fill(source)
    done = run(own_server, target, "--mongodb-follow", "until-caught-up")
    assert done.returncode == 0, done.stderr
    assert "To cut over" in done.stdout and "differ" not in done.stderr
    assert_same(contents(client.connect(target)), contents(source))


def test_into_a_data_folder(own_server, tmp_path):
    source = client.connect(own_server)
    fill(source)
    with Server(tmp_path / "folder", ("--initial-password", "secret")):
        pass  # the import needs no password of it
    done = run(own_server, tmp_path / "folder", "--mongodb-follow", "off")
    assert done.returncode == 0, done.stderr
    assert "copy only" in done.stderr
    with Server(tmp_path / "folder") as server:
        target = client.connect(server, username="admin", password="secret")
        assert_same(contents(target), contents(source))
        assert "octavo_import" not in target.list_database_names()


class Writer(threading.Thread):
    """Inserts, replaces, updates and removes all the time, and hands a unique value from one document to
    another."""

    def __init__(self, uri):
        super().__init__(daemon=True)
        self.uri = uri
        self.over = threading.Event()
        self.rounds = 0

    def run(self):
        with pymongo.MongoClient(self.uri) as connection:
            busy = connection["busy"]["documents"]
            while not self.over.is_set():
                n = self.rounds
                try:
                    busy.insert_one({"_id": 10_000 + n, "n": n})
                    busy.update_one({"_id": n % 3000}, {"$set": {"n": n, f"f{n % 7}": n}})
                    busy.replace_one({"_id": (n * 7) % 3000}, {"replaced": n}, upsert=True)
                    busy.delete_one({"_id": (n * 13) % 3000})
                    busy.update_one({"unique": "one"}, {"$unset": {"unique": 1}})
                    busy.update_one({"_id": f"unique{n % 5}"}, {"$set": {"unique": "one"}}, upsert=True)
                    connection["busy"][f"new{n % 3}"].update_one({"_id": n % 50}, {"$inc": {"n": 1}}, upsert=True)
                    self.rounds += 1
                except pymongo.errors.ConnectionFailure:
                    time.sleep(0.05)
                except pymongo.errors.OperationFailure as error:
                    if error.code != 11000:  # repeated after the connection broke
                        raise

    def end(self):
        self.over.set()
        self.join()


def fill_busy(connection, documents=6000):
    busy = connection["busy"]["documents"]
    busy.insert_many([{"_id": i, "text": "x" * 500} for i in range(documents)])
    busy.create_index("unique", unique=True, sparse=True)
    busy.create_index("n")


def test_writes_meanwhile_are_there_too(own_server, target):
    source = client.connect(own_server)
    fill_busy(source)
    writer = Writer(client.uri(own_server))
    writer.start()
    copying = Running(own_server, target)
    try:
        copying.wait_for("the copy is complete")
        seen = writer.rounds
        copying.wait_for("catching up|caught up")
        while writer.rounds < seen + 200:
            time.sleep(0.01)
        source["busy"]["new1"].create_index("n")
        source["busy"]["new2"].drop()
        source["busy"]["new0"].rename("renamed", dropTarget=True)
    finally:
        writer.end()
    begin = len(copying.lines)
    copying.wait_for("caught up", begin)
    code, said = copying.end()
    assert code == 0, "\n".join(map(str, copying.lines))
    assert re.search(r"changes applied", said)
    assert_same(contents(client.connect(target)), contents(source))


def test_collections_change_in_the_copy(own_server, target):
    source = client.connect(own_server)
    for name in ("a_dropped", "b_renamed", "c_moved_over", "c_there", "d_made_anew", "e_quiet"):
        source["moves"][name].insert_many([{"_id": i, "of": name, "text": "x" * 300} for i in range(4000)])
        source["moves"][name].create_index("of", name=f"of_{name}")
    copying = Running(own_server, target)
    copying.wait_for("copying")
    source["moves"]["a_dropped"].drop()
    source["moves"]["b_renamed"].rename("b_is_called_so")
    source["moves"]["b_is_called_so"].insert_one({"_id": "new"})
    source["moves"]["c_moved_over"].rename("c_there", dropTarget=True)
    source["moves"]["c_there"].delete_many({"_id": {"$lt": 10}})
    source["moves"]["d_made_anew"].drop()
    source["moves"]["d_made_anew"].insert_many([{"_id": i, "second": True} for i in range(10)])
    source["moves"]["d_made_anew"].create_index("second")
    copying.wait_for("caught up")
    source["moves"]["c_there"].rename("c_back")
    source["moves"]["e_quiet"].rename("f_later")
    source["moves"]["f_later"].insert_one({"_id": "later"})
    code, _ = copying.end()
    assert code == 0, "\n".join(map(str, copying.lines))
    assert_same(contents(client.connect(target)), contents(source))


def test_goes_on_after_a_break(own_server, target):
    source = client.connect(own_server)
    fill_busy(source, 20_000)
    fill(source)
    writer = Writer(client.uri(own_server))
    writer.start()
    try:
        for _ in range(3):
            copying = Running(own_server, target)
            copying.wait_for("copying|complete|going on")
            assert copying.end(signal.SIGKILL)[0] == -signal.SIGKILL
        stopped = Running(own_server, target)
        stopped.wait_for("copying|complete|going on")
        code, _ = stopped.end()
        assert code in (0, 1)
        if code == 1:
            assert any(line and "the same command goes on from here" in line for line in stopped.lines)
    finally:
        writer.end()
    done = run(own_server, target, "--mongodb-follow", "until-caught-up")
    assert done.returncode == 0, done.stderr
    assert "going on with the import" in done.stderr
    assert_same(contents(client.connect(target)), contents(source))


def test_source_and_target_may_be_away(tmp_path):
    with Server(tmp_path / "source", ports={"mongodb": free_port()}) as source, \
            Server(tmp_path / "target", ports={"mongodb": free_port()}) as target:
        connection = client.connect(source)
        fill_busy(connection, 20_000)
        copying = Running(source, target)
        copying.wait_for("copying")
        source.kill()
        at = copying.wait_for("cannot be reached.*trying again")
        source.start()
        at = copying.wait_for("going on", at)
        copying.wait_for("caught up", at)
        target.kill()
        source_again = client.connect(source)
        source_again["busy"]["documents"].insert_one({"_id": "later"})
        at = copying.wait_for("cannot be reached.*trying again", at + 1)
        target.start()
        at = copying.wait_for("going on", at)
        copying.wait_for("caught up", at)
        code, _ = copying.end()
        assert code == 0, "\n".join(map(str, copying.lines))
        assert_same(contents(client.connect(target)), contents(source_again))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_what_is_there_already(own_server, target):
    source, here = client.connect(own_server), client.connect(target)
    source["shop"]["a"].insert_one({"_id": 1, "from": "source"})
    source["shop"]["b"].insert_one({"_id": 1, "from": "source"})
    here["shop"]["a"].insert_one({"_id": 1, "from": "target"})
    refused = run(own_server, target, "--mongodb-follow", "off")
    assert refused.returncode == 1
    assert "the target has these collections already: shop.a; nothing was copied (see --existing" in refused.stderr
    assert here["shop"].list_collection_names() == ["a"]
    skipped = run(own_server, target, "--mongodb-follow", "until-caught-up", "--existing", "skip")
    assert skipped.returncode == 0, skipped.stderr
    assert "1 were there already" in skipped.stdout
    assert here["shop"]["a"].find_one()["from"] == "target"
    assert here["shop"]["b"].find_one()["from"] == "source"
    source["shop"]["a"].update_one({}, {"$set": {"again": 1}})
    source["shop"]["b"].update_one({}, {"$set": {"again": 1}})
    again = run(own_server, target, "--mongodb-follow", "until-caught-up")
    assert again.returncode == 0, again.stderr
    assert "again" not in here["shop"]["a"].find_one() and here["shop"]["b"].find_one()["again"] == 1
    replaced = run(own_server, target, "--mongodb-resume", "off", "--existing", "replace",
                   "--mongodb-follow", "off")
    assert replaced.returncode == 0, replaced.stderr
    assert here["shop"]["a"].find_one()["from"] == "source"


def test_a_part_of_it(own_server, target):
    source, here = client.connect(own_server), client.connect(target)
    for name in ("a.one", "a.two", "b.one", "c.one"):
        database, collection = name.split(".")
        source[database][collection].insert_one({"_id": name})
    done = run(own_server, target, "--mongodb-follow", "off", "--mongodb-include", "a, b.one",
               "--mongodb-exclude", "a.two")
    assert done.returncode == 0, done.stderr
    assert contents(here).keys() == {"a.one", "b.one"}


def test_errors_say_what_to_do(own_server, target, tmp_path):
    with Server(tmp_path / "locked", ("--initial-password", "secret")) as locked:
        denied = run(locked, target)
        assert denied.returncode == 1 and "requires authentication" in denied.stderr
        host, port = locked.addresses["mongodb"]
        wrong = subprocess.run(
            [str(servers.binary()), "import", "--data", str(tmp_path / "folder")], check=False, capture_output=True,
            text=True, timeout=LIMIT_S,
            env={**os.environ, "OCTAVO_MONGODB_URI": f"mongodb://admin:wrong@{host}:{port}/"})
        assert wrong.returncode == 1 and "the login failed" in wrong.stderr
        assert "wrong@" not in wrong.stderr
        client.connect(locked, username="admin", password="secret")["a"]["b"].insert_one({"_id": 1})
        right = subprocess.run(
            [str(servers.binary()), "import", "--data", str(tmp_path / "folder"), "--mongodb-follow", "until-caught-up"],
            check=False, capture_output=True, text=True, timeout=LIMIT_S,
            env={**os.environ, "OCTAVO_MONGODB_URI": f"mongodb://admin:secret@{host}:{port}/"})
        assert right.returncode == 0, right.stderr
    gone = run(Nobody(), target)
    assert gone.returncode == 1 and "the source (127.0.0.1:" in gone.stderr and "cannot be reached" in gone.stderr
    nonsense = subprocess.run([str(servers.binary()), "import", "--data", str(tmp_path / "folder"), "--mongodb-uri",
                               "http://x"], check=False, capture_output=True, text=True, timeout=LIMIT_S)
    assert nonsense.returncode == 2 and "no MongoDB URI" in nonsense.stderr
    client.connect(own_server)["a"]["b"].insert_one({"_id": 1})
    itself = run(own_server, own_server, "--existing", "replace")
    assert itself.returncode == 2 and "are the same server" in itself.stderr
    assert client.connect(own_server)["a"]["b"].find_one() == {"_id": 1}
    both = run(own_server, target, "--mongodb-archive", "x")
    assert both.returncode == 2 and "one file or server to read" in both.stderr
    nowhere = run(own_server, Nobody())
    assert nowhere.returncode == 1 and "the target (127.0.0.1:" in nowhere.stderr
    with Server(tmp_path / "alone", ("--mongodb-replica-set", "")) as alone:
        client.connect(alone)["a"]["b"].insert_one({"_id": 1})
        copied = run(alone, target)
        assert copied.returncode == 0 and "only replica sets have change streams" in copied.stderr
        assert client.connect(target)["a"]["b"].find_one() == {"_id": 1}


class Nobody(Server):
    """Where no server listens."""

    def __init__(self):  # pylint: disable=super-init-not-called
        self.addresses = {"mongodb": ("127.0.0.1", free_port())}
