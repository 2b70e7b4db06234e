#!/usr/bin/env python3
"""Builds the fuzz targets and runs each for a while, from its seeds in fuzz/corpus/<target>/
and those that make_seeds writes to build/fuzz-seeds/<target>/.

What a run finds new goes to build/fuzz-corpus/<target>/ and is a start for the next run. An input
that breaks a target is left in build/fuzz-findings/.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
CORPUS = ROOT / "build" / "fuzz-corpus"
SEEDS = ROOT / "build" / "fuzz-seeds"
FINDINGS = ROOT / "build" / "fuzz-findings"
MEMORY_LIMIT_MB = 2048
INPUT_LIMIT_BYTES = 64 * 1024


def targets() -> list[str]:
    """As fuzz/CMakeLists.txt has them: a binary of a target that is gone may still lie about."""
    text = (ROOT / "fuzz" / "CMakeLists.txt").read_text(encoding="utf-8")
    return sorted(re.findall(r"^octavo_fuzz\((\w+)", text, re.MULTILINE))


def build(preset: str, jobs: int) -> list[pathlib.Path]:
    folder = ROOT / "build" / preset
    subprocess.run(["cmake", "--preset", preset], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    subprocess.run(["ninja", "-C", str(folder), "-j", str(jobs), "fuzzers"], check=True)
    subprocess.run([str(folder / "bin" / "make_seeds"), str(SEEDS)], check=True)
    return [folder / "bin" / f"fuzz_{name}" for name in targets()]


def run(binary: pathlib.Path, seconds: int) -> tuple[str, bool, str]:
    name = binary.name.removeprefix("fuzz_")
    corpus = CORPUS / name
    corpus.mkdir(parents=True, exist_ok=True)
    FINDINGS.mkdir(parents=True, exist_ok=True)
    folders = [str(corpus)]
    folders += [str(seeds) for seeds in (ROOT / "fuzz" / "corpus" / name, SEEDS / name)
                if seeds.is_dir()]
    done = subprocess.run(
        [str(binary), f"-max_total_time={seconds}", f"-rss_limit_mb={MEMORY_LIMIT_MB}",
         f"-max_len={INPUT_LIMIT_BYTES}", "-timeout=20", "-print_final_stats=1",
         f"-artifact_prefix={FINDINGS}/{name}-", *folders],
        capture_output=True, text=True, errors="replace", check=False, cwd=ROOT)
    return name, done.returncode == 0, done.stderr


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("targets", nargs="*", help="names; all when there are none")
    parser.add_argument("--seconds", type=int, default=600, help="for each target")
    parser.add_argument("--preset", default="fuzz", help="whose build tree")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()

    binaries = build(options.preset, options.jobs)
    if options.targets:
        if unknown := set(options.targets) - set(targets()):
            parser.error(f"no such target: {', '.join(sorted(unknown))}")
        binaries = [path for path in binaries
                    if path.name.removeprefix("fuzz_") in options.targets]
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for name, good, output in pool.map(lambda path: run(path, options.seconds), binaries):
            executed = [line.split()[-1] for line in output.splitlines()
                        if line.startswith("stat::number_of_executed_units")]
            print(f"{name}: {'ok' if good else 'FAILED'}, {(executed or ['?'])[0]} inputs",
                  flush=True)
            if not good:
                failed += 1
                print(output[-6000:])
    print(f"{len(binaries) - failed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
