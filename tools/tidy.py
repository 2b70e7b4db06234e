#!/usr/bin/env python3
"""What is never right in this tree, as a test. Prints each finding as `file:line: what`.

Also prints the longest files and functions: not a fence, something to look at and talk about.
`tools/tidy_test.py` shows every check a tree that must fail it.
"""

from __future__ import annotations

import argparse
import bisect
import dataclasses
import fnmatch
import os
import pathlib
import re
import sys
from collections.abc import Iterator

COLUMNS = 100
CODE_FOLDERS = ("src", "fuzz", "bench", "tests", "tools")
TEXT_FOLDERS = (*CODE_FOLDERS, "docs", "cmake", ".ci")
# Below these each folder of its own has a README.md with its line.
EXPLAINED_FOLDERS = ("src", "fuzz", "bench", "tools", "cmake", "docs")
SKIPPED = ("data", "corpus", "testdata", "node_modules", "__pycache__")
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.MULTILINE)

STANDARD_LOCKS = (r"\bstd::((recursive_|timed_|shared_|recursive_timed_|shared_timed_)?mutex|"
                  r"(scoped|unique|shared)_lock|lock_guard|condition_variable(_any)?)\b")

# pattern, the files it is about, what to say
BANNED = (
    (r"\bTO" r"DO\b(?!\(#\d+\))", "*", "a TO" "DO needs its issue: TO" "DO(#12)"),
    (r"\b(FIX" r"ME|XX" r"X|HA" r"CK)\b", "*", "write a TO" "DO with its issue, or mend it"),
    (r"[ \t]+$", "*", "trailing blanks"),
    (r"\bcatch\s*\(\s*\.\.\.\s*\)", "*.cc", "catch (...) swallows what nobody thought of"),
    (r"\bcatch\s*\(\s*\.\.\.\s*\)", "*.h", "catch (...) swallows what nobody thought of"),
    (r"\bstd::(format|print|println|generator)\b", "*.cc", "not in libstdc++ 12: use fmt"),
    (r"\bstd::(format|print|println|generator)\b", "*.h", "not in libstdc++ 12: use fmt"),
    (r"\bstd::regex\b", "*.cc", "use RE2"),
    (STANDARD_LOCKS, "*.cc", "use base/mutex.h and base/condition.h: clang checks what they guard"),
    (STANDARD_LOCKS, "*.h", "use base/mutex.h and base/condition.h: clang checks what they guard"),
    (r"\bgoto\b", "*.cc", "no goto"),
    (r"\bswitch\s*\([^;{]*(\.|->)index\(\)", "*.cc", "a number of a variant's type: use std::visit"),
    (r"\bswitch\s*\([^;{]*(\.|->)index\(\)", "*.h", "a number of a variant's type: use std::visit"),
    (r"\bcapacity\(\) >[^;]*\w = (Bytes\(\)|std::string\(\)|\{\});", "*.cc",
     "an empty string or list assigned keeps the memory: swap with an empty one"),
    (r"\bk[A-Z]\w*\[(?:static_cast<std::size_t>|std::to_underlying)\(\w+\)\]", "*.cc",
     "a list in step with an enum: rows, their places checked (base/rows.h)"),
    (r"\bk[A-Z]\w*\[(?:static_cast<std::size_t>|std::to_underlying)\(\w+\)\]", "*.h",
     "a list in step with an enum: rows, their places checked (base/rows.h)"),
    (r"\busing namespace\b", "*.h", "no using namespace in a header"),
    (r"\bthis_thread::sleep|\bu?sleep\s*\(", "*_test.cc",
     "a test that sleeps is slow or wrong: wait for the event"),
    (r"\bassert\s*\(", "*.cc", "use ASSERT: it stays on in release"),
    (r"\bassert\s*\(", "*.h", "use ASSERT: it stays on in release"),
    (r"\bfile\s*\(\s*GLOB", "CMakeLists.txt", "list the sources: GLOB misses new ones"),
    (r"\bfile\s*\(\s*GLOB", "*.cmake", "list the sources: GLOB misses new ones"),
    (r"(?<![\w.~*])/(home|root|Users)/\w", "*", "a path of one machine"),
)
EXCEPTED = {("src/base/mutex.h", STANDARD_LOCKS)}
IN_CODE_ONLY = re.compile(r"catch|std::|k\[A-Z\]|goto|switch|using namespace|sleep|assert")


