"""What clients did and saw: transactions of operations, as the checker reads them.

Three forms of keys, each with a history that reads reveal:

* a *list*: a row that every writer appends a number of its own to. A read has all that came before. Kinds: `list`
  (a row of SQL with a text), `array` (a document with an array), `queue` (a list of Redis).
* a *set*: the rows that have the key in a column, each inserted once by its number and never changed. A
  read has those that were there, and lacks those that were not: rows that come to match a condition. Kind: `set`.
* a *register*: a number that is overwritten, and the number before it. Kinds: `register` (a row of SQL),
  `hash` (one of Redis).

No number is written twice in a history.
"""

from __future__ import annotations

import dataclasses

Key = tuple[str, int]  # kind, number
SETS = ("set",)
REGISTERS = ("register", "hash")  # all other kinds are lists

READ_COMMITTED = "READ COMMITTED"
REPEATABLE_READ = "REPEATABLE READ"
SNAPSHOT = "SNAPSHOT"  # of sessions of MongoDB: who writes a row that has changed since its view, fails
SERIALIZABLE = "SERIALIZABLE"
LEVELS = (READ_COMMITTED, REPEATABLE_READ, SERIALIZABLE)  # of SQL


def is_set(key: Key) -> bool:
    return key[0] in SETS


def is_register(key: Key) -> bool:
    return key[0] in REGISTERS


def is_list(key: Key) -> bool:
    return not is_set(key) and not is_register(key)


@dataclasses.dataclass
class Write:
    key: Key
    value: int
    before: int | None = None  # of a register: what it overwrote, where the writer was told
    undone_at: int | None = None  # the statement that took it back: ROLLBACK TO, or itself as it failed

    @property
    def lasts(self) -> bool:
        return self.undone_at is None


@dataclasses.dataclass
class Read:
    """`found`: of a list its numbers in order; of a set its numbers; of a register the number and the
    one before it, or nothing where the row is not there."""
    key: Key
    found: tuple[int, ...]


@dataclasses.dataclass
class Statement:
    text: str
    start: float
    end: float
    reads: list[Read] = dataclasses.field(default_factory=list)
    writes: list[Write] = dataclasses.field(default_factory=list)
    locking: bool = False  # its reads are FOR UPDATE or FOR SHARE


@dataclasses.dataclass
class Transaction:
    number: int
    level: str
    statements: list[Statement] = dataclasses.field(default_factory=list)
    committed: bool | None = False  # None: the client was not told
    start: float = 0.0
    commit_start: float = 0.0
    end: float = float("inf")
    client: str = ""

    @property
    def writes(self) -> list[Write]:
        return [write for statement in self.statements for write in statement.writes]

    def __str__(self) -> str:
        outcome = {True: "committed", False: "rolled back", None: "unknown"}[self.committed]
        lines = [f"T{self.number} ({self.client}, {self.level}, {outcome})"]
        lines += [f"    {s.start:.6f} .. {s.end:.6f}  {s.text}{found_by(s)}" for s in self.statements]
        lines.append(f"    {self.commit_start:.6f} .. {self.end:.6f}  end")
        return "\n".join(lines)


def found_by(statement: Statement) -> str:
    return "".join(f"\n        {name(read.key)}: {list(read.found)}" for read in statement.reads)


def name(key: Key) -> str:
    return f"{key[0]} {key[1]}"
