// How often a join asks its table, and that what it remembers is what it would find.

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "exec/match_cache.h"
#include "exec/operators.h"
#include "exec/testing/run.h"
#include "exec/testing/terms.h"

namespace octavo::exec {
namespace {

using testing_support::of_row;
using testing_support::row;
using value::Value;

// By primary key the even numbers are there; by index a number has as many rows as it says.
class NumberSource final : public Source {
 public:
  explicit NumberSource(std::size_t text_bytes = 1) : text_(text_bytes, 'x') {}

  Result<std::unique_ptr<RowCursor>> open(const algebra::Scan& scan, QueryContext&) const override {
    ++asked;
    const Value& key = std::get<algebra::KeySet>(scan.keys).keys.front();
    return std::make_unique<Matches>(
        Rows(static_cast<std::size_t>(key.as_int64()), row_of(key.as_int64())));
  }
  Result<std::unique_ptr<FieldCursor>> open_fields(const algebra::Scan&,
                                                   std::span<const value::FieldRequest>,
                                                   QueryContext&) const override {
    return fail(Code::not_found, "not asked for");
  }
  Result<std::optional<Value>> get(TableId, const Value& key, QueryContext&) const override {
    ++asked;
    if (key.as_int64() % 2 != 0) return std::nullopt;
    return row_of(key.as_int64());
  }
  Result<std::uint64_t> count(const algebra::Scan&, QueryContext&) const override { return 0; }

  Value row_of(std::int64_t number) const {
    return Value::object({{"n", Value::int64(number)}, {"text", Value::string(text_)}});
  }

  mutable std::size_t asked = 0;

 private:
  class Matches final : public RowCursor {
   public:
    explicit Matches(Rows rows) : rows_(std::move(rows)) {}
    Status next(std::size_t max_rows, Rows& out) override {
      for (; max_rows > 0 && at_ < rows_.size(); --max_rows) out.push_back(rows_[at_++]);
      return {};
    }

   private:
    Rows rows_;
    std::size_t at_ = 0;
  };

  std::string text_;
};

// The numbers that the pairs of the join have on the right, in their order.
std::vector<std::int64_t> joined(const NumberSource& source, const std::vector<std::int64_t>& outer,
                                 std::optional<IndexId> index = std::nullopt) {
  std::vector<Value> rows;
  for (const std::int64_t number : outer) rows.push_back(Value::int64(number));
  QueryContext query;
  const OperatorContext context{source, query};
  const auto root =
      build(make_plan(algebra::LookupJoin{.outer = make_plan(algebra::Values{std::move(rows)}),
                                          .key = of_row(row()),
                                          .table = TableId{1},
                                          .index = index}),
            context);
  EXPECT_TRUE(root);
  std::vector<std::int64_t> out;
  for (Rows batch; root; batch.clear()) {
    EXPECT_TRUE((*root)->next(7, batch));
    if (batch.empty()) break;
    for (const Value& pair : batch) {
      const Value* const right = pair.find("right");
      EXPECT_EQ(*pair.find("left"), *right->find("n"));
      out.push_back(right->find("n")->as_int64());
    }
  }
  return out;
}

std::vector<std::int64_t> cycle(std::size_t count, std::int64_t keys) {
  std::vector<std::int64_t> out;
  for (std::size_t i = 0; i < count; ++i) out.push_back(static_cast<std::int64_t>(i) % keys);
  return out;
}

std::vector<std::int64_t> even_of(std::vector<std::int64_t> numbers) {
  std::erase_if(numbers, [](std::int64_t number) { return number % 2 != 0; });
  return numbers;
}

TEST(LookupJoin, AsksOnceForAKeyThatComesAgain) {
  const NumberSource source;
  const auto outer = cycle(1000, 10);
  EXPECT_EQ(joined(source, outer), even_of(outer));
  EXPECT_EQ(source.asked, 10U);  // those that are not there as well
}

TEST(LookupJoin, RemembersFewMatchesOfAnIndexAndNotMany) {
  const NumberSource source;
  constexpr auto kMost = static_cast<std::int64_t>(MatchCache::kMostMatches);
  const std::vector<std::int64_t> outer{3, kMost + 1, 0, 3, kMost, kMost + 1, 0, kMost};
  std::vector<std::int64_t> expected;
  for (const std::int64_t number : outer) {
    expected.insert(expected.end(), static_cast<std::size_t>(number), number);
  }
  EXPECT_EQ(joined(source, outer, IndexId{1}), expected);
  EXPECT_EQ(source.asked, 5U);  // 3, 0 and kMost once each
}

TEST(LookupJoin, GivesUpWhereKeysDoNotComeAgain) {
  const NumberSource source;
  std::vector<std::int64_t> outer = cycle(40'000, 40'000);
  outer.insert(outer.end(), 100, 4);
  EXPECT_EQ(joined(source, outer), even_of(outer));
  EXPECT_EQ(source.asked, outer.size());
}

TEST(LookupJoin, ForgetsWhatIsTooMuchToHold) {
  const NumberSource source(1 * kMiB);
  const auto outer = cycle(40, 20);
  EXPECT_EQ(joined(source, outer), even_of(outer));
  EXPECT_GT(source.asked, 20U);
  EXPECT_LE(source.asked, outer.size());
}

}  // namespace
}  // namespace octavo::exec