@dataclasses.dataclass(frozen=True, order=True)
class Finding:
    path: str
    line: int
    what: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.what}"


COMMENT_OR_LITERAL = re.compile(
    r'//[^\n]*|/\*.*?\*/|R"(?P<mark>[^(\s]*)\(.*?\)(?P=mark)"|"(?:\\.|[^"\\\n])*"'
    r"|(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+'", re.DOTALL)


def blank(match: re.Match) -> str:
    return re.sub(r"[^\n]", " ", match.group())


def blank_literals(text: str) -> str:
    """The text with comments, strings and characters blanked out; positions stay as they are."""
    return COMMENT_OR_LITERAL.sub(blank, text)


def blank_comments(text: str) -> str:
    return COMMENT_OR_LITERAL.sub(
        lambda match: blank(match) if match.group().startswith("/") else match.group(), text)


class Source:
    """One file: its text, its text without literals and comments, and its line starts."""

    def __init__(self, root: pathlib.Path, path: pathlib.Path):
        self.path = path.relative_to(root).as_posix()
        self.name = path.name
        self.text = path.read_text(encoding="utf-8", errors="replace")
        self.is_cpp = path.suffix in (".h", ".cc")
        self.may_be_run = os.access(path, os.X_OK)
        self.code = blank_literals(self.text) if self.is_cpp else self.text
        self._starts = [0] + [match.end() for match in re.finditer("\n", self.text)]

    def line_of(self, position: int) -> int:
        return bisect.bisect_right(self._starts, position)

    def finding(self, position: int, what: str) -> Finding:
        return Finding(self.path, self.line_of(position), what)


class Layers:
    """The table of tools/layers.txt."""

    def __init__(self, text: str):
        self.allowed: dict[str, list[str]] = {}
        self.restricted: dict[str, list[str]] = {}
        for line in text.splitlines():
            line = line.split("#")[0].strip()
            if "->" in line:
                prefix, _, folders = line.partition("->")
                self.restricted[prefix.strip()] = folders.split()
            elif ":" in line:
                folder, _, others = line.partition(":")
                self.allowed[folder.strip()] = others.split()

    def folder_of(self, path: str) -> str | None:
        """The folder of the table that a path below src/ is in; `a/*` yields `a/<name>`."""
        parts = path.split("/")
        for size in range(len(parts) - 1, 0, -1):
            folder = "/".join(parts[:size])
            if folder in self.allowed:
                return folder
            if "/".join([*parts[:size - 1], "*"]) in self.allowed and size > 1:
                return folder
        return None

    def row_of(self, folder: str) -> str:
        return folder if folder in self.allowed else folder.rpartition("/")[0] + "/*"

    def row(self, folder: str) -> list[str]:
        return self.allowed.get(self.row_of(folder), [])

    def may_include(self, folder: str, target: str) -> bool:
        return folder == target or any(
            fnmatch.fnmatchcase(target, row) for row in self.row(folder))


def check_layers(sources: list[Source], layers: Layers) -> Iterator[Finding]:
    for source in sources:
        if not (source.is_cpp and source.path.startswith("src/")):
            continue
        path = source.path.removeprefix("src/")
        folder = layers.folder_of(path)
        if folder is None:
            yield Finding(source.path, 1, "its folder has no row in tools/layers.txt")
            continue
        for match in INCLUDE.finditer(source.text):
            header = match.group(2)
            if match.group(1) == '"':
                target = layers.folder_of(header)
                if target is None:
                    yield source.finding(match.start(), f'include "{header}" by its path from src/')
                elif not layers.may_include(folder, target):
                    yield source.finding(match.start(), f"{folder} may not include {target}")
            if not is_header_allowed(layers, folder, source.name, header):
                shown = f'"{header}"' if match.group(1) == '"' else f"<{header}>"
                yield source.finding(match.start(), f"{folder} may not use {shown} here")


