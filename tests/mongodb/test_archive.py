"""`octavo import --mongodb-archive`: what mongodump writes. No registry has that program, so that the archives are
written here, by its format."""

from __future__ import annotations

import gzip
import struct
import subprocess

import bson
import client
import pytest
from bson import json_util
from lib import server as servers
from lib.patience import patient
from lib.server import Server

LIMIT_S = patient(60)
END = b"\xff\xff\xff\xff"
POLYNOMIAL = 0xC96C5795D7870F42


def crc64(data: bytes) -> int:
    total = 2**64 - 1
    for byte in data:
        total ^= byte
        for _ in range(8):
            total = (total >> 1) ^ (POLYNOMIAL if total & 1 else 0)
    return struct.unpack("<q", struct.pack("<Q", total ^ (2**64 - 1)))[0]


def metadata(options, *indexes):
    keys = [{"v": 2, "key": {"_id": 1}, "name": "_id_"}, *({"v": 2, **index} for index in indexes)]
    return json_util.dumps({"options": options, "indexes": keys, "uuid": "0" * 32},
                           json_options=json_util.CANONICAL_JSON_OPTIONS)


class Archive:
    def __init__(self):
        self.prelude = [bson.encode({"concurrent_collections": 4, "version": "0.1", "server_version": "7.0.14",
                                     "tool_version": "100.9.4"})]
        self.blocks = b""
        self.contents = {}

    def define(self, database, collection, text, kind="collection"):
        self.prelude.append(bson.encode({"db": database, "collection": collection, "metadata": text, "size": 1,
                                         "type": kind}))

    def block(self, database, collection, documents):
        data = b"".join(bson.encode(document) for document in documents)
        self.blocks += bson.encode({"db": database, "collection": collection, "EOF": False, "CRC": bson.Int64(0)})
        self.blocks += data + END
        self.contents[database, collection] = self.contents.get((database, collection), b"") + data

    def bytes(self):
        ends = b"".join(bson.encode({"db": database, "collection": collection, "EOF": True,
                                     "CRC": bson.Int64(crc64(data))}) + END
                        for (database, collection), data in self.contents.items())
        return b"\x6d\xe2\x99\x81" + b"".join(self.prelude) + END + self.blocks + ends


def example():
    out = Archive()
    out.define("shop", "orders", metadata(
        {}, {"key": {"who": 1, "total": -1}, "name": "who_1_total_-1", "unique": True},
        {"key": {"_fts": "text", "_ftsx": 1}, "name": "words", "weights": {"note": 2, "who": 1},
         "default_language": "english", "language_override": "language", "textIndexVersion": 3}))
    out.define("shop", "ring", metadata({"capped": True, "size": 4096, "max": 10}))
    out.define("shop", "cheap", metadata({"viewOn": "orders", "pipeline": [{"$match": {"total": {"$lt": 5}}}]}), "view")
    out.define("crm", "people.of.note", metadata({"validator": {"name": {"$exists": True}}}))
    for begin in range(0, 3000, 500):
        out.block("shop", "orders", [{"_id": i, "who": f"u{i}", "total": bson.Int64(i), "note": "blue shoe"}
                                     for i in range(begin, begin + 500)])
        out.block("shop", "ring", [{"_id": -begin}])
    out.block("crm", "people.of.note", [{"_id": bson.ObjectId(), "nameless": bson.Decimal128("1.50")}])
    out.block("", "oplog", [{"op": "n"}])
    return out


def restore(file, target, *more):
    where = ["--mongodb-target", client.uri(target)] if isinstance(target, Server) else ["--data", str(target)]
    return subprocess.run([str(servers.binary()), "import", "--mongodb-archive", str(file), *where, *more],
                          check=False, capture_output=True, text=True, timeout=LIMIT_S)


def assert_restored(connection):
    orders = connection["shop"]["orders"]
    assert orders.count_documents({}) == 3000 and orders.find_one({"_id": 7})["who"] == "u7"
    indexes = orders.index_information()
    assert indexes["who_1_total_-1"]["unique"] and indexes["words"]["weights"] == {"note": 2, "who": 1}
    assert orders.count_documents({"$text": {"$search": "shoes"}}) == 3000
    assert [row["_id"] for row in connection["shop"]["ring"].find()] == [0, -500, -1000, -1500, -2000, -2500]
    assert connection["shop"]["ring"].options()["max"] == 10
    assert connection["shop"]["cheap"].count_documents({}) == 5
    assert connection["crm"]["people.of.note"].find_one()["nameless"] == bson.Decimal128("1.50")
    assert connection["crm"]["people.of.note"].options()["validator"] == {"name": {"$exists": True}}
    assert set(connection.list_database_names()) >= {"shop", "crm"}
    assert not {"octavo_import", ""} & set(connection.list_database_names())


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_everything_of_an_archive(own_server, tmp_path, pack):
    file = tmp_path / "dump.archive"
    file.write_bytes(pack(example().bytes()))
    done = restore(file, own_server)
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"imported from {file} (MongoDB 7.0.14): 3 collections, 1 views, 3007 documents\n"
    assert_restored(client.connect(own_server))
    refused = restore(file, own_server)
    assert refused.returncode == 1 and "is there already; nothing was put (see --existing)" in refused.stderr
    client.connect(own_server)["shop"]["orders"].delete_one({"_id": 7})
    assert restore(file, own_server, "--existing", "replace").returncode == 0
    assert_restored(client.connect(own_server))


def test_into_a_folder_and_in_part(tmp_path):
    file = tmp_path / "dump.archive"
    file.write_bytes(example().bytes())
    done = restore(file, tmp_path / "folder", "--mongodb-include", "crm")
    assert done.returncode == 0, done.stderr
    with Server(tmp_path / "folder") as server:
        connection = client.connect(server)
        assert connection["crm"].list_collection_names() == ["people.of.note"]
        assert "shop" not in connection.list_database_names()


def test_damage_puts_nothing(own_server, tmp_path):
    file = tmp_path / "dump.archive"
    whole = example().bytes()
    at = whole.index(b"nameless") + 12
    for bent in (whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1:], whole[:-30], b"BSON" + whole[4:]):
        file.write_bytes(bent)
        done = restore(file, own_server)
        assert done.returncode == 1, done.stdout
        assert "checksum of crm.people.of.note is wrong" in done.stderr or "ends too early" in done.stderr or \
            "no archive of mongodump" in done.stderr, done.stderr
    assert "shop" not in client.connect(own_server).list_database_names()
