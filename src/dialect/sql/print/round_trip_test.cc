// Statements of testdata/*.test as canonical text or as errors; canonical text reads back to an
// equal tree. A case is a statement, a line `----` and what is expected; a blank line ends it.
// Lines that begin with `## ` set the modes of the cases behind them.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "dialect/sql/parser/parse.h"
#include "dialect/sql/print/print.h"

namespace octavo::sql {
namespace {

constexpr const char* kFolder = "src/dialect/sql/testdata";

struct ModeRow {
  std::string_view name;
  mode::Bit bit;
};
constexpr ModeRow kModes[] = {
    {"ansi_quotes", mode::kAnsiQuotes},
    {"no_backslash_escapes", mode::kNoBackslashEscapes},
    {"pipes_as_concat", mode::kPipesAsConcat},
    {"ignore_space", mode::kIgnoreSpace},
    {"high_not_precedence", mode::kHighNotPrecedence},
    {"real_as_float", mode::kRealAsFloat},
};

Modes modes_of(const std::string& line) {
  Modes modes = 0;
  for (const ModeRow& row : kModes) {
    if (line.find(row.name) != std::string::npos) modes |= row.bit;
  }
  return modes;
}

struct Case {
  std::string place;
  std::string statement;
  std::string expected;
  Modes modes = 0;
};

std::vector<Case> read_cases(const std::filesystem::path& path) {
  std::vector<Case> cases;
  std::ifstream file(path);
  std::string line;
  Case next;
  bool behind = false;
  const auto finish = [&] {
    if (!next.statement.empty()) cases.push_back(next);
    next = {.modes = next.modes};
    behind = false;
  };
  for (int number = 1; std::getline(file, line); ++number) {
    if (line.starts_with("## ")) {
      next.modes = modes_of(line);
    } else if (line.empty()) {
      finish();
    } else if (line == "----") {
      behind = true;
    } else {
      if (next.statement.empty()) {
        next.place = path.filename().string() + ":" + std::to_string(number);
      }
      std::string& part = behind ? next.expected : next.statement;
      if (!part.empty()) part += '\n';
      part += line;
    }
  }
  finish();
  return cases;
}

void expect_reads_back(const Tree& tree, const std::string& printed) {
  const auto again = parse(printed, {});
  ASSERT_TRUE(again.has_value()) << complaint_of(again.error(), printed).message;
  EXPECT_TRUE(tree.statement() == again->statement());
  EXPECT_EQ(print(again->statement()), printed);
}

TEST(SqlSyntax, StatementsOfFiles) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(kFolder)) {
    if (entry.path().extension() == ".test") files.push_back(entry.path());
  }
  ASSERT_FALSE(files.empty());
  std::ranges::sort(files);
  int count = 0;
  for (const auto& path : files) {
    for (const Case& test : read_cases(path)) {
      ++count;
      SCOPED_TRACE(test.place + "\n" + test.statement);
      const auto tree = parse(test.statement, {.modes = test.modes});
      if (!tree) {
        const Complaint complaint = complaint_of(tree.error(), test.statement);
        EXPECT_EQ("ERROR " + std::to_string(complaint.number) + ": " + complaint.message,
                  test.expected);
        continue;
      }
      const std::string printed = print(tree->statement());
      EXPECT_EQ(printed, test.expected);
      expect_reads_back(*tree, printed);
    }
  }
  EXPECT_GT(count, 400);
}

}  // namespace
}  // namespace octavo::sql