def check_unused_edges(sources: list[Source], layers: Layers) -> Iterator[Finding]:
    """An edge that no include needs allows what nobody has asked for."""
    used: dict[str, set[str]] = {}
    for source in sources:
        folder = layers.folder_of(source.path.removeprefix("src/"))
        if source.is_cpp and source.path.startswith("src/") and folder is not None:
            targets = used.setdefault(layers.row_of(folder), set())
            targets.update(layers.folder_of(match.group(2)) or "" for match
                           in INCLUDE.finditer(source.text) if match.group(1) == '"')
    for row, targets in sorted(used.items()):
        for other in layers.row(row):
            if not any(fnmatch.fnmatchcase(target, other) for target in targets):
                yield Finding("tools/layers.txt", 1, f"{row} includes nothing of {other}")


def is_header_allowed(layers: Layers, folder: str, name: str, header: str) -> bool:
    for prefix, places in layers.restricted.items():
        if header.startswith(prefix):
            return any(
                (place == "tests" and (name.endswith("_test.cc") or name.endswith("test_support.h")))
                or (place.endswith(".cc") and folder == place[:-3] and name.endswith(".cc"))
                or folder == place
                for place in places)
    return True


def check_banned(sources: list[Source], root: pathlib.Path) -> Iterator[Finding]:
    for source in sources:
        if (position := source.text.find(f"{root}/")) >= 0:
            yield source.finding(position, "a path of one machine")
        for pattern, files, what in BANNED:
            if not fnmatch.fnmatch(source.name, files) or (source.path, pattern) in EXCEPTED:
                continue
            text = source.code if IN_CODE_ONLY.search(pattern) else source.text
            for match in re.finditer(pattern, text, re.MULTILINE):
                yield source.finding(match.start(), what)


def check_compared_names(sources: list[Source]) -> Iterator[Finding]:
    """A command, a parameter or a term is a row, and what is special about it a flag or field of the
    row: code that compares its name, or the number of a row, has a list of its own."""
    named = re.compile(r'(?<![\w)])(?:\w+(?:\.|->))*name\s*[=!]=\s*(?=")')
    for source in sources:
        in_rows = source.path.startswith(("src/keyspace/", "src/protocol/redis/"))
        for_tests = source.name.endswith("_test.cc") or "/testing/" in source.path
        if not source.is_cpp or not in_rows or for_tests:
            continue
        for match in named.finditer(blank_comments(source.text)):
            yield source.finding(match.start(), "a name is compared: a flag or field of its row")


def check_shape(sources: list[Source]) -> Iterator[Finding]:
    for source in sources:
        if source.text and not source.text.endswith("\n"):
            yield Finding(source.path, source.text.count("\n") + 1, "no newline at the end")
        if source.name.endswith(".h") and "#pragma once" not in source.text:
            yield Finding(source.path, 1, "a header starts with #pragma once")
        if not source.is_cpp:
            continue
        for number, line in enumerate(source.text.split("\n"), 1):
            if len(line) > COLUMNS:
                yield Finding(source.path, number, f"{len(line)} columns, {COLUMNS} are allowed")
            if "\t" in line:
                yield Finding(source.path, number, "a tab")


def check_scripts(sources: list[Source]) -> Iterator[Finding]:
    """The pages call scripts by their path: `tests/e2e/run.py -k feeds`."""
    for source in sources:
        if source.text.startswith("#!") and not source.may_be_run:
            yield Finding(source.path, 1, f"begins with #! and may not be run: chmod +x {source.path}")


def opens_block(code: str, brace: int) -> bool:
    """Whether the `{` there opens a block (of a function, lambda, statement), not a value."""
    before = code[:brace].rstrip()
    if not before or before[-1] in ");:{}]":
        return True
    if re.search(r"\b(else|do|try|mutable|noexcept|const|override|final)$", before):
        return True
    # A lambda's or function's trailing return type: `-> Task<void> {`
    return re.search(r"->\s*[\w:<>,\s*&]+$", before[-200:]) is not None


