"""The vocabulary of expectations (`ot`) and how a result is compared with one.

Numbers are equal within `precision` whatever their type, objects need the same keys, lists the
same order and length; `partial` and `bag` relax that, and whatever they wrap. Errors need the
class and the first part of the message.
"""

from __future__ import annotations

import collections.abc
import dataclasses
import re
import time
from typing import Any

_UUID = re.compile(r"[a-z0-9]{8}(-[a-z0-9]{4}){3}-[a-z0-9]{12}")
# The message ends where the server starts to print what it was looking at.
_DETAILS = re.compile(r"\A([^\n]*?)(?:(?: in)?:\n|\nFailed assertion:).*\Z", re.DOTALL)


class Mismatch(Exception):
    """The result is not what was expected; says where and why."""


@dataclasses.dataclass(frozen=True)
class Rules:
    ordered: bool = True
    partial: bool = False
    precision: float = 0.0


@dataclasses.dataclass(frozen=True)
class Relaxed:
    """bag() and partial(): changes of the rules for what it holds."""

    value: Any
    changes: tuple[tuple[str, Any], ...]


@dataclasses.dataclass(frozen=True)
class OfType:
    value: Any
    types: tuple[type, ...]


@dataclasses.dataclass(frozen=True)
class ExpectedError:
    kind: str
    message: Any = None  # text or compiled pattern
    frames: Any = None   # not compared


@dataclasses.dataclass(frozen=True)
class Pattern:
    pattern: re.Pattern


class Anything:
    def __repr__(self) -> str:
        return "anything but an error"


ANYTHING = Anything()


def bag(value, **changes):
    return _relax(value, {"ordered": False, **changes})


def partial(value, ordered=False, partial=True):  # pylint: disable=redefined-outer-name
    return _relax(value, {"ordered": ordered, "partial": partial})


def _relax(value, changes: dict) -> Relaxed:
    if isinstance(value, Relaxed):
        changes = {**dict(value.changes), **changes}
        value = value.value
    return Relaxed(value, tuple(changes.items()))


def err(kind, message=None, frames=None):
    return ExpectedError(kind, message, frames)


def err_regex(kind, message=None, frames=None):
    return ExpectedError(kind, re.compile(message), frames)


def arrlen(length, thing=ANYTHING):
    return [thing] * length


def uuid():
    return Pattern(_UUID)


def regex(pattern):
    return Pattern(re.compile(pattern))


def int_cmp(value):
    return OfType(value, (int,))


def float_cmp(value):
    return OfType(value, (float,))


def wait(seconds):
    time.sleep(seconds)


def fetcher(r):
    """fetch(cursor, n): n rows, then whatever comes; without n, what comes in a short while."""

    def fetch(cursor, limit=None, timeout=None):
        rows = []
        deadline = time.monotonic() + (timeout or (5.0 if limit else 0.5))
        while limit is None or len(rows) < limit:
            try:
                rows.append(cursor.next(wait=max(deadline - time.monotonic(), 0.001)))
            except r.ReqlTimeoutError as error:
                if limit is not None:
                    rows.append(error)
                break
            except r.ReqlCursorEmpty:
                break
        return rows

    return fetch


def compare(r, expected, result, rules: Rules) -> None:
    """Raises Mismatch unless `result` is as expected. `r` finds error classes by name."""
    if isinstance(expected, Relaxed):
        compare(r, expected.value, result, dataclasses.replace(rules, **dict(expected.changes)))
    elif isinstance(expected, OfType):
        if not isinstance(result, expected.types):
            raise Mismatch(f"type {type(result).__name__}")
        compare(r, expected.value, result, rules)
    elif isinstance(expected, ExpectedError):
        _compare_error(r, expected, result)
    elif isinstance(result, Exception):
        raise Mismatch(f"{type(result).__name__}: {message_of(result)}")
    elif expected is ANYTHING:
        return
    elif isinstance(expected, Pattern):
        if not isinstance(result, str) or not expected.pattern.fullmatch(result):
            raise Mismatch(f"{result!r} does not match {expected.pattern.pattern}")
    elif isinstance(expected, (int, float)):
        _compare_number(expected, result, rules)
    elif isinstance(expected, dict):
        _compare_object(r, expected, result, rules)
    elif isinstance(expected, (str, bytes)) or not isinstance(expected, collections.abc.Iterable):
        if expected != result or (result is None) != (expected is None):
            raise Mismatch(f"got {result!r}")
    else:
        _compare_list(r, list(expected), result, rules)


def message_of(error: Exception) -> str:
    return str(getattr(error, "message", None) or error)


def _error_class(r, kind: str):
    found = getattr(r, kind, None) or getattr(__import__("builtins"), kind, None)
    if not (isinstance(found, type) and issubclass(found, Exception)):
        raise Mismatch(f"no error class is called {kind}")
    return found


def _compare_error(r, expected: ExpectedError, result) -> None:
    if not isinstance(result, Exception):
        raise Mismatch(f"no error but {result!r}")
    kind = _error_class(r, expected.kind)
    if not isinstance(result, kind):
        raise Mismatch(f"{type(result).__name__}: {message_of(result)}")
    message = _DETAILS.sub(r"\1:", message_of(result))
    if isinstance(expected.message, re.Pattern):
        same = expected.message.match(message)
    else:
        same = not expected.message or expected.message == message
    if not same:
        raise Mismatch(f"message {message!r}")


def _compare_number(expected, result, rules: Rules) -> None:
    if not isinstance(result, (int, float)):
        raise Mismatch(f"got {result!r}")
    # A NaN is within no distance of anything.
    if not abs(expected - result) <= rules.precision:
        raise Mismatch(f"got {result!r}")


def _compare_object(r, expected: dict, result, rules: Rules) -> None:
    if not isinstance(result, dict):
        raise Mismatch(f"got {result!r}")
    missing = set(expected) - set(result)
    extra = set() if rules.partial else set(result) - set(expected)
    if missing or extra:
        raise Mismatch(f"keys missing {sorted(map(str, missing))}, extra {sorted(map(str, extra))}"
                       f" in {result!r}")
    for key, value in expected.items():
        try:
            compare(r, value, result[key], rules)
        except Mismatch as mismatch:
            raise Mismatch(f"[{key!r}]: {mismatch}") from None


def _matches(r, expected, result, rules: Rules) -> bool:
    try:
        compare(r, expected, result, rules)
        return True
    except Mismatch:
        return False


def _compare_list(r, expected: list, result, rules: Rules) -> None:
    if isinstance(result, (str, bytes, dict)) or not isinstance(result, collections.abc.Iterable):
        raise Mismatch(f"got {result!r}")
    rows = list(result)
    if rules.ordered and not rules.partial:
        if len(rows) != len(expected):
            raise Mismatch(f"{len(rows)} elements: {rows!r}")
        for index, (one, row) in enumerate(zip(expected, rows)):
            try:
                compare(r, one, row, rules)
            except Mismatch as mismatch:
                raise Mismatch(f"[{index}]: {mismatch}") from None
        return
    rest = list(rows)
    for one in expected:
        for index, row in enumerate(rest):
            if _matches(r, one, row, rules):
                # In order: what was passed over may not be used again.
                rest = rest[index + 1:] if rules.ordered else rest[:index] + rest[index + 1:]
                break
        else:
            raise Mismatch(f"nothing matches {one!r} in {rows!r}")
    if rest and not rules.partial:
        raise Mismatch(f"extra elements {rest!r}")
