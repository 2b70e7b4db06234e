// Random statements of the grammar in testdata: all are read, and what is printed reads back to an
// equal tree.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "base/text.h"
#include "dialect/sql/parser/parse.h"
#include "dialect/sql/print/print.h"
#include "dialect/sql/testing/random_text.h"

namespace octavo::sql {
namespace {

// OCTAVO_SQL_ROUNDS makes it long, by hand.
std::uint64_t rounds() {
  const char* const text = std::getenv("OCTAVO_SQL_ROUNDS");
  return text == nullptr ? 3000 : parse_number<std::uint64_t>(text).value_or(0);
}

TEST(SqlRandomStatements, ReadBackEqual) {
  std::ifstream file("src/dialect/sql/testdata/grammar.txt");
  ASSERT_TRUE(file.is_open());
  const RandomText grammar(file);
  for (std::uint64_t seed = 1; seed <= rounds(); ++seed) {
    Random random(seed);
    const std::string text = grammar.make("statement", random, 10 + static_cast<int>(seed % 100));
    SCOPED_TRACE(fmt::format("seed {}: {}", seed, text));
    const auto tree = parse(text, {});
    ASSERT_TRUE(tree.has_value()) << complaint_of(tree.error(), text).message;
    const std::string printed = print(tree->statement());
    const auto again = parse(printed, {});
    ASSERT_TRUE(again.has_value()) << complaint_of(again.error(), printed).message;
    ASSERT_TRUE(tree->statement() == again->statement()) << printed;
    ASSERT_EQ(print(again->statement()), printed);
  }
}

}  // namespace
}  // namespace octavo::sql
