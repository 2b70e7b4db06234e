"""Runs one polyglot file with the official driver; one line of JSON per case on standard output.

A process of its own for each file: a file that hangs or breaks the driver takes nothing with it.
"""

from __future__ import annotations

import argparse
import datetime
import json
import math
import pathlib
import signal
import sys
import time

import expect
import polyglot
from rethinkdb import RethinkDB

TABLE_PREFIX = "polyglot_"


class CaseTimeout(Exception):
    """The server did not answer in time."""


class Utc(datetime.tzinfo):
    def utcoffset(self, dt):
        return datetime.timedelta(0)

    def dst(self, dt):
        return datetime.timedelta(0)

    def tzname(self, dt):
        return "UTC"


class Pacific(datetime.tzinfo):
    """Pacific daylight time, as the files' sample instant has it."""

    def utcoffset(self, dt):
        return datetime.timedelta(hours=-7)

    def dst(self, dt):
        return datetime.timedelta(hours=1)

    def tzname(self, dt):
        return "PDT"


class FileRun:
    def __init__(self, options, file: polyglot.PolyglotFile):
        self.options = options
        self.file = file
        self.r = RethinkDB()
        self.connections: dict = {}
        self.scope = {
            "r": self.r, "null": None, "nil": None, "true": True, "false": False,
            "long": int, "xrange": range, "unicode": str,
            "sys": sys, "math": math, "time": time, "datetime": datetime.datetime,
            "timedelta": datetime.timedelta, "tzinfo": datetime.tzinfo,
            "UTCTimeZone": Utc, "PacificTimeZone": Pacific,
            "fetch": expect.fetcher(self.r),
        }
        for name in ("bag", "partial", "err", "err_regex", "arrlen", "uuid", "regex", "int_cmp",
                     "float_cmp", "wait"):
            self.scope[name] = getattr(expect, name)

    def connect(self, user: str = "admin"):
        return self.r.connect(host=self.options.host, port=self.options.port, user=user,
                              timeout=self.options.case_timeout)

    def connection(self, user: str = "admin"):
        if user not in self.connections or not self.connections[user].is_open():
            self.connections[user] = self.connect(user)
        return self.connections[user]

    def set_up_tables(self) -> None:
        conn = self.connection()
        for index, name in enumerate(self.file.tables):
            table = f"{TABLE_PREFIX}{index}"
            self.r.db("test").table_create(table).run(conn)
            self.r.db("test").table(table).wait().run(conn)
            self.scope[name] = self.r.db("test").table(table)
        self.scope["conn"] = conn

    def value_of(self, text):
        """A run or test option: a Python expression if it is one, otherwise the text itself."""
        if isinstance(text, dict):
            return {key: self.value_of(value) for key, value in text.items()}
        if not isinstance(text, str):
            return text
        try:
            return eval(text, self.scope)
        except Exception:
            return str(text)

    def evaluate(self, step: polyglot.Step):
        options = {key: self.value_of(value) for key, value in step.run_options.items()}
        user = options.pop("user", "admin")
        tests = {key: self.value_of(value) for key, value in step.test_options.items()}
        result = eval(f"({step.source}\n)", self.scope)
        if isinstance(result, self.r.RqlQuery):
            options.setdefault("max_batch_rows", 3)
            options.setdefault("profile", True)
            conn = self.connect(user) if tests.get("new-connection") else self.connection(user)
            result = result.run(conn, **options)
            if isinstance(result, dict) and set(result) == {"profile", "value"}:
                result = result["value"]
            if tests.get("noreply_wait"):
                conn.noreply_wait()
        elif isinstance(result, self.r.Cursor):
            result = list(result)
        variable = tests.get("variable") or step.variable
        if variable:
            self.scope[variable] = result
        return result

    def check(self, step: polyglot.Step) -> str | None:
        """What is wrong, or None."""
        precision = float(self.value_of(step.test_options.get("precision", 0)))
        try:
            expected = eval(f"({step.expected}\n)", self.scope) if step.expected else expect.ANYTHING
        except Exception as error:
            return f"cannot read the expectation: {error!r}"
        try:
            result = self.evaluate(step)
        except CaseTimeout:
            raise
        except Exception as error:  # an expected one is a result like any other
            result = error
        try:
            expect.compare(self.r, expected, result, expect.Rules(precision=precision))
        except expect.Mismatch as mismatch:
            return str(mismatch)
        except CaseTimeout:
            raise
        except Exception as error:  # a cursor that breaks while it is read
            return f"{type(error).__name__}: {expect.message_of(error)}"
        return None

    def run_case(self, step: polyglot.Step) -> str | None:
        signal.alarm(self.options.case_timeout)
        try:
            return self.check(step)
        except CaseTimeout:
            # What the connection still owes us would be taken for the next answer.
            self.connections.clear()
            self.scope["conn"] = self.connection()
            return f"no answer within {self.options.case_timeout} s"
        finally:
            signal.alarm(0)

    def run(self) -> None:
        self.set_up_tables()
        for step in self.file.steps:
            if step.is_definition:
                try:
                    exec(step.source, self.scope)
                except Exception as error:
                    report({"definition": step.line, "error": repr(error)})
                continue
            failure = self.run_case(step)
            report({"case": step.name, "source": step.source, "expected": step.expected,
                    "failure": failure})


def report(line: dict) -> None:
    print(json.dumps(line), flush=True)


def on_alarm(_number, _frame):
    raise CaseTimeout()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=pathlib.Path)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=28015)
    parser.add_argument("--case-timeout", type=int, default=20)
    options = parser.parse_args()
    signal.signal(signal.SIGALRM, on_alarm)
    FileRun(options, polyglot.load(options.file)).run()


if __name__ == "__main__":
    main()
