"""Random operations on keys of Redis that other protocols write as well (docs/protocols/redis-documents.md):

    q17    a list that every writer appends to        (kind `queue`)
    h3     a hash with the fields `v` and `prev`      (kind `hash`, a register)

Whatever one operation does happens at one moment: a command, a transaction, a script, and the row of a key as
the other protocols see it. Several keys by those are several moments, and are not asked for.
"""

from __future__ import annotations

import dataclasses
import json
import random
from collections.abc import Callable, Sequence
from typing import Any

from history import Key, Read, Write
from statements import Keys

DATABASE = 3
TABLE = f"db{DATABASE}"
HASHES = 4


@dataclasses.dataclass
class KeyOperation:
    """`run` is given a connection of the protocol; `read` turns its result into reads, or None where nothing was
    written after all."""
    text: str
    run: Callable[[Any], Any]
    read: Callable[[Any], list[Read] | None] = lambda _result: []
    writes: list[Write] = dataclasses.field(default_factory=list)


def name_of(key: Key) -> str:
    return f"{'q' if key[0] == 'queue' else 'h'}{key[1]}"


def queue_read(key: int, items) -> Read:
    return Read(("queue", key), tuple(int(one) for one in items or ()))


def hash_read(key: int, v, prev) -> Read:
    return Read(("hash", key), (int(v or 0), int(prev or 0)))


def row_read(key: Key, value) -> Read:
    """Of what other protocols show as the value of the key."""
    if key[0] == "queue":
        return queue_read(key[1], value)
    return hash_read(key[1], value.get("v"), value.get("prev"))


class KeyOperations:
    def __init__(self, keys: Keys, generator: random.Random):
        self.keys = keys
        self.generator = generator

    def any(self) -> KeyOperation:
        raise NotImplementedError

    def queue(self) -> Key:
        return "queue", self.keys.pick(self.generator)

    def hash(self) -> Key:
        return "hash", self.generator.randrange(HASHES)


# Appends to the lists of all keys but the last, and sets the register that this is; what was in all of them.
SCRIPT = """
local found = {}
for i = 1, #KEYS - 1 do
  found[i] = redis.call('LRANGE', KEYS[i], 0, -1)
  if ARGV[i] ~= '' then redis.call('RPUSH', KEYS[i], ARGV[i]) end
end
local last = KEYS[#KEYS]
found[#KEYS] = redis.call('HMGET', last, 'v', 'prev')
if ARGV[#KEYS] ~= '' then redis.call('HSET', last, 'prev', found[#KEYS][1] or '0', 'v', ARGV[#KEYS]) end
return found
"""


class RedisOperations(KeyOperations):
    """Commands by a `resp.Connection` at the database."""

    def any(self) -> KeyOperation:
        return self.generator.choice([self.read_queue, self.read_hash, self.push, self.push, self.transaction,
                                      self.transaction, self.script, self.script, self.swap, self.move])()

    def read_queue(self) -> KeyOperation:
        key = self.queue()
        return KeyOperation(f"LRANGE {name_of(key)}", lambda c: c.call("LRANGE", name_of(key), 0, -1),
                            lambda items: [queue_read(key[1], items)])

    def read_hash(self) -> KeyOperation:
        key = self.hash()
        return KeyOperation(f"HMGET {name_of(key)}", lambda c: c.call("HMGET", name_of(key), "v", "prev"),
                            lambda found: [hash_read(key[1], *found)])

    def push(self) -> KeyOperation:
        key, value = self.queue(), self.keys.value()
        return KeyOperation(f"RPUSH {name_of(key)} {value}", lambda c: c.call("RPUSH", name_of(key), value),
                            writes=[Write(key, value)])

    def transaction(self) -> KeyOperation:
        """MULTI: reads first, so that it sees nothing of its own."""
        read, written = sorted({self.queue() for _ in range(3)}), sorted({self.queue() for _ in range(2)})
        asked = self.hash()
        writes = [Write(key, self.keys.value()) for key in written]
        commands = [["MULTI"], *(["LRANGE", name_of(key), 0, -1] for key in read),
                    ["HMGET", name_of(asked), "v", "prev"],
                    *(["RPUSH", name_of(write.key), write.value] for write in writes), ["EXEC"]]

        def run(connection):
            return self.run_transaction(connection, commands)

        def reads(found):
            return [*(queue_read(key[1], items) for key, items in zip(read, found)),
                    hash_read(asked[1], *found[len(read)])]
        return KeyOperation(f"{commands}", run, reads, writes)

    @staticmethod
    def run_transaction(connection, commands: list[list]) -> list:
        for command in commands:
            connection.send(*command)
        return [connection.read() for _ in commands][-1]

    def script(self) -> KeyOperation:
        queues = sorted({self.queue() for _ in range(3)})
        register = self.hash()
        writes = [Write(key, self.keys.value()) for key in queues if self.generator.random() < 0.6]
        if self.generator.random() < 0.5:
            writes.append(Write(register, self.keys.value()))
        given = {write.key: write.value for write in writes}
        keys = [*queues, register]
        words = ["EVAL", SCRIPT, len(keys), *map(name_of, keys), *(given.get(key, "") for key in keys)]

        def reads(found):
            out = [queue_read(key[1], items) for key, items in zip(queues, found)]
            out.append(hash_read(register[1], *found[-1]))
            if register in given:
                writes[-1].before = out[-1].found[0]
            return out
        return KeyOperation(f"EVAL {list(map(name_of, keys))} {given}", lambda c: c.call(*words), reads, writes)

    def swap(self) -> KeyOperation:
        """WATCH: writes where nobody did meanwhile."""
        key, value = self.hash(), self.keys.value()
        write = Write(key, value)

        def run(connection):
            connection.call("WATCH", name_of(key))
            found = connection.call("HMGET", name_of(key), "v", "prev")
            for command in (["MULTI"], ["HSET", name_of(key), "prev", found[0] or 0, "v", value], ["EXEC"]):
                connection.send(*command)
            done = [connection.read() for _ in range(3)][-1]
            return None if done is None else found

        def reads(found):
            if found is None:
                return None
            write.before = int(found[0] or 0)
            return [hash_read(key[1], *found)]
        return KeyOperation(f"WATCH and HSET {name_of(key)} {value}", run, reads, [write])

    def move(self) -> KeyOperation:
        """Two commands of one pipeline are two moments."""
        key, value = self.queue(), self.keys.value()

        def run(connection):
            connection.send("RPUSH", name_of(key), value)
            connection.send("ECHO", "x" * 100)
            return [connection.read() for _ in range(2)]
        return KeyOperation(f"RPUSH {name_of(key)} {value}, ECHO", run, writes=[Write(key, value)])


