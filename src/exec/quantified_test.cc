#include "exec/quantified.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

namespace octavo::exec {
namespace {

using algebra::Comparison;
using value::Value;

using Truth = std::optional<bool>;
using Cells = std::vector<std::optional<int>>;

Value row_of(const Cells& cells) {
  std::vector<Value> elements;
  for (const auto& cell : cells) elements.push_back(cell ? Value::int64(*cell) : Value());
  return Value::array(std::move(elements));
}

Truth compared(int a, int b, Comparison comparison) {
  switch (comparison) {
    case Comparison::equal: return a == b;
    case Comparison::not_equal: return a != b;
    case Comparison::less: return a < b;
    case Comparison::less_or_equal: return a <= b;
    case Comparison::greater: return a > b;
    case Comparison::greater_or_equal: return a >= b;
  }
  return std::nullopt;
}

// A conjunction over the columns, then a disjunction over the rows.
Truth expected(const Cells& row, const std::vector<Cells>& rows, Comparison comparison) {
  Truth any = false;
  for (const Cells& other : rows) {
    Truth all = true;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const Truth one =
          row[i] && other[i] ? compared(*row[i], *other[i], comparison) : std::nullopt;
      if (one == false) all = false;
      if (!one && all != false) all = std::nullopt;
    }
    if (all == true) return true;
    if (!all) any = std::nullopt;
  }
  return any;
}

Truth found(const Cells& row, const std::vector<Cells>& rows, Comparison comparison) {
  std::vector<Value> sorted;
  std::vector<Value> with_null;
  for (const Cells& other : rows) {
    const Value made = row_of(other);
    (has_null(made) ? with_null : sorted).push_back(made);
  }
  std::ranges::sort(sorted,
                    [](const Value& a, const Value& b) { return value::compare(a, b) < 0; });
  function::EvalContext context;
  const auto truth = any_of({sorted, with_null}, comparison, row_of(row), context);
  EXPECT_TRUE(truth);
  return truth->is_null() ? std::nullopt : std::optional(truth->as_boolean());
}

constexpr std::array kAll{Comparison::equal,   Comparison::not_equal,
                          Comparison::less,    Comparison::less_or_equal,
                          Comparison::greater, Comparison::greater_or_equal};

// Every list of up to three of these cells, by number.
std::vector<Cells> lists_of(std::size_t width) {
  const Cells cells{std::nullopt, 1, 2};
  std::vector<Cells> rows{{}};
  for (std::size_t i = 0; i < width; ++i) {
    std::vector<Cells> longer;
    for (const Cells& row : rows) {
      for (const auto& cell : cells) {
        longer.push_back(row);
        longer.back().push_back(cell);
      }
    }
    rows = std::move(longer);
  }
  return rows;
}

void compare_all(std::size_t width, std::span<const Comparison> comparisons) {
  const std::vector<Cells> rows = lists_of(width);
  std::vector<std::vector<Cells>> sets{{}};
  for (const Cells& a : rows) {
    sets.push_back({a});
    for (const Cells& b : rows) sets.push_back({a, b});
  }
  for (const std::vector<Cells>& set : sets) {
    for (const Cells& row : rows) {
      for (const Comparison comparison : comparisons) {
        EXPECT_EQ(found(row, set, comparison), expected(row, set, comparison));
      }
    }
  }
}

TEST(Quantified, SingleValuesCompareInEveryWay) { compare_all(1, kAll); }

TEST(Quantified, RowsOfSeveralAreEqualUnlessAPartIsUnknown) {
  compare_all(2, std::span(kAll).first(1));
  compare_all(3, std::span(kAll).first(1));
}

TEST(Quantified, LongListsOfRowsWithNullsMayBeCancelled) {
  const std::vector<Value> with_null(1000, row_of({std::nullopt, 1}));
  function::EvalContext context;
  CancelSource cancel;
  context.cancel = cancel.token();
  cancel.cancel();
  const auto truth = any_of({{}, with_null}, Comparison::equal, row_of({1, 2}), context);
  ASSERT_FALSE(truth);
  EXPECT_EQ(truth.error().code, Code::cancelled);
}

}  // namespace
}  // namespace octavo::exec