def statement_around(code: str, position: int) -> tuple[int, int]:
    """From the start of the statement that `position` is in to its `;` or to its block's `{`."""
    start, depth = position, 0
    while start > 0:
        char = code[start - 1]
        if char in ")]" or (char == "}" and depth > 0):
            depth += 1
        elif char in "([":
            depth -= 1
        elif char == "{":
            if opens_block(code, start - 1):
                break
        elif char == "}" and depth <= 0 or char == ";" and depth <= 0:
            break
        start -= 1
    end, depth = start, 0
    while end < len(code):
        char = code[end]
        if char in "([":
            depth += 1
        elif char in ")]":
            depth -= 1
        elif char == ";" and depth <= 0:
            break
        elif char == "{" and depth == 0 and opens_block(code, end) and end > position:
            break
        elif char == "}" and depth <= 0 and end > position:
            break
        end += 1
    return start, end


def end_of_parenthesis(code: str, opening: int) -> int:
    depth = 0
    for position in range(opening, len(code)):
        depth += {"(": 1, ")": -1}.get(code[position], 0)
        if depth == 0:
            return position
    return len(code)


def check_await(sources: list[Source]) -> Iterator[Finding]:
    """g++ 12 destroys a temporary aggregate in a statement with co_await twice, and loses the
    frame of a coroutine without locals that awaits in the condition of a loop."""
    for source in sources:
        if not source.is_cpp:
            continue
        for match in re.finditer(r"\b(while|for)\s*(?=\()", source.code):
            condition = source.code[match.end():end_of_parenthesis(source.code, match.end())]
            if "co_await" in condition:
                yield source.finding(match.start(),
                                     "co_await in the condition of a loop: await into a local")
        for match in re.finditer(r"\bco_await\b", source.code):
            start, end = statement_around(source.code, match.start())
            if "{" in source.code[start:end]:
                yield source.finding(match.start(),
                                     "`{` in a statement with co_await: name the argument first")


def check_silenced(sources: list[Source]) -> Iterator[Finding]:
    """A result that is thrown away: the line, or the one before it, says why that is right."""
    silenced = re.compile(r"(?:\(void\)\s*!?|static_cast<void>\()[\w:.>\[\]-]*(?=\()")
    for source in sources:
        of_server = source.path.startswith("src/") and not source.name.endswith("_test.cc")
        if not source.is_cpp or not of_server:
            continue
        lines = source.text.split("\n")
        for match in silenced.finditer(source.code):
            at = source.line_of(match.start())
            if not any("//" in line for line in lines[max(at - 2, 0):at]):
                yield source.finding(match.start(), "a result is dropped: a comment says why")


@dataclasses.dataclass
class Target:
    """What a CMakeLists.txt says of a library or a test: its sources and dependencies, by path."""

    kind: str  # octavo_library, octavo_test, …
    name: str
    line: Finding
    words: list[str]
    sources: set[str]
    deps: set[str]

    @property
    def for_tests(self) -> bool:
        return (self.kind == "octavo_test" or self.name.endswith("/testing")
                or "FOR_TESTS" in self.words)


def read_targets(cmake: list[Source]) -> list[Target]:
    targets = []
    for file in cmake:
        folder = pathlib.PurePosixPath(file.path).parent
        text = re.sub(r"#[^\n]*", lambda match: " " * len(match.group()), file.text)
        for match in re.finditer(r"\b(\w+)\s*\(([^)]*)\)", text):
            words = match.group(2).split()
            deps = words[words.index("DEPS") + 1:] if "DEPS" in words else []
            sources = {(folder / word).as_posix() for word in words if word.endswith(".cc")}
            targets.append(Target(match.group(1), words[0] if words else "",
                                  file.finding(match.start(), ""), words, sources,
                                  {dep for dep in deps if "::" not in dep}))
    return targets


def is_for_tests(source: Source, testing: set[str]) -> bool:
    """Whether a file is no part of the server: outside src/, a test, in a library for tests, or a
    header that says so by its name."""
    return (not source.path.startswith("src/") or source.name.endswith("_test.cc")
            or "test" in source.name or source.path.removesuffix(".h") in testing
            or source.path.removesuffix(".cc") in testing)


def served_files(sources: list[Source], targets: list[Target]) -> list[Source]:
    testing = {path.removesuffix(".cc") for target in targets
               if target.for_tests for path in target.sources}
    folders = tuple(f"src/{target.name}/" for target in targets if "FOR_TESTS" in target.words)
    return [source for source in sources if source.is_cpp and not is_for_tests(source, testing)
            and not source.path.startswith(folders)]


