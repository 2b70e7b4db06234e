"""The tests in Go, built into the build tree with the modules that e2e/go/go.sum pins."""

from __future__ import annotations

import functools
import os
import pathlib
import re
import shutil
import subprocess

TESTS = pathlib.Path(__file__).resolve().parents[1]
SOURCE = TESTS / "e2e" / "go"
PROGRAM = TESTS.parent / "build" / "go" / "e2e.test"
NEEDED = (1, 24)  # of the driver's go.mod; Debian 12 has 1.19


def available() -> bool:
    if shutil.which("go") is None:
        return False
    told = subprocess.run(["go", "env", "GOVERSION"], cwd="/", text=True, capture_output=True,
                          check=False)
    version = re.match(r"go(\d+)\.(\d+)", told.stdout)
    return version is not None and (int(version[1]), int(version[2])) >= NEEDED


def names() -> list[str]:
    """Of the test functions, also where there is no Go."""
    return [name for file in sorted(SOURCE.glob("*_test.go"))
            for name in re.findall(r"^func (Test\w+)\(t ", file.read_text(encoding="utf-8"), re.M)]


@functools.cache
def build() -> pathlib.Path:
    """Go looks itself whether there is something to do."""
    PROGRAM.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(["go", "test", "-c", "-mod=readonly", "-o", str(PROGRAM), "."], cwd=SOURCE,
                   check=True)
    return PROGRAM


def run(environment: dict[str, str], timeout_s: float = 120.0) -> dict[str, tuple[str, str]]:
    """What became of each test function (PASS, FAIL, SKIP), and what was written meanwhile."""
    done = subprocess.run([str(build()), "-test.v", f"-test.timeout={int(timeout_s)}s"],
                          env={**os.environ, **environment}, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=timeout_s + 30, check=False)
    told: dict[str, tuple[str, str]] = {}
    rest = done.stdout
    while end := re.search(r"^--- (PASS|FAIL|SKIP): (\w+) .*\n(?:    .*\n)*", rest, re.M):
        told[end[2]] = (end[1], rest[:end.end()])
        rest = rest[end.end():]
    for name in names():  # of a program that ended before
        told.setdefault(name, ("FAIL", rest))
    return told
