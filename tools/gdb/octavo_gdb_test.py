#!/usr/bin/env python3
"""Runs gdb on `gdb_subject` and compares what it prints: octavo_gdb_test.py <binary>."""

from __future__ import annotations

import pathlib
import subprocess
import sys

PRINTERS = pathlib.Path(__file__).with_name("octavo_gdb.py")
NUMBERS = "[-1, 0.5, 9223372036854775808]"
EXPECTED = {
    "lsn": "0:1:4096",
    "table": "TableId 300",
    "key": r'"a\000\"b"',
    "part": '"a"',
    "found": "value = {value = 0:1:4096}",
    "missing": 'error not_found: "no such row"',
    "done": "ok",
    "late": 'error timed_out: "too late"',
    "row": r'{"id": "x\"y", "numbers": ' + NUMBERS + ', "flags": [true, null, <min_key>], '
           '"at": 1970-01-02T01:30:00.000000005+01:30, "day": 1971-01-01, "raw": bytes "\\001z", '
           '"many": [' + "7, " * 100 + "… (50 more)]}",
}


def main() -> int:
    commands = ["set pagination off", "set width 0", "set confirm off", f"source {PRINTERS}",
                "break octavo::(anonymous namespace)::look", "run", "up"]
    for name in EXPECTED:
        commands += [f"echo \\n@{name}=", f"output {name}", "echo \\n"]
    arguments = [word for command in commands for word in ("-ex", command)]
    done = subprocess.run(["gdb", "-nx", "-batch", *arguments, sys.argv[1]], capture_output=True,
                          text=True, timeout=120, check=False)
    printed = {}
    for line in done.stdout.splitlines():
        if line.startswith("@"):
            name, _, text = line[1:].partition("=")
            printed[name] = text
    wrong = [name for name, text in EXPECTED.items() if printed.get(name) != text]
    for name in wrong:
        print(f"{name}: expected {EXPECTED[name]}\n{' ' * len(name)}  printed  {printed.get(name)}")
    if wrong:
        print(done.stdout[-4000:], done.stderr[-4000:])
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
