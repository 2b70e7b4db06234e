"""Lists of cases that are known to fail.

One case a line: `<file>\t<case>\t<reason>`, sorted. A listed case that passes is as much an error
as an unlisted one that fails, so that a list never claims less than the server can do. Only a
case whose reason starts with `timing:` may do either.
"""

from __future__ import annotations

import collections
import dataclasses
import pathlib

HEADER = """\
# Cases that fail, and why: <file>\\t<case>\\t<reason>. Written by `run.py --update-known`, which
# keeps the reasons that are here; a reason that a person wrote is worth more than the message.
"""

TIMING = "timing:"


@dataclasses.dataclass
class Verdict:
    unexpected_failures: list[tuple[str, str, str]]
    unexpected_passes: list[tuple[str, str]]

    @property
    def ok(self) -> bool:
        return not self.unexpected_failures and not self.unexpected_passes


def load(path: pathlib.Path) -> dict[tuple[str, str], str]:
    known = {}
    if path.exists():
        for line in path.read_text(encoding="utf-8").splitlines():
            if line and not line.startswith("#"):
                file, case, reason = line.split("\t", 2)
                known[(file, case)] = reason
    return known


def judge(known: dict, results: dict[tuple[str, str], str | None]) -> Verdict:
    """`results`: for each case that was run, what is wrong with it or None."""
    failures = [(file, case, why) for (file, case), why in results.items()
                if why is not None and (file, case) not in known]
    passes = [key for key, why in results.items()
              if why is None and key in known and not known[key].startswith(TIMING)]
    return Verdict(failures, passes)


def update(path: pathlib.Path, known: dict, results: dict[tuple[str, str], str | None]) -> None:
    """Rewrites the list; cases that were not run keep their lines."""
    merged = {key: reason for key, reason in known.items()
              if key not in results or reason.startswith(TIMING)}
    for key, why in results.items():
        if why is not None:
            reason = known.get(key) or " ".join(why.split())[:160]
            merged[key] = reason
    def order(item):
        (file, case), _ = item
        return file, [int(part) if part.isdigit() else 0 for part in case.split(".")], case
    lines = [f"{file}\t{case}\t{reason}" for (file, case), reason in sorted(merged.items(), key=order)]
    path.write_text(HEADER + "\n".join(lines) + ("\n" if lines else ""), encoding="utf-8")


def summary(results: dict[tuple[str, str], str | None]) -> list[tuple[str, int, int]]:
    """Passed and failed per file."""
    counts: dict[str, list[int]] = collections.defaultdict(lambda: [0, 0])
    for (file, _), why in results.items():
        counts[file][why is not None] += 1
    return [(file, passed, failed) for file, (passed, failed) in sorted(counts.items())]
