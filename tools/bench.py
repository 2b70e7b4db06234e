#!/usr/bin/env python3
"""Builds the release tree and runs the benchmarks: the micro-benchmarks of each folder, then
loads over the wire (bench/run.py), beside a peer where one is installed, then queries over many rows
(bench/analytics.py)."""

from __future__ import annotations

import argparse
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("filter", nargs="?", default="", help="part of a benchmark's name; analytics")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    subprocess.run(["cmake", "--preset", "release"], cwd=ROOT, check=True)
    subprocess.run(["ninja", "-C", "build/release", "-j", str(options.jobs)], cwd=ROOT, check=True)
    failed = 0
    for binary in sorted((ROOT / "build" / "release" / "bin").glob("*_bench")):
        print(f"==== {binary.name}", flush=True)
        command = [str(binary), f"--benchmark_filter={options.filter or '.'}"]
        failed += subprocess.run(command, cwd=ROOT, check=False).returncode != 0
    wire = [sys.executable, "-u", "bench/run.py"]
    if options.filter:
        wire.append(options.filter)
    failed += subprocess.run(wire, cwd=ROOT, check=False).returncode != 0
    if options.filter in "analytics":
        queries = [sys.executable, "-u", "bench/analytics.py", "build/release/octavo"]
        failed += subprocess.run(queries, cwd=ROOT, check=False).returncode != 0
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
