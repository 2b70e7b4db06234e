#!/usr/bin/env python3
"""Tests of lint.py that need no compiler."""

from __future__ import annotations

import pathlib
import tempfile
import unittest
from unittest import mock

import lint

ROOT = pathlib.Path("/tree")
BUILD = ROOT / "build" / "debug"

# Of files that were compiled by themselves, and by way of ccache, whose paths are relative.
DEPS = """\
src/a/a.o: #deps 4, deps mtime 1 (VALID)
    /usr/lib/asan_ignorelist.txt
    /tree/src/a/a.cc
    /tree/src/a/a.h
    /tree/src/b/../b/b.h
    /usr/include/stdio.h

src/b/b_test.o: #deps 2, deps mtime 1 (VALID)
    ../../src/b/b_test.cc
    ../../src/b/b.h

src/c/c.o: #deps 1, deps mtime 1 (STALE)
    /tree/src/c/c.cc
"""


class Dependencies(unittest.TestCase):
    def setUp(self):
        with mock.patch.object(lint, "ROOT", ROOT):
            self.includes = lint.parse_deps(DEPS, BUILD)

    def test_are_by_source_and_by_path_from_the_root(self):
        self.assertEqual(self.includes["src/a/a.cc"],
                         ["/usr/lib/asan_ignorelist.txt", "src/a/a.cc", "src/a/a.h", "src/b/b.h",
                          "/usr/include/stdio.h"])
        self.assertEqual(self.includes["src/b/b_test.cc"], ["src/b/b_test.cc", "src/b/b.h"])
        self.assertNotIn("src/c/c.cc", self.includes, "it has changed since")

    def test_a_header_is_reported_with_one_source(self):
        sources = ["src/a/a.cc", "src/b/b_test.cc"]
        self.assertEqual(lint.owners(self.includes, sources),
                         {"src/a/a.h": "src/a/a.cc", "src/b/b.h": "src/a/a.cc"})
        includes = {**self.includes, "src/b/b.cc": ["src/b/b.cc", "src/b/b.h"]}
        self.assertEqual(lint.owners(includes, [*sources, "src/b/b.cc"])["src/b/b.h"], "src/b/b.cc")


    def test_only_what_may_have_changed_is_asked_for(self):
        sources = ["src/a/a.cc", "src/c/c.cc", "src/d/d_test.cc"]
        for changed, wanted in ((None, sources[1:]), ({"src/b/b.h"}, sources[1:]),
                                ({"src/c/c.cc", "docs/a.md"}, ["src/c/c.cc"]), (set(), [])):
            self.assertEqual(lint.not_compiled(sources, self.includes, changed), wanted, changed)


class Remembered(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        (self.root / "a.cc").write_text("int a;\n", encoding="utf-8")
        (self.root / "a.h").write_text("extern int a;\n", encoding="utf-8")
        patch = mock.patch.object(lint, "ROOT", self.root)
        patch.start()
        self.addCleanup(patch.stop)

    def key(self, tool: str = "19", command: str = "c++ a.cc", headers: tuple = ()) -> str:
        unit = lint.Unit("a.cc", command, ("a.cc", "a.h"), headers)
        return lint.Memory(self.root / "memory", tool).key(unit)

    def test_what_a_result_depends_on_is_in_its_key(self):
        keys = {self.key(), self.key(tool="20"), self.key(command="c++ -O2 a.cc"),
                self.key(headers=("a.h",))}
        (self.root / "a.h").write_text("extern int b;\n", encoding="utf-8")
        keys.add(self.key())
        (self.root / "a.cc").write_text("int b;\n", encoding="utf-8")
        keys.add(self.key())
        self.assertEqual(len(keys), 6)

    def test_where_the_tree_lies_is_not(self):
        self.assertEqual(self.key(command=f"c++ -I{self.root}/src a.cc"),
                         self.key(command="c++ -I/src a.cc"))

    def test_a_clean_result_stays(self):
        memory = lint.Memory(self.root / "memory", "19")
        self.assertFalse(memory.was_clean(self.key()))
        memory.remember(self.key())
        self.assertTrue(lint.Memory(self.root / "memory", "19").was_clean(self.key()))


class Places(unittest.TestCase):
    def test_are_folders_and_files(self):
        self.assertTrue(lint.below("src/txn/a.cc", []))
        self.assertTrue(lint.below("src/txn/a.cc", ["src/txn/"]))
        self.assertTrue(lint.below("src/txn/a.cc", ["src/log", "src/txn/a.cc"]))
        self.assertFalse(lint.below("src/txn2/a.cc", ["src/txn"]))


if __name__ == "__main__":
    unittest.main()
