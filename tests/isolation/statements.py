"""Random statements over the three tables, and what their rows say of the keys.

    lists      id, items               ',17,23': a list
    elements   id, k                   the rows of a k: a set
    registers  id, v, prev             a number, and the one before it
    documents  _id, items              an array of JSON, in documents without columns: a list

The last one is a collection of MongoDB; where there are no clients of it there are no statements on it.
"""

from __future__ import annotations

import dataclasses
import itertools
import json
import random
from collections.abc import Callable, Sequence

from history import Key, Read, Write

TABLES = (
    "CREATE TABLE lists (id INT PRIMARY KEY, items TEXT NOT NULL)",
    "CREATE TABLE elements (id INT PRIMARY KEY, k INT NOT NULL, KEY k (k))",
    "CREATE TABLE registers (id INT PRIMARY KEY, v INT NOT NULL, prev INT NOT NULL)",
)
REGISTERS = 6
WIDTH = 5  # keys that are in use at a time
PER_KEY = 14  # writes to a key on average, before the next ones are used


class Keys:
    """Numbers that nobody used before, and the keys of the moment."""

    def __init__(self):
        self._numbers = itertools.count(1)
        self._latest = 0

    def value(self) -> int:
        self._latest = next(self._numbers)
        return self._latest

    def pick(self, generator: random.Random) -> int:
        return self._latest // PER_KEY + generator.randrange(WIDTH)


@dataclasses.dataclass
class Plan:
    """A statement before it runs. `read` turns its rows into reads; `wrote`, how many rows it changed,
    into what was written."""
    text: str
    read: Callable[[Sequence[tuple]], list[Read]] = lambda rows: []
    writes: list[Write] = dataclasses.field(default_factory=list)
    wrote: Callable[[int], list[Read] | None] = lambda count: []  # None: nothing was written
    locking: bool = False
    register: int | None = None  # whose number before the rows tell


def numbers(text: str | None) -> tuple[int, ...]:
    return tuple(int(part) for part in (text or "").split(",") if part)


def list_reads(keys: Sequence[int], rows) -> list[Read]:
    """Rows of id and items."""
    found = {row[0]: numbers(row[1]) for row in rows}
    return [Read(("list", key), found.get(key, ())) for key in keys]


def array_reads(keys: Sequence[int], documents) -> list[Read]:
    """Numbers may have come through JavaScript's, and be doubles."""
    found = {int(row["_id"]): tuple(map(int, row["items"])) for row in documents}
    return [Read(("array", key), found.get(key, ())) for key in keys]


def json_reads(keys: Sequence[int], rows) -> list[Read]:
    """Rows of _id and items."""
    return array_reads(keys, [{"_id": row[0], "items": json.loads(row[1])} for row in rows])


def set_reads(keys: Sequence[int], rows) -> list[Read]:
    """Rows of id and k."""
    return [Read(("set", key), tuple(row[0] for row in rows if row[1] == key)) for key in keys]


