"""Random operations of MongoDB over the tables of `statements.py`, which are its collections, and over one more:

    documents  _id, items      an array that `$push` appends to: a list of the kind `array`
"""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Callable
from typing import Any

from pymongo import InsertOne, ReturnDocument, UpdateOne

from history import Read, Write
from statements import REGISTERS, Keys, array_reads, list_reads, set_reads


@dataclasses.dataclass
class Operation:
    """One before it runs. `run` is given the database and the session or None; `read` turns the result into
    reads, or None where nothing was written after all."""
    text: str
    run: Callable[[Any, Any], Any]
    read: Callable[[Any], list[Read] | None]
    writes: list[Write] = dataclasses.field(default_factory=list)


def text_reads(keys, rows) -> list[Read]:
    return list_reads(keys, [(int(row["_id"]), row["items"]) for row in rows])


def member_reads(keys, rows) -> list[Read]:
    return set_reads(keys, [(int(row["_id"]), int(row["k"])) for row in rows])


def register_read(row) -> Read:
    return Read(("register", int(row["_id"])), (int(row["v"]), int(row["prev"])))


def without_own(reads: list[Read], value: int) -> list[Read]:
    """Of a document as the operation left it: what was there before."""
    for read in reads:
        assert read.found[-1:] == (value,), f"{read} without {value} at its end"
        read.found = read.found[:-1]
    return reads


def appending(value: int) -> list[dict]:
    return [{"$set": {"items": {"$concat": [{"$ifNull": ["$items", ""]}, f",{value}"]}}}]


def setting(value: int) -> list[dict]:
    return [{"$set": {"prev": "$v", "v": value}}]


