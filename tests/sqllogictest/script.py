"""Reads files in the format of sqllogictest (sqlite.org/sqllogictest).

Records are parted by blank lines. A record is a statement that must succeed or fail, or a query with the
types of its columns, how its result is sorted before it is compared, a label, and below `----` the result:
one value a line, or how many there are and their MD5. `skipif` and `onlyif` name an engine and are about
the record below them; `halt` ends the file; `hash-threshold` sets from how many values on a result is
written as its MD5.
"""

from __future__ import annotations

import dataclasses
import hashlib
import pathlib
import re
from collections.abc import Iterator

HASHED = re.compile(r"(\d+) values hashing to ([0-9a-f]{32})")
WHOLE = re.compile(r"\s*[+-]?\d+")
REAL = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
SORTS = ("nosort", "rowsort", "valuesort")


class FormatError(Exception):
    """The file is not in the format."""


@dataclasses.dataclass
class Record:
    line: int
    sql: str
    must_fail: bool = False
    types: str | None = None  # of a query's columns; None: a statement
    sort: str = "nosort"
    label: str = ""
    expected: list[str] | None = None  # None: the query must only run


def read(path: pathlib.Path, engine: str) -> Iterator[Record]:
    """The records of a file that are for `engine`, in order."""
    with open(path, encoding="utf-8", errors="surrogateescape") as source:
        lines = [line.rstrip("\r\n") for line in source]
    at, wanted = 0, True
    while at < len(lines):
        words = lines[at].split("#", 1)[0].split()
        at += 1
        if not words:
            continue
        if words[0] in ("skipif", "onlyif"):
            wanted = wanted and (words[1] == engine) == (words[0] == "onlyif")
        elif words[0] == "halt":
            if wanted:
                return
            wanted = True
        elif words[0] == "hash-threshold":
            wanted = True  # the form of an expected result says whether it is an MD5
        elif words[0] in ("statement", "query"):
            start = at
            while at < len(lines) and lines[at].strip():
                at += 1
            if wanted:
                yield record(words, start, lines[start:at])
            wanted = True
        else:
            raise FormatError(f"{path}:{at}: {' '.join(words)}")


def record(words: list[str], line: int, body: list[str]) -> Record:
    if words[0] == "statement":
        if words[1:] not in (["ok"], ["error"]):
            raise FormatError(f"line {line}: {' '.join(words)}")
        return Record(line, "\n".join(body), must_fail=words[1] == "error")
    types, sort, label, *_ = *words[1:], *[""] * 3
    sort = sort or "nosort"
    if not types or set(types) - set("TIR") or sort not in SORTS:
        raise FormatError(f"line {line}: {' '.join(words)}")
    split = body.index("----") if "----" in body else None
    return Record(line, "\n".join(body[:split]), types=types, sort=sort, label=label,
                  expected=None if split is None else body[split + 1:])


def shown(value: str | bytes | None, kind: str) -> str:
    """A value as the files write it; `kind` is T, I or R."""
    if value is None:
        return "NULL"
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    if kind == "T":
        return "".join(char if " " <= char <= "~" else "@" for char in value) or "(empty)"
    if kind == "I":
        # What has a fraction loses it, as where a driver is asked for an integer.
        number = WHOLE.match(value)
        if "e" in value.lower() and REAL.fullmatch(value):
            return str(int(float(value)))
        return str(int(number[0])) if number else "0"
    number = REAL.match(value)
    return f"{float(number[0]) if number else 0.0:.3f}"


def arrange(rows: list[list[str]], sort: str) -> list[str]:
    """All values of a result, in the order in which they are compared."""
    if sort == "rowsort":
        rows = sorted(rows)
    values = [value for row in rows for value in row]
    return sorted(values) if sort == "valuesort" else values


def digest(values: list[str]) -> str:
    return hashlib.md5("".join(f"{value}\n" for value in values).encode()).hexdigest()


def difference(record_: Record, values: list[str]) -> str | None:
    """What is wrong with the result of a query, or None."""
    expected = record_.expected
    if expected is None:
        return None
    if len(expected) == 1 and (hashed := HASHED.fullmatch(expected[0])):
        found = f"{len(values)} values hashing to {digest(values)}"
        return None if found == expected[0] else f"expected {hashed[0]}, got {found}"
    if values == expected:
        return None
    return f"expected {clipped(expected)}, got {clipped(values)}"


def clipped(values: list[str]) -> str:
    text = ", ".join(values[:12])
    return f"[{text}{', …' if len(values) > 12 else ''}]"
