#!/usr/bin/env python3
"""Builds and runs every test, and closes with one line: `N passed, N failed, N skipped`.

A suite is a row of SUITES. A C++ test binary tells its numbers in its JSON report; any other suite
closes its output with such a line of its own, and is counted by that.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time
import xml.etree.ElementTree as xml

ROOT = pathlib.Path(__file__).resolve().parents[1]
COUNT = re.compile(r"(\d+) (passed|failed|skipped|error)")
SHARE = re.compile(r"passed (\d+) of (\d+)")  # of a conformance suite: the rest is known to fail


@dataclasses.dataclass
class Tally:
    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def __iadd__(self, other: "Tally") -> "Tally":
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped
        return self

    def __str__(self) -> str:
        return f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"


@dataclasses.dataclass(frozen=True)
class Suite:
    name: str
    kind: str  # "ctest": `target` is a preset; "script": `target` is a Python file
    target: str
    arguments: tuple[str, ...] = ()
    in_default: bool = True


DRIVEN = ("octavo", "keyspace_pipe")  # what the scripts run, of the preset release
SUITES = (
    Suite("format", "script", "tools/lint.py", ("--format",)),
    Suite("unit", "ctest", "debug"),  # with sanitizers; what is optimised is driven from outside
    # After that build, whose compile commands and lists of headers it reads.
    Suite("lint", "script", "tools/lint.py", ("--budget", "300")),
    Suite("unit-release", "ctest", "release", in_default=False),
    Suite("unit-gcc", "ctest", "gcc", in_default=False),
    Suite("unit-tsan", "ctest", "tsan", in_default=False),
    Suite("server", "script", "tests/server/run.py"),
    Suite("e2e", "script", "tests/e2e/run.py"),
    Suite("redis", "script", "tests/redis/run.py"),
    Suite("mysql", "script", "tests/mysql/run.py"),
    Suite("mongodb", "script", "tests/mongodb/run.py"),
    Suite("isolation", "script", "tests/isolation/run.py"),
    Suite("sqllogictest", "script", "tests/sqllogictest/run.py"),
    Suite("crash", "script", "tests/crash/run.py"),
    Suite("fuzz", "script", "tools/fuzz.py", ("--preset", "debug", "--seconds", "20")),
    # The shares that must pass: below what does, by what a busy machine may cost.
    Suite("conformance", "script", "tests/conformance/redis/run.py", ("--minimum", "95"),
          in_default=False),
    Suite("conformance", "script", "tests/conformance/rethinkdb/run.py", ("--minimum", "97"),
          in_default=False),
    Suite("conformance", "script", "tests/conformance/rethinkdb_python/run.py",
          ("--minimum", "80"), in_default=False),
)


def build(preset: str, targets: tuple[str, ...], jobs: int) -> bool:
    # Configured each time: what a preset says may have changed since.
    steps = [["cmake", "--preset", preset],
             ["ninja", "-C", f"build/{preset}", "-j", str(jobs), *targets]]
    return all(subprocess.run(step, cwd=ROOT, check=False).returncode == 0 for step in steps)


def count_report(path: pathlib.Path) -> Tally | None:
    """What a GoogleTest report says, or None when the binary died before it wrote one."""
    try:
        report = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    tally = Tally()
    for group in report["testsuites"]:
        for case in group["testsuite"]:
            if case.get("failures"):
                tally.failed += 1
            elif case["result"] == "COMPLETED":
                tally.passed += 1
            else:
                tally.skipped += 1
    return tally


def run_ctest(preset: str, jobs: int) -> Tally:
    folder = ROOT / "build" / preset
    reports = folder / "reports"
    shutil.rmtree(reports, ignore_errors=True)
    reports.mkdir(parents=True)
    summary = reports / "ctest.xml"
    subprocess.run(
        ["ctest", "--output-on-failure", "-j", str(jobs), "--output-junit", str(summary)],
        cwd=folder, check=False, env={**os.environ, "GTEST_OUTPUT": f"json:{reports}/"})
    if not summary.exists():
        return Tally(failed=1)
    tally = Tally()
    for case in xml.parse(summary).getroot().iter("testcase"):
        good = case.get("status") == "run"
        counted = count_report(reports / f"{case.get('name')}.json")
        if counted is None:  # no GoogleTest, or it crashed
            counted = Tally(passed=int(good), failed=int(not good))
        elif not good and counted.failed == 0:  # e.g. a leak found at exit
            counted.failed = 1
        tally += counted
    return tally


def run_script(suite: Suite, jobs: int) -> Tally:
    command = [sys.executable, "-u", suite.target, *suite.arguments]
    if suite.target.startswith("tools/"):
        command += ["--jobs", str(jobs)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    closing = ""
    for line in process.stdout:
        print(line, end="", flush=True)
        if COUNT.search(line) or SHARE.search(line):
            closing = line
    code = process.wait()
    if share := SHARE.search(closing):
        passed, all_cases = int(share[1]), int(share[2])
        return Tally(passed, int(code != 0), all_cases - passed)
    counts = {"passed": 0, "failed": 0, "skipped": 0, "error": 0}
    for number, word in COUNT.findall(closing):
        counts[word] = int(number)
    tally = Tally(counts["passed"], counts["failed"] + counts["error"], counts["skipped"])
    if code != 0 and tally.failed == 0:
        tally.failed = 1
    return tally


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("suites", nargs="*", metavar="suite",
                        help=", ".join(dict.fromkeys(suite.name for suite in SUITES)))
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--no-build", action="store_true")
    options = parser.parse_args()
    if unknown := set(options.suites) - {suite.name for suite in SUITES}:
        parser.error(f"no such suite: {', '.join(sorted(unknown))}")
    chosen = [suite for suite in SUITES
              if (suite.name in options.suites if options.suites else suite.in_default)
              and (suite.kind == "ctest" or (ROOT / suite.target).exists())]

    if not options.no_build:
        wanted = dict.fromkeys((suite.target, ("all",)) if suite.kind == "ctest"
                               else ("release", DRIVEN) for suite in chosen)
        for preset, targets in wanted:
            if not build(preset, targets, options.jobs):
                print(f"the {preset} build failed\n{Tally(failed=1)}")
                return 1

    total = Tally()
    lines = []
    for suite in chosen:
        print(f"==== {suite.name}: {suite.target}", flush=True)
        started = time.monotonic()
        run = run_ctest(suite.target, options.jobs) if suite.kind == "ctest" else run_script(
            suite, options.jobs)
        total += run
        lines.append(f"{suite.name:12} {suite.target:38} {run}  "
                     f"({time.monotonic() - started:.0f} s)")
    print("====")
    print("\n".join(lines))
    print(total)
    return 1 if total.failed else 0


if __name__ == "__main__":
    sys.exit(main())
