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

A statement reads on where the next line begins with two blanks. Rows are in any order where the line
before them is `unordered`. Cells are trimmed; one that has blanks at its ends stands in quotes. Each
file begins in an empty database of its own.
"""

from __future__ import annotations

import dataclasses
import pathlib


@dataclasses.dataclass
class Case:
    file: str
    line: int
    statement: str
    expected: list[str]
    unordered: bool = False

    @property
    def name(self) -> str:
        return f"{self.file}:{self.line}: {self.statement}"


def read(path: pathlib.Path) -> list[Case]:
    cases: list[Case] = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line.startswith("> "):
            cases.append(Case(path.name, number, line[2:], []))
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
    text = str(value)
    return f"'{text}'" if text != text.strip() or text == "" else text
