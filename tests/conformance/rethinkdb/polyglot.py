"""Reads the polyglot test files.

They look like YAML and are not: values are raw text of three programming languages, with unquoted
braces and colons. The rules, as the files use them:

* an empty line, or one whose first character is `#`, is nothing;
* `- ` opens an item of a list, `key:` (letters, digits, `_`, `.`) a field of a mapping; what
  follows on the line belongs to it, as does every deeper line;
* anything else is text; the lines of one value are stripped and joined by newlines. A first line
  of `|`, `|-` or `>` is a marker and not text.
"""

from __future__ import annotations

import dataclasses
import pathlib
import re

_ITEM = re.compile(r"- +")
_KEY = re.compile(r"([\w.]+): *")
_MARKERS = ("|", "|-", ">")
_ASSIGNMENT = re.compile(r"\s*([A-Za-z_]\w*)\s*=(?!=)\s*(.*)", re.DOTALL)


class PolyglotError(Exception):
    """A file that does not follow the rules above."""


class Text(str):
    """A value, with the number of its first line."""

    line: int

    def __new__(cls, value: str, line: int) -> "Text":
        text = super().__new__(cls, value)
        text.line = line
        return text


class _Lines:
    """The lines that count, each as (indent, text, number); the first can be cut shorter."""

    def __init__(self, source: str):
        self._lines = []
        for number, line in enumerate(source.splitlines(), start=1):
            text = line.strip()
            if text and not text.startswith("#"):
                self._lines.append((len(line) - len(line.lstrip(" ")), text, number))
        self._at = 0

    def peek(self):
        return self._lines[self._at] if self._at < len(self._lines) else None

    def skip(self) -> None:
        self._at += 1

    def cut(self, count: int) -> None:
        """Drops `count` characters of the first line; the rest keeps its column."""
        indent, text, number = self._lines[self._at]
        rest = text[count:]
        if rest and not rest.startswith("#"):
            self._lines[self._at] = (indent + count, rest, number)
        else:
            self._at += 1


def _parse(lines: _Lines, at_least: int):
    first = lines.peek()
    if first is None or first[0] < at_least:
        return None
    indent = first[0]
    if _ITEM.match(first[1]):
        return _parse_list(lines, indent)
    if _KEY.match(first[1]):
        return _parse_mapping(lines, indent)
    return _parse_text(lines, at_least)


def _parse_list(lines: _Lines, indent: int) -> list:
    items = []
    while (line := lines.peek()) is not None and line[0] >= indent:
        marker = _ITEM.match(line[1])
        if not marker:
            raise PolyglotError(f"line {line[2]}: expected an item, found {line[1]!r}")
        lines.cut(marker.end())
        items.append(_parse(lines, indent + 1))
    return items


def _parse_mapping(lines: _Lines, indent: int) -> dict:
    fields: dict = {}
    while (line := lines.peek()) is not None and line[0] >= indent:
        marker = _KEY.match(line[1])
        if not marker:
            raise PolyglotError(f"line {line[2]}: expected a field, found {line[1]!r}")
        own_indent = line[0]
        lines.cut(marker.end())
        fields[marker.group(1)] = _parse(lines, own_indent + 1)
    return fields


def _parse_text(lines: _Lines, at_least: int) -> Text:
    parts = []
    number = lines.peek()[2]
    while (line := lines.peek()) is not None and line[0] >= at_least:
        if parts or line[1] not in _MARKERS:
            parts.append(line[1])
        lines.skip()
    return Text("\n".join(parts), number)


@dataclasses.dataclass
class Step:
    """One thing to do: a definition, or a command with what it should give."""

    line: int
    index: int  # among the commands of one entry
    source: str
    variable: str | None = None
    expected: str | None = None  # None: anything but an error
    is_definition: bool = False
    run_options: dict = dataclasses.field(default_factory=dict)
    test_options: dict = dataclasses.field(default_factory=dict)

    @property
    def name(self) -> str:
        return f"{self.line}.{self.index}" if self.index else str(self.line)


@dataclasses.dataclass
class PolyglotFile:
    description: str
    tables: list[str]
    steps: list[Step]

    @property
    def cases(self) -> list[Step]:
        return [step for step in self.steps if not step.is_definition]


def _for_language(value, language: str):
    if isinstance(value, dict):
        return value.get(language, value.get("cd"))
    return value


def _split_assignment(source: str) -> tuple[str | None, str]:
    match = _ASSIGNMENT.fullmatch(source)
    return (match.group(1), match.group(2)) if match else (None, source)


def _steps_of(entry: dict, language: str) -> list[Step]:
    steps = []
    definition = _for_language(entry.get("def"), language)
    for source in definition if isinstance(definition, list) else [definition]:
        if source:
            steps.append(Step(source.line, 0, str(source), is_definition=True))
    command = entry.get(language, entry.get("cd"))
    expected = _for_language(entry.get("ot"), language)
    if isinstance(command, dict):
        expected = command.get("ot", expected)
        command = command.get("cd")
    for index, source in enumerate(command if isinstance(command, list) else [command]):
        if not source:
            continue
        variable, code = _split_assignment(source)
        steps.append(Step(source.line, index, code, variable, expected,
                          run_options=dict(entry.get("runopts") or {}),
                          test_options=dict(entry.get("testopts") or {})))
    return steps


def parse(source: str, language: str = "py") -> PolyglotFile:
    document = _parse(_Lines(source), 0)
    if not isinstance(document, dict):
        raise PolyglotError("the file is not a mapping")
    tables = re.split(r"[\s,]+", str(document.get("table_variable_name") or ""))
    steps = []
    for entry in document.get("tests") or []:
        steps.extend(_steps_of(entry, language))
    return PolyglotFile(str(document.get("desc") or ""), [name for name in tables if name], steps)


def load(path: pathlib.Path, language: str = "py") -> PolyglotFile:
    return parse(path.read_text(encoding="utf-8"), language)


def applies_to(path: pathlib.Path, language: str = "py") -> bool:
    """`a.yaml` is for every language, `a.rb.yaml` for one; `a.py_one.yaml` is an old spelling."""
    parts = path.name.split(".")
    return len(parts) == 2 or parts[-2].split("_")[0] == language
