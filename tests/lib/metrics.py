"""The text format of Prometheus, 0.0.4, read as its specification says and no more leniently."""

from __future__ import annotations

import dataclasses
import math
import re

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\\\|\\"|\\n)*)"'
SAMPLE = re.compile(rf"(?P<name>{NAME})(?:\{{(?P<labels>{LABEL}(?:,{LABEL})*)?,?\}})? "
                    r"(?P<value>\S+)(?: -?\d+)?")
KINDS = ("counter", "gauge", "histogram", "summary", "untyped")
SUFFIXES = {"histogram": ("_bucket", "_sum", "_count"), "summary": ("", "_sum", "_count")}


@dataclasses.dataclass
class Family:
    kind: str
    help: str
    samples: dict[tuple[str, frozenset], float] = dataclasses.field(default_factory=dict)

    def value(self, **labels: str) -> float:
        """Of the only sample with these labels."""
        found = [value for (_, given), value in self.samples.items()
                 if set(labels.items()) <= given]
        if len(found) != 1:
            raise LookupError(f"{len(found)} samples with {labels}")
        return found[0]


def number(text: str) -> float:
    if text in ("+Inf", "-Inf", "NaN"):
        return float(text)
    if not re.fullmatch(r"[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?", text):
        raise ValueError(f"no number: {text!r}")
    return float(text)


def parse(text: str) -> dict[str, Family]:
    """All families; an error for whatever a strict reader would not take."""
    if not text.endswith("\n"):
        raise ValueError("the last line has no end")
    families: dict[str, Family] = {}
    helps: dict[str, str] = {}
    current = None
    for line in text[:-1].split("\n"):
        if match := re.fullmatch(rf"# HELP ({NAME}) (.*)", line):
            if match[1] in families or match[1] in helps:
                raise ValueError(f"a second HELP of {match[1]}")
            helps[match[1]] = match[2]
        elif match := re.fullmatch(rf"# TYPE ({NAME}) (\w+)", line):
            if match[1] in families or match[2] not in KINDS or match[1] not in helps:
                raise ValueError(f"out of place: {line!r}")
            current = match[1]
            families[current] = Family(match[2], helps.pop(current))
        elif match := SAMPLE.fullmatch(line):
            add_sample(families, current, match)
        else:
            raise ValueError(f"no line of this format: {line!r}")
    if helps:
        raise ValueError(f"HELP without a family: {sorted(helps)}")
    for name, family in families.items():
        check_family(name, family)
    return families


def add_sample(families: dict[str, Family], current: str | None, match: re.Match) -> None:
    name = match["name"]
    allowed = [] if current is None else [
        current + suffix for suffix in SUFFIXES.get(families[current].kind, ("",))]
    if name not in allowed:
        raise ValueError(f"{name} is not among the lines of its family")
    pairs = re.findall(LABEL, match["labels"] or "")
    if len({label for label, _ in pairs}) != len(pairs):
        raise ValueError(f"{name} has a label twice")
    key = (name, frozenset(pairs))
    if key in families[current].samples:
        raise ValueError(f"{name} with {pairs} is there twice")
    families[current].samples[key] = number(match["value"])


def check_family(name: str, family: Family) -> None:
    if not family.samples:
        raise ValueError(f"{name} has no samples")
    if not family.help:
        raise ValueError(f"{name} has no help")
    if family.kind == "counter":
        if not name.endswith("_total"):
            raise ValueError(f"{name} is a counter and does not end in _total")
        if any(not value >= 0 or math.isinf(value) for value in family.samples.values()):
            raise ValueError(f"{name} is a counter with an impossible value")
