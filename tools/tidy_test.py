#!/usr/bin/env python3
"""Each check of tidy.py against small trees: what it must find, and what it must leave alone."""

from __future__ import annotations

import pathlib
import tempfile
import unittest

import tidy

LAYERS = """
base:
value: base
kv: base
protocol/common: base
protocol/*: base protocol/common
server: base protocol/*
base/parts.h -> base kv
rocksdb/ -> kv.cc
gtest/ -> tests
"""

CLEAN = {
    "CMakeLists.txt": "add_subdirectory(src)\n",
    "tools/layers.txt": LAYERS,
    "src/base/README.md": "The ground floor.\n",
    "src/README.md": "The server.\n",
    "tools/README.md": "Tools.\n",
    "src/base/CMakeLists.txt": "octavo_library(base SOURCES a.cc)\n",
    "src/base/a.h": "#pragma once\n",
    "src/base/a.cc": '#include "base/a.h"\n',
    "src/value/README.md": "Values.\n",
    "src/value/CMakeLists.txt": "octavo_library(value SOURCES v.cc DEPS base)\n",
    "src/value/v.cc": '#include <string>\n\n#include "base/a.h"\n',
}


def findings_in(changes: dict[str, str | None], to_run: str = "") -> list[str]:
    files = {**CLEAN, **changes}
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        for name, text in files.items():
            if text is not None:
                path = root / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
                path.chmod(0o755 if name == to_run else 0o644)
        return [str(finding) for finding in tidy.check_tree(root)]


def header(declarations: str, user: str = "", **more: str) -> dict[str, str]:
    """Folder value with a header, its .cc that defines f, and a second file that uses it."""
    return {"src/value/f.h": f"#pragma once\n{declarations}\n",
            "src/value/f.cc": '#include "value/f.h"\nint f() { return 1; }\n',
            "src/value/v.cc": f'#include "base/a.h"\n#include "value/f.h"\n{user}\n',
            "src/value/CMakeLists.txt":
                "octavo_library(value SOURCES v.cc f.cc DEPS base)\n"
                "octavo_test(value SOURCES f_test.cc)\n",
            "src/value/f_test.cc": '#include "value/f.h"\nint x = f() + f();\n', **more}


def cc(body: str) -> dict[str, str]:
    return {"src/value/v.cc": f'#include "base/a.h"\n{body}\n'}


