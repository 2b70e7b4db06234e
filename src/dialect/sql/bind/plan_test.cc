// Statements of testdata/plans/*.test as what they are bound to: columns and a plan, or an error. A
// case is a statement, a line `----` and what is expected; a blank line ends it. A line that begins
// with `## ` sets the modes of the cases behind it, and with STATISTICS their tables have some.
// OCTAVO_WRITE_PLANS=1 writes the files anew.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "dialect/sql/bind/test_support.h"
#include "dialect/sql/parser/parse.h"

namespace octavo::sql {
namespace {

constexpr const char* kFolder = "src/dialect/sql/testdata/plans";

struct Setting {
  SqlMode mode = sql_mode::kDefault;
  bool has_statistics = false;
};

std::string bound_text(std::string_view statement, const Setting& setting) {
  BindingBench bench;
  bench.facts.mode = setting.mode;
  bench.has_statistics = setting.has_statistics;
  const auto tree = parse(statement, {});
  if (!tree) return "SYNTAX: " + complaint_of(tree.error(), statement).message;
  return bench.bound_text(tree->statement());
}

struct File {
  std::filesystem::path path;
  std::vector<std::string> lines;
};

File read_file(const std::filesystem::path& path) {
  File file{.path = path};
  std::ifstream in(path);
  for (std::string line; std::getline(in, line);) file.lines.push_back(line);
  return file;
}

Setting setting_of(std::string_view line) {
  SqlMode mode = 0;
  for (const sql_mode::Row& row : sql_mode::kRows) {
    if (line.find(row.name) != std::string_view::npos) mode |= row.bits;
  }
  if (line.find("DEFAULT") != std::string_view::npos) mode = sql_mode::kDefault;
  return {.mode = mode, .has_statistics = line.find("STATISTICS") != std::string_view::npos};
}

// The file with what cases come to; `check` is told of each case.
template <class Check>
std::string rewritten(const File& file, Check&& check) {
  std::string out;
  Setting setting;
  for (std::size_t i = 0; i < file.lines.size();) {
    const std::string& line = file.lines[i];
    if (line.empty() || line.starts_with("## ")) {
      if (!line.empty()) setting = setting_of(line);
      out += line + "\n";
      ++i;
      continue;
    }
    const std::size_t first = i + 1;
    std::string statement;
    for (; i < file.lines.size() && !file.lines[i].empty() && file.lines[i] != "----"; ++i) {
      statement += (statement.empty() ? "" : "\n") + file.lines[i];
    }
    std::string expected;
    if (i < file.lines.size() && file.lines[i] == "----") ++i;
    for (; i < file.lines.size() && !file.lines[i].empty(); ++i) {
      expected += (expected.empty() ? "" : "\n") + file.lines[i];
    }
    const std::string text = bound_text(statement, setting);
    check(fmt::format("{}:{}", file.path.string(), first), statement, text, expected);
    out.append(statement).append("\n----\n").append(text).append("\n");
  }
  return out;
}

TEST(SqlPlans, StatementsOfFiles) {
  const bool write = std::getenv("OCTAVO_WRITE_PLANS") != nullptr;
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(kFolder)) {
    const File file = read_file(entry.path());
    const std::string out =
        rewritten(file, [&](const std::string& place, const std::string& statement,
                            const std::string& text, const std::string& expected) {
          ++count;
          if (!write) EXPECT_EQ(text, expected) << place << "\n" << statement;
        });
    if (write) std::ofstream(entry.path()) << out;
  }
  EXPECT_GT(count, 100U);
}

}  // namespace
}  // namespace octavo::sql
