// Random statements of the grammar in testdata are bound, or refused with an error that has a
// number, and never more than that.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "base/text.h"
#include "dialect/sql/bind/test_support.h"
#include "dialect/sql/parser/parse.h"
#include "dialect/sql/testing/random_text.h"

namespace octavo::sql {
namespace {

// OCTAVO_SQL_ROUNDS makes it long, by hand.
std::uint64_t rounds() {
  const char* const text = std::getenv("OCTAVO_SQL_ROUNDS");
  return text == nullptr ? 3000 : parse_number<std::uint64_t>(text).value_or(0);
}

TEST(SqlRandomStatements, AreBoundOrRefused) {
  std::ifstream file("src/dialect/sql/testdata/grammar.txt");
  ASSERT_TRUE(file.is_open());
  const RandomText grammar(file);
  BindingBench bench;
  std::size_t bound = 0;
  for (std::uint64_t seed = 1; seed <= rounds(); ++seed) {
    for (const char* const rule : {"query", "insert", "update", "delete"}) {
      Random random(seed);
      const std::string text = grammar.make(rule, random, 4 + static_cast<int>(seed % 60));
      SCOPED_TRACE(fmt::format("seed {}: {}", seed, text));
      const auto tree = parse(text, {});
      ASSERT_TRUE(tree.has_value());
      const std::string outcome = bench.bound_text(tree->statement());
      EXPECT_FALSE(outcome.starts_with("ERROR 0:")) << outcome;
      if (!outcome.starts_with("ERROR")) ++bound;
    }
  }
  EXPECT_GT(bound, rounds() / 10);
}

}  // namespace
}  // namespace octavo::sql