def includers_of(sources: list[Source]) -> dict[str, set[str]]:
    """Header, by its path → the files that include it, other than itself."""
    includers: dict[str, set[str]] = {}
    for source in sources:
        if source.is_cpp:
            for match in INCLUDE.finditer(source.text):
                if source.path != f"src/{match.group(2)}":
                    includers.setdefault(f"src/{match.group(2)}", set()).add(source.path)
    return includers


def check_dead(sources: list[Source], targets: list[Target]) -> Iterator[Finding]:
    included = includers_of(sources)
    listed = {os.path.normpath(path) for target in targets for path in target.sources}
    for source in sources:
        if source.name.endswith(".h") and source.path.startswith("src/"):
            if source.path not in included:
                yield Finding(source.path, 1, "nobody includes it")
        if source.name.endswith(".cc") and source.path not in listed:
            yield Finding(source.path, 1, "in no CMakeLists.txt")


# Called by the language or the standard library, under these names.
IMPLICIT = frozenset("""
    initial_suspend final_suspend return_value return_void unhandled_exception get_return_object
    await_ready await_suspend await_resume await_transform allocate deallocate begin end main
    decltype
    """.split())
DECLARATION = re.compile(r"(?:^|[\s*&>])([a-z]\w*)[ ]?\(", re.MULTILINE)


def unused_in_server(served: list[Source]) -> Iterator[tuple[Source, str]]:
    """Headers that only their own .cc includes, as (header, ""), and functions that are declared in
    a header and occur nowhere else than at their definition, as (header, name). Nothing is said of
    overloads and of names that several headers declare."""
    includers = includers_of(served)
    occurrences: dict[str, dict[str, int]] = {}
    for source in served:
        for match in re.finditer(r"\b[a-z]\w*\b", source.code):
            files = occurrences.setdefault(match.group(), {})
            files[source.path] = files.get(source.path, 0) + 1
    for header in served:
        if not header.name.endswith(".h"):
            continue
        own = header.path.removesuffix(".h") + ".cc"
        if not includers.get(header.path, set()) - {own}:
            yield header, ""
            continue
        for name in sorted(set(DECLARATION.findall(header.code)) - IMPLICIT):
            elsewhere = {path: count for path, count in occurrences[name].items()
                         if path != header.path}
            if (occurrences[name].get(header.path) == 1 and sum(elsewhere.values()) <= 1
                    and all(path.endswith(".cc") for path in elsewhere)
                    and all(is_definition(source, name) for source in served
                            if source.path in elsewhere)):
                yield header, name


def is_definition(source: Source, name: str) -> bool:
    # No parameter has `](`: a call with a lambda among its arguments is none.
    return re.search(rf"^(?!\s*(?:return|co_return|co_await|if|while|for)\b)[\w:<>,&*\s\[\]]*?"
                     rf"\b{name}\s*\((?:(?!\]\s*\()[^;{{])*\)[^;{{]*\{{",
                     source.code, re.MULTILINE) is not None


def check_unused(sources: list[Source], targets: list[Target], root: pathlib.Path
                 ) -> Iterator[Finding]:
    """What the server does not use is listed in tools/unused.txt with the reason why it stays, or
    it is a finding; so is a line there about something that is used, or is not there."""
    listed, wrong = read_reasons(root, "unused.txt", "`<header> [<name>]: <why it stays>`")
    yield from wrong
    unused = set()
    included = includers_of(sources)
    for header, name in unused_in_server(served_files(sources, targets)):
        key = f"{header.path} {name}".rstrip()
        unused.add(key)
        if key in listed or header.path not in included:
            continue
        if name:
            position = re.search(rf"\b{name}\b", header.code).start()
            yield header.finding(position, f"only tests use `{name}`, if anyone")
        else:
            yield Finding(header.path, 1, "only its own .cc and tests include it")
    for key, number in listed.items():
        if key not in unused:
            yield Finding("tools/unused.txt", number, f"{key} is used, or gone")


