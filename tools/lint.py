#!/usr/bin/env python3
"""clang-format and clang-tidy over the tree, each file once.

    tools/lint.py                 every file
    tools/lint.py src/txn         the files below these paths
    tools/lint.py --changed       what differs from `main`, and who includes the headers that do
    tools/lint.py --format        clang-format only: the whole tree, in seconds
    tools/lint.py --budget 120    begins no file after so many seconds, and says what is left out

A file that was clean is remembered by what its result depends on: its own bytes and those of every
header of ours that it includes, the size of every other header, the compile command, .clang-tidy,
the version of the tool. The memory is beside ccache's, so that a clean clone profits from it.

A header is reported with one file, the first that includes it (its own `.cc`, where there is one).
The last line is `N passed, N failed, N skipped`.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import dataclasses
import hashlib
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
TIDY = "clang-tidy-19"
FORMAT = "clang-format-19"
FORMATTED_AT_ONCE = 50
NICENESS = 10
MAIN = os.environ.get("OCTAVO_MAIN", "main")


def run(*command: str, cwd: pathlib.Path = ROOT) -> subprocess.CompletedProcess:
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


def lines_of(*command: str) -> list[str]:
    done = run(*command)
    if done.returncode != 0:
        sys.exit(f"{shlex.join(command)}: {done.stderr.strip()}")
    return done.stdout.splitlines()


def tracked(*patterns: str) -> list[str]:
    return sorted(path for path in lines_of("git", "ls-files", *patterns)
                  if (ROOT / path).is_file())


def changed_files() -> set[str]:
    """Since this branch left `main`, committed or not."""
    base = run("git", "merge-base", MAIN, "HEAD").stdout.strip() or "HEAD"
    new = lines_of("git", "ls-files", "--others", "--exclude-standard")
    return {*lines_of("git", "diff", "--name-only", base), *new}


def unformatted(paths: list[str]) -> list[str]:
    found = []
    for start in range(0, len(paths), FORMATTED_AT_ONCE):
        part = paths[start:start + FORMATTED_AT_ONCE]
        done = run(FORMAT, "--dry-run", "-Werror", *part)
        found += re.findall(r"^([^\s:]+):\d+:\d+: error:", done.stderr, re.MULTILINE)
    return sorted(set(found))


def parse_deps(text: str, build: pathlib.Path) -> dict[str, list[str]]:
    """What `ninja -t deps` says of the folder `build`: per source file what it includes, files of ours
    by their path from the root. With ccache the paths are relative to `build`. The source is the first
    `.cc` of its own dependencies: what comes before it are files that options of the compiler name."""
    out: dict[str, list[str]] = {}
    for block in text.split("\n\n"):
        head, _, rest = block.partition("\n")
        if "(VALID)" not in head:
            continue
        paths = [from_root(line.strip(), build) for line in rest.splitlines()]
        source = next((path for path in paths if path.endswith(".cc")), None)
        if source is not None:
            out.setdefault(source, paths)
    return out


def from_root(path: str, build: pathlib.Path) -> str:
    """A path that the compiler noted, from the root of the tree where it is below it."""
    return os.path.normpath(os.path.join(build, path)).removeprefix(f"{ROOT}/")


def owners(includes: dict[str, list[str]], sources: list[str]) -> dict[str, str]:
    """Each header of ours, and the one source that it is reported with."""
    out: dict[str, str] = {}
    for source in sources:
        own = re.sub(r"(_test)?\.cc$", ".h", source)
        for path in includes.get(source, []):
            if path.endswith(".h") and not path.startswith("/"):
                if path not in out or path == own and not source.endswith("_test.cc"):
                    out[path] = source
    return out


@dataclasses.dataclass(frozen=True)
class Unit:
    source: str
    command: str  # that compiles it
    includes: tuple[str, ...]
    headers: tuple[str, ...]  # that are reported with it

    def header_filter(self) -> str:
        return f"^{re.escape(str(ROOT))}/({'|'.join(map(re.escape, self.headers))})$" \
            if self.headers else "^$"


class Memory:
    """Which units were clean, by the hash of what that depends on."""

    def __init__(self, folder: pathlib.Path, tool: str):
        self._folder = folder
        self._tool = tool
        self._hashes: dict[str, bytes] = {}

    def _hash_of(self, path: str) -> bytes:
        if path not in self._hashes:
            if path.startswith("/"):  # of the system: comes and goes with its package
                said = f"{path} {os.stat(path).st_size}" if os.path.exists(path) else path
                self._hashes[path] = said.encode()
            else:  # gone: the list of an earlier build has it, whatever is included now
                ours = ROOT / path
                self._hashes[path] = hashlib.sha256(ours.read_bytes() if ours.exists() else b"").digest()
        return self._hashes[path]

    def key(self, unit: Unit) -> str:
        digest = hashlib.sha256(self._tool.encode())
        command = unit.command.replace(str(ROOT), "")
        for text in (unit.source, command, *unit.headers):
            digest.update(text.encode() + b"\0")
        for path in sorted(unit.includes):
            digest.update(path.encode() + b"\0" + self._hash_of(path))
        return digest.hexdigest()

    def _place(self, key: str) -> pathlib.Path:
        return self._folder / key[:2] / key[2:]

    def was_clean(self, key: str) -> bool:
        return self._place(key).exists()

    def remember(self, key: str) -> None:
        place = self._place(key)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.touch()


def memory_folder() -> pathlib.Path:
    said = run("ccache", "--get-config", "cache_dir").stdout.strip() if has("ccache") else ""
    return pathlib.Path(said or pathlib.Path.home() / ".cache" / "ccache") / "octavo-lint"


def has(program: str) -> bool:
    return any(os.access(pathlib.Path(folder) / program, os.X_OK)
               for folder in os.environ.get("PATH", "").split(os.pathsep))


def not_compiled(sources: list[str], includes: dict[str, list[str]],
                 changed: set[str] | None) -> list[str]:
    """Those whose headers no build has noted, and which matter: while no header has changed, what
    an unchanged source includes decides nothing."""
    headers_changed = changed is None or any(path.endswith(".h") for path in changed)
    return [source for source in sources
            if source not in includes and (headers_changed or source in changed)]


def read_units(build: pathlib.Path, sources: list[str], changed: set[str] | None,
               jobs: int) -> list[Unit]:
    commands = {}
    for entry in json.loads((build / "compile_commands.json").read_text(encoding="utf-8")):
        commands[from_root(entry["file"], pathlib.Path(entry["directory"]))] = entry["command"]
    includes = parse_deps(run("ninja", "-C", str(build), "-t", "deps").stdout, build)
    asked = not_compiled([source for source in sources if source in commands], includes, changed)
    if asked:
        print(f"{len(asked)} files are not built: asking the compiler what they include", flush=True)
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        answers = pool.map(lambda source: ask_compiler(commands[source], build), asked)
        includes.update(zip(asked, answers))
    owned: dict[str, list[str]] = {}
    for header, source in owners(includes, [s for s in sources_of_tree() if s in includes]).items():
        owned.setdefault(source, []).append(header)
    return [Unit(source, commands[source], tuple(includes.get(source, (source,))),
                 tuple(sorted(owned.get(source, ()))))
            for source in sources if source in commands]


def ask_compiler(command: str, build: pathlib.Path) -> list[str]:
    words = shlex.split(command)
    at = words.index("-o")
    said = run(*words[:at], *words[at + 2:], "-M", "-MF", "-", cwd=build).stdout
    paths = said.partition(":")[2].replace("\\\n", " ").split()
    return [from_root(path, build) for path in paths]


def sources_of_tree() -> list[str]:
    return tracked("src/*.cc", "fuzz/*.cc", "bench/*.cc")


def look_at(unit: Unit, build: pathlib.Path) -> str:
    """What clang-tidy finds; nothing when all is well."""
    done = subprocess.run(
        [TIDY, "-p", str(build), "--quiet", f"--header-filter={unit.header_filter()}",
         str(ROOT / unit.source)],
        capture_output=True, text=True, check=False, preexec_fn=lambda: os.nice(NICENESS))
    if done.returncode == 0 and not done.stdout.strip():
        return ""
    return done.stdout.replace(f"{ROOT}/", "") or done.stderr


def below(path: str, places: list[str]) -> bool:
    return not places or any(path == place or path.startswith(place.rstrip("/") + "/")
                             for place in places)


@dataclasses.dataclass
class Tally:
    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def __str__(self) -> str:
        return f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"


def check_format(places: list[str], tally: Tally) -> None:
    files = [path for path in tracked("*.h", "*.cc") if below(path, places)]
    bad = unformatted(files)
    for path in bad:
        print(f"{path}: not as clang-format writes it; `make format`")
    tally.passed += len(files) - len(bad)
    tally.failed += len(bad)


def check_tidy(units: list[Unit], options: argparse.Namespace, tally: Tally) -> None:
    build = options.build
    tool = run(TIDY, "--version").stdout + (ROOT / ".clang-tidy").read_text(encoding="utf-8")
    memory = Memory(memory_folder(), tool)
    keys = {unit.source: memory.key(unit) for unit in units}
    open_units = [unit for unit in units if not memory.was_clean(keys[unit.source])]
    tally.passed += len(units) - len(open_units)
    print(f"{len(units)} files, {len(units) - len(open_units)} known to be clean", flush=True)
    until = time.monotonic() + options.budget if options.budget else None
    left_out = []

    def look(unit: Unit) -> str | None:
        if until is not None and time.monotonic() >= until:
            return None
        return look_at(unit, build)

    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for number, (unit, found) in enumerate(zip(open_units, pool.map(look, open_units)), 1):
            if found is None:
                left_out.append(unit.source)
            elif found:
                tally.failed += 1
                print(f"[{number}/{len(open_units)}] {unit.source}\n{found}", flush=True)
            else:
                tally.passed += 1
                memory.remember(keys[unit.source])
                print(f"[{number}/{len(open_units)}] {unit.source}", flush=True)
    tally.skipped += len(left_out)
    if left_out:
        print(f"not looked at within {options.budget} s: {len(left_out)} files, from "
              f"{left_out[0]} on; `make lint` looks at all")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paths", nargs="*", help="files or folders")
    parser.add_argument("--changed", action="store_true")
    parser.add_argument("--format", action="store_true")
    parser.add_argument("--budget", type=int, default=0, metavar="SECONDS")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build" / "debug",
                        help="of the preset whose compile commands are used")
    options = parser.parse_args()

    tally = Tally()
    check_format(options.paths, tally)
    if not options.format:
        changed = changed_files() if options.changed else None
        sources = [path for path in sources_of_tree() if below(path, options.paths)]
        units = read_units(options.build, sources, changed, options.jobs)
        if changed is not None:
            units = [unit for unit in units if changed & {unit.source, *unit.headers}]
        check_tidy(units, options, tally)
    print(tally)
    return 1 if tally.failed else 0


if __name__ == "__main__":
    sys.exit(main())