class Statements:
    def __init__(self, keys: Keys, generator: random.Random, documents: bool):
        self.keys = keys
        self.generator = generator
        self.documents = documents
        self.seen: dict[int, int] = {}  # registers that the transaction has read

    def any(self, may_lock: bool) -> Plan:
        lock = self.generator.choice(["", "", "", " FOR UPDATE", " FOR SHARE", " FOR UPDATE NOWAIT"])
        kinds = [
            self.read_list, self.read_lists, self.read_set, self.read_set, self.read_sets,
            self.read_group, self.read_join, self.read_correlated, self.read_union,
            self.read_register, self.read_registers,
            self.append, self.append, self.append_if_there, self.add, self.add, self.add_two,
            self.add_and_fail, self.add_if_none, self.set_register, self.set_register,
            self.swap_register,
        ]
        if self.documents:
            kinds += [self.read_array, self.read_arrays, self.read_arrays_and_lists, self.append_array,
                      self.append_array, self.append_array_if_there]
        plan = self.generator.choice(kinds)(lock if may_lock else "")
        plan.locking = plan.locking or bool(lock and may_lock and plan.text.endswith(lock))
        return plan

    def _key(self) -> int:
        return self.keys.pick(self.generator)

    def _range(self) -> list[int]:
        first = self._key()
        return list(range(first, first + self.generator.randrange(1, 4)))

    # --- reads ---

    def read_list(self, lock: str) -> Plan:
        key = self._key()
        return Plan(f"SELECT id, items FROM lists WHERE id = {key}{lock}",
                    lambda rows: list_reads([key], rows))

    def read_lists(self, lock: str) -> Plan:
        keys = self._range()
        among = self.generator.choice([f"BETWEEN {keys[0]} AND {keys[-1]}",
                                       f"IN ({', '.join(map(str, keys))})"])
        return Plan(f"SELECT id, items FROM lists WHERE id {among}{lock}",
                    lambda rows: list_reads(keys, rows))

    def read_set(self, lock: str) -> Plan:
        key = self._key()
        column = self.generator.choice(["k", "k", "k + 0"])  # by the index, or all rows
        return Plan(f"SELECT id, k FROM elements WHERE {column} = {key}{lock}",
                    lambda rows: set_reads([key], rows))

    def read_sets(self, lock: str) -> Plan:
        keys = self._range()
        return Plan(f"SELECT id, k FROM elements WHERE k BETWEEN {keys[0]} AND {keys[-1]}{lock}",
                    lambda rows: set_reads(keys, rows))

    def read_group(self, _lock: str) -> Plan:
        keys = self._range()
        return Plan("SELECT k, GROUP_CONCAT(id) FROM elements "
                    f"WHERE k IN ({', '.join(map(str, keys))}) GROUP BY k",
                    lambda rows: set_reads(keys, [(e, k) for k, ids in rows for e in numbers(ids)]))

    def read_join(self, lock: str) -> Plan:
        key = self._key()

        def read(rows):
            out = list_reads([key], [row[:2] for row in rows[:1]])
            return out + (set_reads([key], [row[2:] for row in rows]) if rows else [])
        return Plan("SELECT l.id, l.items, e.id, e.k FROM lists l LEFT JOIN elements e ON e.k = l.id "
                    f"WHERE l.id = {key}{lock}", read)

    def read_correlated(self, _lock: str) -> Plan:
        key = self._key()

        def read(rows):
            out = list_reads([key], [row[:2] for row in rows])
            return out + [Read(("set", key), numbers(row[2])) for row in rows]
        return Plan("SELECT l.id, l.items, (SELECT GROUP_CONCAT(e.id) FROM elements e "
                    f"WHERE e.k = l.id) FROM lists l WHERE l.id = {key}", read)

    def read_union(self, _lock: str) -> Plan:
        key, other = self._key(), self._key()

        def read(rows):
            return (list_reads([key], [(row[1], row[2]) for row in rows if row[0] == "l"])
                    + set_reads([other], [(row[1], int(row[2])) for row in rows if row[0] == "e"]))
        return Plan(f"SELECT 'l', id, items FROM lists WHERE id = {key} UNION ALL "
                    f"SELECT 'e', id, k FROM elements WHERE k = {other}", read)

    def read_register(self, lock: str) -> Plan:
        key = self.generator.randrange(REGISTERS)

        def read(rows):
            self.seen[key] = rows[0][0]
            return [Read(("register", key), tuple(rows[0]))]
        return Plan(f"SELECT v, prev FROM registers WHERE id = {key}{lock}", read)

    def read_registers(self, lock: str) -> Plan:
        def read(rows):
            self.seen.update((row[0], row[1]) for row in rows)
            return [Read(("register", row[0]), tuple(row[1:])) for row in rows]
        return Plan(f"SELECT id, v, prev FROM registers{lock}", read)

    def read_array(self, lock: str) -> Plan:
        key = self._key()
        return Plan(f"SELECT _id, items FROM documents WHERE _id = {key}{lock}",
                    lambda rows: json_reads([key], rows))

    def read_arrays(self, lock: str) -> Plan:
        keys = self._range()
        among = self.generator.choice([f"BETWEEN {keys[0]} AND {keys[-1]}",
                                       f"IN ({', '.join(map(str, keys))})"])
        return Plan(f"SELECT _id, items FROM documents WHERE _id {among}{lock}",
                    lambda rows: json_reads(keys, rows))

    def read_arrays_and_lists(self, lock: str) -> Plan:
        key = self._key()

        def read(rows):
            out = json_reads([key], [row[:2] for row in rows])
            return out + (list_reads([key], [row[2:] for row in rows if row[2] is not None]) if rows else [])
        return Plan("SELECT d._id, d.items, l.id, l.items FROM documents d LEFT JOIN lists l ON l.id = d._id "
                    f"WHERE d._id = {key}{lock}", read)

    # --- writes ---

    def append(self, _lock: str) -> Plan:
        key, value = self._key(), self.keys.value()
        return Plan(f"INSERT INTO lists VALUES ({key}, ',{value}') "
                    f"ON DUPLICATE KEY UPDATE items = CONCAT(items, ',{value}')",
                    writes=[Write(("list", key), value)])

    def append_array(self, _lock: str) -> Plan:
        key, value = self._key(), self.keys.value()
        return Plan(f"INSERT INTO documents (_id, items) VALUES ({key}, JSON_ARRAY({value})) "
                    f"ON DUPLICATE KEY UPDATE items = JSON_ARRAY_APPEND(items, '$', {value})",
                    writes=[Write(("array", key), value)])

    def append_array_if_there(self, _lock: str) -> Plan:
        key, value = self._key(), self.keys.value()
        return Plan(f"UPDATE documents SET items = JSON_ARRAY_APPEND(items, '$', {value}) WHERE _id = {key}",
                    writes=[Write(("array", key), value)],
                    wrote=lambda count: [] if count else None)

    def append_if_there(self, _lock: str) -> Plan:
        key, value = self._key(), self.keys.value()
        return Plan(f"UPDATE lists SET items = CONCAT(items, ',{value}') WHERE id = {key}",
                    writes=[Write(("list", key), value)],
                    wrote=lambda count: [] if count else None)

    def add(self, _lock: str) -> Plan:
        key, value = self._key(), self.keys.value()
        return Plan(f"INSERT INTO elements VALUES ({value}, {key})",
                    writes=[Write(("set", key), value)])

    def add_two(self, _lock: str) -> Plan:
        rows = [(self.keys.value(), self._key()) for _ in range(2)]
        return Plan(f"INSERT INTO elements VALUES {rows[0]}, {rows[1]}",
                    writes=[Write(("set", key), value) for value, key in rows])

    def add_and_fail(self, _lock: str) -> Plan:
        """1062 at the second row: nothing of the statement is there."""
        key, value = self._key(), self.keys.value()
        return Plan(f"INSERT INTO elements VALUES ({value}, {key}), ({value}, {key})",
                    writes=[Write(("set", key), value)])

    def add_if_none(self, _lock: str) -> Plan:
        key, other, value = self._key(), self._key(), self.keys.value()
        return Plan(f"INSERT INTO elements SELECT {value}, {key} FROM DUAL "
                    f"WHERE NOT EXISTS (SELECT 1 FROM elements WHERE k = {other})",
                    writes=[Write(("set", key), value)], locking=True,
                    wrote=lambda count: [Read(("set", other), ())] if count else None)

    def set_register(self, _lock: str) -> Plan:
        key, value = self.generator.randrange(REGISTERS), self.keys.value()
        return Plan(f"UPDATE registers SET prev = v, v = {value} WHERE id = {key}",
                    writes=[Write(("register", key), value)], register=key)

    def swap_register(self, lock: str) -> Plan:
        """Writes where a number that was read still is."""
        if not self.seen:
            return self.set_register(lock)
        key, seen = self.generator.choice(list(self.seen.items()))
        value = self.keys.value()
        return Plan(f"UPDATE registers SET prev = v, v = {value} WHERE id = {key} AND v = {seen}",
                    writes=[Write(("register", key), value, before=seen)],
                    wrote=lambda count: [] if count else None)


def read_all(cursor, documents: bool) -> dict[Key, tuple[int, ...]]:
    """Everything that is there, for `graph.check`. Keys without rows are left out."""
    found: dict[Key, tuple[int, ...]] = {}
    if documents:
        cursor.execute("SELECT _id, items FROM documents")
        for row in cursor.fetchall():
            found["array", int(row[0])] = json_reads([int(row[0])], [row])[0].found
    cursor.execute("SELECT id, items FROM lists")
    for key, items in cursor.fetchall():
        found["list", key] = numbers(items)
    cursor.execute("SELECT k, id FROM elements ORDER BY id")
    for key, value in cursor.fetchall():
        found["set", key] = (*found.get(("set", key), ()), value)
    cursor.execute("SELECT id, v, prev FROM registers")
    for key, value, before in cursor.fetchall():
        found["register", key] = (value, before)
    return found