# Folders that every protocol and language goes through, and therefore name none.
GENERIC_FOLDERS = ("base", "value", "io", "kv", "log", "txn", "catalog", "geometry", "algebra",
                   "function", "index", "exec", "stream", "engine", "protocol/common", "server")
# What protocols leave to protocol/common, and what they call there.
SHARED_PARTS = (
    (r"\bwhen_durable\b", "wait_durable (protocol/common/durable.h)"),
    (r"\b(workers|long_calls)\.run\b", "Dispatch (protocol/common/dispatch.h)"),
    (r"\bDeliveryTurns\s*[({]", "ServiceContext::turns"),
    (r"\bverify_proof\b", "ScramServer (protocol/common/scram.h)"),
    (r"\bstart_tls_server\b", "the listener, or Connection::start_tls"),
)


def names_of_languages(root: pathlib.Path, targets: list[Target]) -> list[str]:
    """The folders of protocols and dialects, without those that are there for tests."""
    testing = {target.name for target in targets
               if target.for_tests and target.kind == "octavo_library"}
    return sorted(path.name for parent in ("protocol", "dialect")
                  for path in (root / "src" / parent).glob("*")
                  if path.is_dir() and path.name != "common"
                  and f"{parent}/{path.name}" not in testing)


def read_reasons(root: pathlib.Path, name: str, shape: str) -> tuple[dict[str, int], list[Finding]]:
    """A list of exceptions, `<what>: <why>` a line: the line of each, and lines of another shape."""
    file = root / "tools" / name
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    listed, findings = {}, []
    for number, line in enumerate(lines, 1):
        what, colon, why = line.partition(": ")
        if not line or line.startswith("#"):
            continue
        if not colon or not why.strip():
            findings.append(Finding(f"tools/{name}", number, shape))
        listed[what] = number
    return listed, findings


def check_names(sources: list[Source], targets: list[Target], root: pathlib.Path
                ) -> Iterator[Finding]:
    """Generic code names no protocol and no language, in code or literals. tools/names.txt has the
    exceptions; one that is not needed any more is a finding as well."""
    listed, wrong = read_reasons(root, "names.txt", "`<file>: <why>`")
    yield from wrong
    names = names_of_languages(root, targets)
    words = re.compile("|".join(f"(?i:{name})(?![a-z])" for name in names) or "(?!)")
    needed = set()
    for source in served_files(sources, targets):
        if not source.path.startswith(tuple(f"src/{folder}/" for folder in GENERIC_FOLDERS)):
            continue
        for match in words.finditer(blank_comments(source.text)):
            needed.add(source.path)
            if source.path not in listed:
                yield source.finding(match.start(), f"generic code names `{match.group()}`")
    for path, number in listed.items():
        if path not in needed:
            yield Finding("tools/names.txt", number, f"{path} names none, or is gone")


def check_shared_parts(sources: list[Source]) -> Iterator[Finding]:
    for source in sources:
        if (not source.path.startswith("src/protocol/") or source.name.endswith("_test.cc")
                or source.path.startswith("src/protocol/common/")):
            continue
        for pattern, instead in SHARED_PARTS:
            for match in re.finditer(pattern, source.code):
                yield source.finding(match.start(), f"not in a protocol: {instead}")


def check_links(sources: list[Source], targets: list[Target], layers: Layers) -> Iterator[Finding]:
    """A library links the folders that it includes, no others, and the table allows them."""
    served = served_files(sources, targets)
    for target in targets:
        if target.kind != "octavo_library" or target.for_tests:
            continue
        included = set()
        for source in served:
            below_src = source.path.removeprefix("src/")
            if layers.folder_of(below_src) != target.name or source.name == "main.cc":
                continue
            for match in INCLUDE.finditer(source.text):
                if match.group(1) == '"' and (folder := layers.folder_of(match.group(2))):
                    included.add(folder)
        included.discard(target.name)
        for folder in sorted(included - target.deps):
            yield dataclasses.replace(target.line, what=f"{target.name} includes {folder} and does "
                                                        "not link it")
        for folder in sorted(target.deps - included):
            yield dataclasses.replace(target.line, what=f"{target.name} links {folder} and includes "
                                                        "nothing of it")