class TidyTest(unittest.TestCase):
    def expect(self, changes: dict[str, str | None], *wanted: str) -> None:
        found = findings_in(changes)
        self.assertEqual(len(found), len(wanted), found)
        for text, part in zip(found, wanted):
            self.assertIn(part, text)

    def test_a_clean_tree_has_no_findings(self):
        self.expect({})

    def test_an_include_against_the_table(self):
        self.expect({"src/value/v.h": "#pragma once\n",
                     "src/base/CMakeLists.txt": "octavo_library(base SOURCES a.cc DEPS value)\n",
                     "src/base/a.cc": '#include "value/v.h"\n'},
                    "src/base/a.cc:1: base may not include value")

    def test_one_protocol_may_not_include_another(self):
        protocols = {
            "src/protocol/redis/README.md": "R.\n", "src/protocol/mongodb/README.md": "M.\n",
            "src/protocol/redis/CMakeLists.txt":
                "octavo_library(protocol/redis SOURCES r.cc DEPS protocol/mongodb)\n",
            "src/protocol/README.md": "P.\n",
            "src/protocol/mongodb/m.h": "#pragma once\n",
        }
        self.expect({**protocols, "src/protocol/redis/r.cc": '#include "protocol/mongodb/m.h"\n'},
                    "protocol/redis may not include protocol/mongodb")

    def test_the_server_may_include_every_protocol(self):
        self.expect({
            "src/protocol/redis/README.md": "R.\n", "src/server/README.md": "S.\n",
            "src/server/CMakeLists.txt":
                "octavo_library(server SOURCES s.cc DEPS protocol/redis)\n",
            "src/protocol/README.md": "P.\n",
            "src/protocol/redis/r.h": "#pragma once\n",
            "tools/names.txt": "src/server/s.cc: the table of protocols\n",
            "src/server/s.cc": '#include "protocol/redis/r.h"\n'})

    def test_an_include_that_is_not_from_src(self):
        self.expect(cc('#include "other.h"'), 'include "other.h" by its path from src/')

    def test_a_folder_without_a_row(self):
        self.expect({"src/extra/README.md": "E.\n", "src/extra/CMakeLists.txt": "x(e.cc)\n",
                     "src/extra/e.cc": "\n"}, "has no row")

    def test_a_library_in_a_folder_that_may_not_use_it(self):
        self.expect(cc("#include <rocksdb/db.h>"), "value may not use <rocksdb/db.h>")

    def test_a_library_in_a_header_of_the_folder_that_may_use_it(self):
        folder = {"src/kv/README.md": "K.\n", "src/kv/CMakeLists.txt": "x(k.cc l.cc)\n",
                  "src/kv/l.cc": '#include "kv/k.h"\n',
                  "src/kv/k.cc": '#include <rocksdb/db.h>\n#include "kv/k.h"\n'}
        self.expect({**folder, "src/kv/k.h": "#pragma once\n"})
        self.expect({**folder, "src/kv/k.h": "#pragma once\n#include <rocksdb/db.h>\n"},
                    "src/kv/k.h:2: kv may not use <rocksdb/db.h>")

    def test_a_header_of_ours_that_is_not_for_everybody(self):
        parts = {"src/base/parts.h": "#pragma once\n"}
        self.expect({**parts, **cc('#include "base/parts.h"')},
                    'value may not use "base/parts.h" here')

    def test_the_test_library_outside_tests(self):
        self.expect(cc("#include <gtest/gtest.h>"), "value may not use <gtest/gtest.h>")
        self.expect({"src/value/test_support.h": "#pragma once\n#include <gtest/gtest.h>\n",
                     "src/value/v_test.cc": '#include "value/test_support.h"\n',
                     "src/value/CMakeLists.txt":
                         "octavo_library(value SOURCES v.cc DEPS base)\n"
                         "octavo_test(value SOURCES v_test.cc)\n"})

    def test_co_await_with_a_braced_temporary(self):
        what = "`{` in a statement with co_await"
        self.expect(cc("void f() { co_await g(Argument{1}); }"), what)
        self.expect(cc("void f() { co_await g({1, 2}); }"), what)
        self.expect(cc("void f() { std::vector<int> v{co_await g()}; }"), what)
        self.expect(cc("void f() { return g(co_await h(),\n  Argument{1}); }"), what)
        self.expect(cc("void f() { if (co_await g(Argument{1})) { h(); } }"), what)

    def test_co_await_without_one(self):
        self.expect(cc("Task f() { co_await g(); }"))
        self.expect(cc("Task f() { Argument a{1}; co_await g(std::move(a)); B b{2}; }"))
        self.expect(cc("Task f() { if (auto r = co_await g(); !r) { h({1}); } }"))
        self.expect(cc("Task f() { while (g()) co_await h(); }"))
        self.expect(cc("auto l = [&]() -> Task<void> { co_await g(); };"))
        self.expect(cc('Task f() { co_await g("{"); }  // co_await {'))

    def test_co_await_in_the_condition_of_a_loop(self):
        what = "co_await in the condition of a loop"
        self.expect(cc("Task f() { while (co_await g()) { h(); } }"), what)
        self.expect(cc("Task f() { while (a(b) && !(co_await g())) h(); }"), what)
        self.expect(cc("Task f() { for (; co_await g();) h(); }"), what)

    def test_a_dropped_result(self):
        for call in ("(void)save(file)", "static_cast<void>(store.save(file))"):
            source = f'#include "base/a.h"\n\nint f() {{\n  {call};\n}}\n'
            self.assertEqual(findings_in({"src/base/a.cc": source}),
                             ["src/base/a.cc:4: a result is dropped: a comment says why"])
            for explained in (f"  {call};  // why", f"  // why\n  {call};"):
                source = f'#include "base/a.h"\n\nint f() {{\n{explained}\n}}\n'
                self.assertEqual(findings_in({"src/base/a.cc": source}), [])

    def test_a_todo_without_its_issue(self):
        self.expect(cc("// TO" "DO: later"), "a TO" "DO needs its issue")
        self.expect(cc("// TO" "DO(#7): later"))

    def test_an_edge_that_no_include_needs(self):
        layers = tidy.Layers("base:\nvalue: base\nprotocol/*: base value\n")
        sources = []
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            for name, text in {"src/value/v.cc": '#include "base/a.h"\n',
                               "src/protocol/redis/r.cc": '#include "value/v.h"\n',
                               "src/protocol/mongodb/m.cc": "\n"}.items():
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                (root / name).write_text(text, encoding="utf-8")
                sources.append(tidy.Source(root, root / name))
            found = [str(one) for one in tidy.check_unused_edges(sources, layers)]
        self.assertEqual(found, ["tools/layers.txt:1: protocol/* includes nothing of base"])

    def test_a_header_that_nobody_includes(self):
        self.expect({"src/value/v.h": "#pragma once\n"}, "src/value/v.h:1: nobody includes it")

    def test_a_function_that_only_tests_use(self):
        self.expect(header("int f();"), "src/value/f.h:2: only tests use `f`")
        self.expect(header("int f();", "int y = f();"))
        self.expect(header("int f();\ninline int g() { return f(); }", "int y = g();"))
        self.expect(header("int f();", **{"tools/unused.txt": "src/value/f.h f: for later\n"}))
        self.expect(header("int f();\ntemplate <class G> int m(G g) { return g(f()); }",
                           "int z() {\n  int y =\n      m([](int a) { return a; });\n  return y;\n}"))

    def test_a_header_that_only_tests_include(self):
        tree = header("int f();")
        tree["src/value/v.cc"] = '#include "base/a.h"\n'
        self.expect(tree, "src/value/f.h:1: only its own .cc and tests include it")
        self.expect({**tree, "tools/unused.txt": "# Later.\nsrc/value/f.h: for later\n"})
        # A library for tests is no part of the server.
        self.expect({**tree, "src/value/CMakeLists.txt":
                     "octavo_library(value SOURCES v.cc DEPS base)\n"
                     "octavo_library(value/testing SOURCES f.cc)\n"
                     "octavo_test(value SOURCES f_test.cc)\n"})
        self.expect({**tree, "tools/unused.txt": "src/base/a.h: its user is for tests\n",
                     "src/value/CMakeLists.txt":
                     "octavo_library(value FOR_TESTS SOURCES v.cc f.cc DEPS base)\n"
                     "octavo_test(value SOURCES f_test.cc)\n"})

    def test_the_list_of_the_unused_says_no_more_than_is_true(self):
        self.expect({"tools/unused.txt": "src/base/a.h: for later\n"},
                    "tools/unused.txt:1: src/base/a.h is used, or gone")
        self.expect(header("int f();", "int y = f();",
                           **{"tools/unused.txt": "src/value/f.h f: for later\n"}),
                    "tools/unused.txt:1: src/value/f.h f is used, or gone")
        self.expect(header("int f();", **{"tools/unused.txt": "src/value/f.h f\n"}),
                    "`<header> [<name>]: <why it stays>`")

    def test_a_library_links_what_it_includes(self):
        self.expect({"src/value/CMakeLists.txt": "octavo_library(value SOURCES v.cc)\n"},
                    "src/value/CMakeLists.txt:1: value includes base and does not link it")
        self.expect({"src/value/v.cc": "\n", "src/base/b.cc": '#include "base/a.h"\n',
                     "src/base/CMakeLists.txt": "octavo_library(base SOURCES a.cc b.cc)\n"},
                    "value links base and includes nothing of it")

    def test_a_path_of_one_machine(self):
        what = "a path of one machine"
        self.expect({"docs/README.md": "See /ho" "me/ada/notes.\n"}, "docs/README.md:1: " + what)
        self.expect({"tools/x.sh": "cd /ro" "ot/x\n"}, what)
        self.expect({"docs/README.md": "http://a.b/ho" "me/x and ~/home/y\n"})

    def test_a_source_in_no_cmake_file(self):
        self.expect({"src/value/w.cc": "\n"}, "src/value/w.cc:1: in no CMakeLists.txt")
        self.expect({"src/value/w.cc": "\n",
                     "src/value/CMakeLists.txt": "x(v.cc\n  # w.cc\n)\n"}, "in no CMakeLists.txt")

    def test_a_folder_without_its_line(self):
        self.expect({"src/value/README.md": None}, "src/value:1: no README.md")

    def test_glob(self):
        self.expect({"src/value/CMakeLists.txt": "file(" + "GLOB s *.cc)\nx(v.cc)\n"}, "GLOB")

    def test_shape(self):
        self.expect(cc("// " + "x" * 98), "101 columns")
        self.expect(cc("\tint x;"), "a tab")
        self.expect(cc("int x; "), "trailing blanks")
        self.expect({"src/base/a.h": "#pragma once"}, "no newline at the end")
        self.expect({"src/base/a.h": "\n"}, "#pragma once")

    def test_scripts_may_be_run(self):
        script = {"tools/a.py": "#!/usr/bin/env python3\n"}
        self.expect(script, "chmod +x tools/a.py")
        self.assertEqual(findings_in(script, to_run="tools/a.py"), [])

    def test_banned_words(self):
        self.expect(cc("void f() { try { g(); } catch (...) { h(); } }"), "catch (...)")
        self.expect(cc("auto s = std::format(1);"), "use fmt")
        self.expect(cc("void f() { assert(1); }"), "use ASSERT")
        for empty in ("Bytes()", "std::string()", "{}"):
            self.expect(cc(f"void f() {{ if (b.capacity() > 9) b = {empty}; }}"), "keeps the memory")
        self.expect(cc("void f() { if (b.capacity() > 9) Bytes().swap(b); }"))
        self.expect({"src/base/a.h": "#pragma once\nusing namespace std;\n"}, "using namespace")
        self.expect({"src/value/v_test.cc": "void f() { std::this_thread::sleep_for(1ms); }\n",
                     "src/value/CMakeLists.txt": "x(v.cc v_test.cc)\n"}, "a test that sleeps")
        self.expect(cc('auto text = "std::format and goto";'))

    def test_locks_are_those_that_clang_checks(self):
        for text in ("std::mutex mutex_;", "std::shared_mutex mutex_;",
                     "const std::scoped_lock lock(mutex_);", "std::condition_variable changed_;"):
            self.expect(cc(text), "base/mutex.h")
        self.expect(cc("std::once_flag once; // std::mutex"))
        self.expect({"src/base/mutex.h": "#pragma once\nstd::mutex mutex;\n"}, "nobody includes it")

    def test_a_switch_over_the_index_of_a_variant(self):
        what = "use std::visit"
        self.expect(cc("int f() { switch (node.index()) { default: return 1; } }"), what)
        self.expect(cc("int f() { switch (kind_of(node->index())) { default: return 1; } }"), what)
        self.expect(cc("bool f() { return a.index() == b.index(); }  // switch (x.index())"))

    PROTOCOL = {
        "src/protocol/README.md": "P.\n", "src/protocol/redis/README.md": "R.\n",
        "src/protocol/redis/CMakeLists.txt": "octavo_library(protocol/redis SOURCES r.cc)\n",
        "src/protocol/redis/r.cc": "int redis;\n",
    }

    def test_generic_code_names_no_protocol(self):
        what = "generic code names `"
        for code, word in (("int redis_port;", "redis"), ('auto x = "Redis keys";', "Redis"),
                           ("int kRedisTables;", "Redis")):
            self.expect({**self.PROTOCOL, **cc(code)}, f"src/value/v.cc:2: {what}{word}`")
        self.expect({**self.PROTOCOL, **cc("int rediscover;  // as Redis does")})
        self.expect(cc("int redis_port;"))  # there is none of this name
        # Tests, and protocols that are there for tests, are no part of the server.
        self.expect({**self.PROTOCOL, "src/value/v_test.cc": "int redis;\n",
                     "src/value/CMakeLists.txt":
                         "octavo_library(value SOURCES v.cc DEPS base)\n"
                         "octavo_test(value SOURCES v_test.cc)\n"})
        self.expect({**self.PROTOCOL, **cc("int redis;"), "src/protocol/redis/CMakeLists.txt":
                     "octavo_library(protocol/redis FOR_TESTS SOURCES r.cc)\n"})

    def test_the_list_of_names_says_no_more_than_is_true(self):
        named = {**self.PROTOCOL, **cc("int redis;")}
        self.expect({**named, "tools/names.txt": "src/value/v.cc: why\n"})
        self.expect({**named, "tools/names.txt": "src/value/v.cc\n"}, "`<file>: <why>`")
        self.expect({**self.PROTOCOL, "tools/names.txt": "# Why.\nsrc/value/v.cc: why\n"},
                    "tools/names.txt:2: src/value/v.cc names none, or is gone")

    def test_a_protocol_that_does_the_common_part_itself(self):
        code = "void f() { engine.when_durable(lsn); }\n"
        self.expect({**self.PROTOCOL, "src/protocol/redis/r.cc": code},
                    "src/protocol/redis/r.cc:1: not in a protocol: wait_durable")
        self.expect({"src/protocol/README.md": "P.\n", "src/protocol/common/README.md": "C.\n",
                     "src/protocol/common/CMakeLists.txt":
                         "octavo_library(protocol/common SOURCES c.cc)\n",
                     "src/protocol/common/c.cc": code})

    def test_a_list_in_step_with_an_enum(self):
        what = "src/value/v.cc:2: a list in step with an enum"
        self.expect(cc("int f() { return kNames[static_cast<std::size_t>(kind)]; }"), what)
        self.expect(cc("int f() { return kNames[std::to_underlying(kind)]; }"), what)
        self.expect(cc("int f() { return row_of(kNames, kind).x + kPowers[x < 0 ? -x : x]; }"))
        self.expect(cc("int f() { return kPowers[static_cast<std::size_t>(-exponent)]; }"))

    def test_a_name_that_is_compared_outside_of_its_row(self):
        keyspace = {"src/keyspace/README.md": "K.\n", "src/keyspace/CMakeLists.txt":
                    "octavo_library(keyspace SOURCES k.cc)\noctavo_test(keyspace SOURCES k_test.cc)\n",
                    "tools/layers.txt": LAYERS + "keyspace: base\n",
                    "src/keyspace/k_test.cc": 'bool g() { return name == "get"; }\n'}
        what = "src/keyspace/k.cc:1: a name is compared"
        for compared in ('spec->name == "get"', 'name != "get"', 'named[i].name == "maxmemory"'):
            self.expect({**keyspace, "src/keyspace/k.cc": f"bool f() {{ return {compared}; }}\n"},
                        what)
        for fine in ('a.name == b.name', 'spec.has(kFast)', 'word == "get"'):
            self.expect({**keyspace, "src/keyspace/k.cc": f"bool f() {{ return {fine}; }}\n"})

    def test_the_longest_function_is_found(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "f.cc"
            path.write_text("int f() {\n  if (x) {\n    g();\n  }\n  return 1;\n}\n",
                            encoding="utf-8")
            source = tidy.Source(pathlib.Path(folder), path)
            self.assertEqual(list(tidy.function_lengths(source)), [(6, "f.cc:1")])


if __name__ == "__main__":
    unittest.main()
