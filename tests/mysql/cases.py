"""Statements and what they come to, as text files.

    # a comment
    > SELECT 1 + 1 AS two, NULL
    two | NULL
    2   | NULL
    ok                            (in place of rows: nothing is told)
    ok 2 id 7 info Records: 2 …   (affected rows; the insert id and the info where they are told)
    error 1146 42S02 Table 'a.b' doesn't exist
    warning 1292 Truncated incorrect DOUBLE value: 'x'
    note 1051 …

`b> …` is a statement of another connection, called `b`, which is opened when it is first named. One
that waits for others `waits`, and what it comes to stands behind a line `b.` later on.

A statement reads on where the next line begins with two blanks. Rows are in any order where the line
before them is `unordered`. Cells are trimmed; one that has blanks at its ends stands in quotes, and a
line break is `\\n`. Each file begins in an empty database of its own.
"""

from __future__ import annotations

import dataclasses
import pathlib
import re


@dataclasses.dataclass
class Case:
    file: str
    line: int
    statement: str  # empty: what the one before of this connection comes to
    expected: list[str]
    unordered: bool = False
    client: str = ""

    @property
    def name(self) -> str:
        return f"{self.file}:{self.line}: {self.client}> {self.statement or '(goes on)'}"


STATEMENT = re.compile(r"([a-z]?)> (.*)")
GOES_ON = re.compile(r"([a-z])\.")


def read(path: pathlib.Path) -> list[Case]:
    cases: list[Case] = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if begins := STATEMENT.fullmatch(line):
            cases.append(Case(path.name, number, begins[2], [], client=begins[1]))
        elif goes_on := GOES_ON.fullmatch(line):
            cases.append(Case(path.name, number, "", [], client=goes_on[1]))
        elif line.startswith("  ") and cases and not cases[-1].expected:
            cases[-1].statement += "\n" + line.strip()
        elif line == "unordered":
            cases[-1].unordered = True
        elif line and not line.startswith("#"):
            cases[-1].expected.append(" | ".join(part.strip() for part in line.split("|")))
    return cases


def shown(value) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, bytes):
        try:
            value = value.decode()
        except UnicodeDecodeError:
            return "0x" + value.hex()
    text = str(value).replace("\n", "\\n")
    return f"'{text}'" if text != text.strip() or text == "" else text