def check_folders(root: pathlib.Path) -> Iterator[Finding]:
    code = {path.parent for suffix in ("*.h", "*.cc") for path in (root / "src").rglob(suffix)}
    code |= {parent for folder in code for parent in folder.parents if root / "src" in parent.parents}
    explained = {root / folder for folder in EXPLAINED_FOLDERS if (root / folder).is_dir()}
    for folder in sorted(code | explained):
        readme = folder / "README.md"
        if not readme.exists() or not readme.read_text(encoding="utf-8").strip():
            yield Finding(folder.relative_to(root).as_posix(), 1, "no README.md with its line")


def read_tree(root: pathlib.Path) -> tuple[list[Source], list[Source], list[Source]]:
    """The code, the CMake files, and everything else that people read and write."""
    code, cmake, texts = [], [Source(root, root / "CMakeLists.txt")], []
    paths = [path for folder in TEXT_FOLDERS for path in sorted((root / folder).rglob("*"))]
    for path in [*paths, *sorted(root.glob("*.md")), root / "Makefile"]:
        if not path.is_file() or any(part in SKIPPED for part in path.relative_to(root).parts):
            continue
        if path.suffix in (".h", ".cc", ".py"):
            code.append(Source(root, path))
        elif path.name == "CMakeLists.txt" or path.suffix == ".cmake":
            cmake.append(Source(root, path))
        elif path.suffix in (".md", ".sh", ".txt") or path.name in ("Makefile", "run"):
            texts.append(Source(root, path))
    return code, cmake, texts


def read_layers(root: pathlib.Path) -> Layers:
    return Layers((root / "tools" / "layers.txt").read_text(encoding="utf-8"))


def check_tree(root: pathlib.Path) -> list[Finding]:
    layers = read_layers(root)
    code, cmake, texts = read_tree(root)
    targets = read_targets(cmake)
    return sorted({
        *check_layers(code, layers), *check_banned(code + cmake + texts, root),
        *check_compared_names(code), *check_shape(code + cmake + texts),
        *check_scripts(code + texts), *check_await(code), *check_silenced(code),
        *check_dead(code, targets), *check_names(code, targets, root), *check_shared_parts(code),
        *check_unused(code, targets, root), *check_links(code, targets, layers),
        *check_folders(root)})


def function_lengths(source: Source) -> Iterator[tuple[int, str]]:
    """Crude: blocks after `)` that are not a control statement's, with their number of lines."""
    stack: list[tuple[int, bool]] = []
    for match in re.finditer(r"[{}]", source.code):
        position = match.start()
        if match.group() == "{":
            head = source.code[:position].rstrip()
            line = head[head.rfind("\n") + 1:]
            is_function = opens_block(source.code, position) and line.rstrip().endswith(
                (")", "const", "noexcept", "override", "final")) and not re.match(
                r"\s*(}?\s*else\b|if|for|while|switch|catch|namespace)\b", line)
            stack.append((position, is_function))
        elif stack:
            start, is_function = stack.pop()
            if is_function:
                lines = source.line_of(position) - source.line_of(start) + 1
                yield lines, f"{source.path}:{source.line_of(start)}"


def print_outliers(code: list[Source], count: int) -> None:
    cpp = [source for source in code if source.is_cpp and source.path.startswith("src/")]
    files = sorted(((source.text.count("\n"), source.path) for source in cpp), reverse=True)
    functions = sorted((row for source in cpp for row in function_lengths(source)), reverse=True)
    print(f"longest of {len(files)} files:")
    for lines, place in files[:count]:
        print(f"  {lines:5} {place}")
    print(f"longest of {len(functions)} functions:")
    for lines, place in functions[:count]:
        print(f"  {lines:5} {place}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("root", nargs="?", type=pathlib.Path,
                        default=pathlib.Path(__file__).resolve().parents[1])
    parser.add_argument("--outliers", type=int, default=8)
    options = parser.parse_args()
    root = options.root.resolve()
    code = read_tree(root)[0]
    # Of the whole tree only: the small ones of tidy_test.py need few of the edges.
    findings = check_tree(root) + list(check_unused_edges(code, read_layers(root)))
    print_outliers(code, options.outliers)
    for finding in findings:
        print(finding)
    print(f"{len(findings)} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
