#!/usr/bin/env python3
"""The size and shape of the tree in one table row, as docs/notes/0019-shape.md has them.

Files, functions and comments of `src` without its tests; code lines have neither blanks nor
comments alone. Function lengths come from the crude scanner of tidy.py: trust medians.
"""

from __future__ import annotations

import pathlib
import statistics

import tidy

ROOT = pathlib.Path(__file__).resolve().parents[1]


def percentile(values: list[int], share: float) -> int:
    return sorted(values)[int(share * (len(values) - 1))]


def is_test(path: str) -> bool:
    return path.endswith(("_test.cc", "test_support.h")) or "/testing/" in path


def lines_of_code(source: tidy.Source) -> int:
    return sum(1 for line in source.code.split("\n") if line.strip())


def comment_share(sources: list[tidy.Source]) -> float:
    """Lines with a comment among those that are not blank."""
    comments = lines = 0
    for source in sources:
        for text, code in zip(source.text.split("\n"), source.code.split("\n")):
            lines += bool(text.strip())
            comments += "//" in text and "//" not in code
    return comments / lines


def main() -> None:
    code = [source for source in tidy.read_tree(ROOT)[0]]
    shipped = [source for source in code if source.is_cpp and source.path.startswith("src/")
               and not is_test(source.path)]
    tests = [source for source in code if is_test(source.path) or source.path.startswith("tests/")]
    bodies = [source for source in shipped if source.name.endswith(".cc")]
    headers = [source for source in shipped if source.name.endswith(".h")]
    lengths = {kind: [source.text.count("\n") for source in sources]
               for kind, sources in (("all", shipped), ("cc", bodies), ("h", headers))}
    functions = [lines for source in bodies for lines, _ in tidy.function_lengths(source)]
    loc = sum(map(lines_of_code, shipped))
    print("| code LOC / files | median lines `.cc` / `.h` | p90 file | files >1000 "
          "| function median / p90 / >70 lines | comment share `.cc` / all | test LOC ÷ code LOC |")
    print("|---|---|---|---|---|---|---|")
    print(f"| {loc / 1000:.0f} k / {len(shipped)} "
          f"| {statistics.median(lengths['cc']):.0f} / {statistics.median(lengths['h']):.0f} "
          f"| {percentile(lengths['all'], 0.9)} "
          f"| {sum(lines > 1000 for lines in lengths['all'])} "
          f"| {statistics.median(functions):.0f} / {percentile(functions, 0.9)} / "
          f"{sum(lines > 70 for lines in functions) / len(functions):.1%} "
          f"| {comment_share(bodies):.0%} / {comment_share(shipped):.0%} "
          f"| {sum(map(lines_of_code, tests)) / loc:.2f} |")


if __name__ == "__main__":
    main()