class Operations:
    def __init__(self, keys: Keys, generator: random.Random):
        self.keys = keys
        self.generator = generator
        self.seen: dict[int, int] = {}  # registers that the transaction has read

    def any(self, in_transaction: bool) -> Operation:
        kinds = [
            self.read_array, self.read_array, self.read_arrays, self.read_list, self.read_set, self.read_sets,
            self.read_group, self.read_lookup, self.read_register, self.read_registers,
            self.push, self.push, self.push_and_tell, self.push_and_tell, self.append, self.add, self.add,
            self.set_register, self.set_register, self.swap_register,
        ]
        if in_transaction:  # elsewhere they are several writes
            kinds += [self.add_two, self.push_two]
        else:
            kinds += [self.read_union]  # MongoDB refuses $unionWith in transactions
        return self.generator.choice(kinds)()

    def _key(self) -> int:
        return self.keys.pick(self.generator)

    def _range(self) -> list[int]:
        first = self._key()
        return list(range(first, first + self.generator.randrange(1, 4)))

    # --- reads ---

    def read_array(self) -> Operation:
        key = self._key()
        return Operation(f"documents.findOne({key})",
                         lambda db, s: list(db.documents.find({"_id": key}, session=s)),
                         lambda rows: array_reads([key], rows))

    def read_arrays(self) -> Operation:
        keys = self._range()
        among = self.generator.choice([{"$in": keys}, {"$gte": keys[0], "$lte": keys[-1]}])
        return Operation(f"documents.find({among})",
                         lambda db, s: list(db.documents.find({"_id": among}, session=s)),
                         lambda rows: array_reads(keys, rows))

    def read_list(self) -> Operation:
        key = self._key()
        return Operation(f"lists.findOne({key})",
                         lambda db, s: list(db.lists.find({"_id": key}, session=s)),
                         lambda rows: text_reads([key], rows))

    def read_set(self) -> Operation:
        key = self._key()
        condition = self.generator.choice([{"k": key}, {"$expr": {"$eq": ["$k", key]}}])
        return Operation(f"elements.find({condition})",
                         lambda db, s: list(db.elements.find(condition, session=s)),
                         lambda rows: member_reads([key], rows))

    def read_sets(self) -> Operation:
        keys = self._range()
        condition = {"k": {"$gte": keys[0], "$lte": keys[-1]}}
        return Operation(f"elements.find({condition})",
                         lambda db, s: list(db.elements.find(condition, session=s)),
                         lambda rows: member_reads(keys, rows))

    def read_group(self) -> Operation:
        keys = self._range()
        stages = [{"$match": {"k": {"$in": keys}}}, {"$group": {"_id": "$k", "ids": {"$push": "$_id"}}}]
        return Operation(f"elements.aggregate({stages})",
                         lambda db, s: list(db.elements.aggregate(stages, session=s)),
                         lambda rows: set_reads(keys, [(int(one), int(row["_id"])) for row in rows
                                                       for one in row["ids"]]))

    def read_lookup(self) -> Operation:
        """Four histories of one moment."""
        key = self._key()
        stages = [{"$match": {"_id": key}},
                  {"$lookup": {"from": "elements", "localField": "_id", "foreignField": "k", "as": "e"}},
                  {"$lookup": {"from": "lists", "localField": "_id", "foreignField": "_id", "as": "l"}}]

        def read(rows):
            reads = array_reads([key], rows)
            for row in rows:
                reads += member_reads([key], row["e"]) + text_reads([key], row["l"])
            return reads
        return Operation(f"documents.aggregate({stages})",
                         lambda db, s: list(db.documents.aggregate(stages, session=s)), read)

    def read_union(self) -> Operation:
        key, other = self._key(), self._key()
        stages = [{"$match": {"_id": key}}, {"$set": {"from": "d"}},
                  {"$unionWith": {"coll": "elements",
                                  "pipeline": [{"$match": {"k": other}}, {"$set": {"from": "e"}}]}}]

        def read(rows):
            return (array_reads([key], [row for row in rows if row["from"] == "d"])
                    + member_reads([other], [row for row in rows if row["from"] == "e"]))
        return Operation(f"documents.aggregate({stages})",
                         lambda db, s: list(db.documents.aggregate(stages, session=s)), read)

    def read_register(self) -> Operation:
        key = self.generator.randrange(REGISTERS)

        def read(row):
            self.seen[key] = int(row["v"])
            return [register_read(row)]
        return Operation(f"registers.findOne({key})",
                         lambda db, s: db.registers.find_one({"_id": key}, session=s), read)

    def read_registers(self) -> Operation:
        def read(rows):
            self.seen.update((int(row["_id"]), int(row["v"])) for row in rows)
            return [register_read(row) for row in rows]
        return Operation("registers.find()", lambda db, s: list(db.registers.find(session=s)), read)

    # --- writes ---

    def push(self) -> Operation:
        key, value = self._key(), self.keys.value()
        return Operation(f"documents.updateOne({key}, $push {value})",
                         lambda db, s: db.documents.update_one({"_id": key}, {"$push": {"items": value}},
                                                               upsert=True, session=s),
                         lambda _result: [], [Write(("array", key), value)])

    def push_and_tell(self) -> Operation:
        key, value = self._key(), self.keys.value()
        after = self.generator.random() < 0.5

        def run(db, s):
            return db.documents.find_one_and_update(
                {"_id": key}, {"$push": {"items": value}}, upsert=True, session=s,
                return_document=ReturnDocument.AFTER if after else ReturnDocument.BEFORE)

        def read(row):
            reads = array_reads([key], [row] if row else [])
            return without_own(reads, value) if after else reads
        return Operation(f"documents.findAndModify({key}, $push {value}, new: {after})", run, read,
                         [Write(("array", key), value)])

    def push_two(self) -> Operation:
        (one, first), (other, second) = [(self._key(), self.keys.value()) for _ in range(2)]
        return Operation(f"documents.bulkWrite({one}, $push {first}; {other}, $push {second})",
                         lambda db, s: db.documents.bulk_write(
                             [UpdateOne({"_id": k}, {"$push": {"items": v}}, upsert=True)
                              for k, v in ((one, first), (other, second))], session=s),
                         lambda _result: [],
                         [Write(("array", one), first), Write(("array", other), second)])

    def append(self) -> Operation:
        key, value = self._key(), self.keys.value()
        return Operation(f"lists.updateOne({key}, append {value})",
                         lambda db, s: db.lists.update_one({"_id": key}, appending(value), upsert=True,
                                                           session=s),
                         lambda _result: [], [Write(("list", key), value)])

    def add(self) -> Operation:
        key, value = self._key(), self.keys.value()
        return Operation(f"elements.insertOne({value} of {key})",
                         lambda db, s: db.elements.insert_one({"_id": value, "k": key}, session=s),
                         lambda _result: [], [Write(("set", key), value)])

    def add_two(self) -> Operation:
        rows = [(self.keys.value(), self._key()) for _ in range(2)]
        return Operation(f"elements.bulkWrite({rows})",
                         lambda db, s: db.elements.bulk_write(
                             [InsertOne({"_id": value, "k": key}) for value, key in rows], session=s),
                         lambda _result: [], [Write(("set", key), value) for value, key in rows])

    def set_register(self) -> Operation:
        key, value = self.generator.randrange(REGISTERS), self.keys.value()
        write = Write(("register", key), value)

        def read(row):
            write.before = int(row["v"])
            return [register_read(row)]
        return Operation(f"registers.findAndModify({key}, {value})",
                         lambda db, s: db.registers.find_one_and_update({"_id": key}, setting(value),
                                                                        session=s), read, [write])

    def swap_register(self) -> Operation:
        """Writes where a number that was read still is."""
        if not self.seen:
            return self.set_register()
        key, seen = self.generator.choice(list(self.seen.items()))
        value = self.keys.value()
        return Operation(f"registers.updateOne({key} at {seen}, {value})",
                         lambda db, s: db.registers.update_one({"_id": key, "v": seen}, setting(value),
                                                               session=s),
                         lambda result: [] if result.modified_count else None,
                         [Write(("register", key), value, before=seen)])