class RowOperations(KeyOperations):
    """The same keys as rows: how a protocol reads one, appends to one and sets one is its own."""

    def any(self) -> KeyOperation:
        kind = self.generator.randrange(5)
        if kind == 0:
            return self.read(self.queue())
        if kind == 1:
            return self.read(self.hash())
        if kind < 4:
            key, value = self.queue(), self.keys.value()
            return KeyOperation(f"append {value} to {name_of(key)}", lambda c: self.append(c, name_of(key), str(value)),
                                writes=[Write(key, value)])
        key, value = self.hash(), self.keys.value()
        return KeyOperation(f"set {name_of(key)} to {value}", lambda c: self.set(c, name_of(key), str(value)),
                            writes=[Write(key, value)])

    def read(self, key: Key) -> KeyOperation:
        return KeyOperation(f"read {name_of(key)}", lambda c: self.value(c, name_of(key)),
                            lambda value: [row_read(key, value or {})])

    def value(self, connection, name: str):
        raise NotImplementedError

    def append(self, connection, name: str, value: str) -> None:
        raise NotImplementedError

    def set(self, connection, name: str, value: str) -> None:
        raise NotImplementedError


class ReqlRows(RowOperations):
    def __init__(self, r, *arguments):
        super().__init__(*arguments)
        self.r = r
        self.table = r.db("redis").table(TABLE)

    def value(self, connection, name):
        row = self.table.get(name).run(connection)
        return row and row["value"]

    def append(self, connection, name, value):
        done = self.table.insert({"id": name, "value": [value]}, conflict=lambda _id, old, new: old.merge(
            {"value": old["value"] + new["value"]})).run(connection)
        assert done["inserted"] + done["replaced"] == 1, done

    def set(self, connection, name, value):
        done = self.table.get(name).update({"value": {"v": value, "prev": self.r.row["value"]["v"]}}).run(connection)
        assert done["replaced"] == 1, done


class SqlRows(RowOperations):
    """By a cursor of PyMySQL."""

    def value(self, connection, name):
        connection.execute(f"SELECT value FROM redis.{TABLE} WHERE id = '{name}'")
        rows = connection.fetchall()
        return json.loads(rows[0][0]) if rows else None

    def append(self, connection, name, value):
        connection.execute(f"INSERT INTO redis.{TABLE} (id, value) VALUES ('{name}', JSON_ARRAY('{value}')) "
                           f"ON DUPLICATE KEY UPDATE value = JSON_ARRAY_APPEND(value, '$', '{value}')")

    def set(self, connection, name, value):
        connection.execute(f"UPDATE redis.{TABLE} SET value = JSON_SET(value, '$.v', '{value}', '$.prev', "
                           f"JSON_EXTRACT(value, '$.v')) WHERE id = '{name}'")
        assert connection.rowcount == 1


class MongodbRows(RowOperations):
    """By a client of PyMongo."""

    def value(self, connection, name):
        row = connection.redis[TABLE].find_one({"_id": name})
        return row and row["value"]

    def append(self, connection, name, value):
        connection.redis[TABLE].update_one({"_id": name}, {"$push": {"value": value}}, upsert=True)

    def set(self, connection, name, value):
        done = connection.redis[TABLE].update_one(
            {"_id": name}, [{"$set": {"value": {"v": value, "prev": "$value.v"}}}])
        assert done.modified_count == 1


def read_all_keys(connection) -> dict[Key, tuple[int, ...]]:
    """By a `resp.Connection` at the database."""
    found: dict[Key, tuple[int, ...]] = {}
    for name in connection.call("KEYS", "*"):
        number = int(name[1:])
        if name.startswith(b"q"):
            found["queue", number] = queue_read(number, connection.call("LRANGE", name, 0, -1)).found
        else:
            found["hash", number] = hash_read(number, *connection.call("HMGET", name, "v", "prev")).found
    return found


def read_all_rows(rows: Sequence[dict]) -> dict[Key, tuple[int, ...]]:
    keys = [(("queue" if row["id"][0] == "q" else "hash", int(row["id"][1:])), row["value"]) for row in rows]
    return {key: row_read(key, value).found for key, value in keys}
