#include "dialect/mongodb/index/bounds.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/random.h"
#include "dialect/mongodb/index/entries.h"
#include "dialect/mongodb/match/filter.h"
#include "dialect/mongodb/testing/ejson.h"
#include "function/family.h"
#include "value/key.h"

namespace octavo::mongodb {
namespace {

using value::Value;

Value read(std::string_view text) {
  auto read = testing::read_ejson(text);
  EXPECT_TRUE(read.has_value()) << text;
  return read ? *std::move(read) : Value();
}

algebra::ExprPtr filter_of(const Value& filter) {
  VariableIds ids;
  const Variables variables(ids, {});
  auto parsed = parse_filter(filter, {.variables = variables});
  EXPECT_TRUE(parsed.has_value());
  return parsed ? *parsed : nullptr;
}

Bounds bounds_for(std::string_view key, std::string_view filter, bool multikey = false) {
  const auto pattern = parse_key_pattern(read(key));
  return bounds_of(conditions_of(filter_of(read(filter))), *pattern, multikey);
}

TEST(MongodbBounds, KeysAndRanges) {
  EXPECT_EQ(bounds_for(R"({"a":1})", R"({"a":5})").exact_keys, 1U);
  EXPECT_EQ(bounds_for(R"({"a":1})", R"({"a":{"$in":[1,2,2]}})").exact_keys, 2U);
  EXPECT_TRUE(bounds_for(R"({"a":1})", R"({"a":{"$gt":5}})").ranged);
  EXPECT_FALSE(bounds_for(R"({"a":1})", R"({"b":5})").any());
  EXPECT_FALSE(bounds_for(R"({"a":1})", R"({"a":[1]})").any());
  const Bounds compound = bounds_for(R"({"a":1,"b":1})", R"({"a":5,"b":{"$lt":3}})");
  EXPECT_EQ(compound.equal_fields, 1U);
  EXPECT_TRUE(compound.ranged);
  EXPECT_FALSE(bounds_for(R"({"a":"hashed"})", R"({"a":{"$gt":5}})").any());
}

TEST(MongodbBounds, OfSeveralElementsOneSideCounts) {
  const auto single = bounds_for(R"({"a":1})", R"({"a":{"$gt":1,"$lt":3}})", false);
  const auto& range = std::get<algebra::KeyRange>(single.keys);
  EXPECT_EQ(range.lower.value->to_double(), 1);
  EXPECT_EQ(range.upper.value->to_double(), 3);
  const auto several = bounds_for(R"({"a":1})", R"({"a":{"$gt":1,"$lt":3}})", true);
  const auto& open = std::get<algebra::KeyRange>(several.keys);
  EXPECT_TRUE(open.lower.value->to_double() == 1 || open.upper.value->to_double() == 3);
  EXPECT_FALSE(open.lower.value->to_double() == 1 && open.upper.value->to_double() == 3);
}

// --- No document that matches lies outside of the bounds ---

Value pick(Random& random, int depth) {
  static const std::vector<Value> kScalars = {read("1"),
                                              read("2"),
                                              read("3.5"),
                                              read(R"({"$numberLong":"2"})"),
                                              read("null"),
                                              read("true"),
                                              read(R"("a")"),
                                              read(R"("b")"),
                                              read(R"({"$numberDecimal":"2"})"),
                                              read(R"({"$date":{"$numberLong":"5"}})"),
                                              read(R"({"$numberDouble":"NaN"})"),
                                              read(R"({"b":1})")};
  if (depth > 0 && random.below(4) == 0) {
    std::vector<Value> elements;
    for (std::uint64_t n = random.below(3); n > 0; --n) elements.push_back(pick(random, depth - 1));
    return Value::array(std::move(elements));
  }
  return kScalars[random.below(kScalars.size())];
}

Value random_document(Random& random) {
  std::vector<value::Field> fields = {
      {"_id", Value::int64(static_cast<std::int64_t>(random() >> 1))}};
  for (const std::string_view name : {"a", "b"}) {
    if (random.below(5) != 0) fields.push_back({std::string(name), pick(random, 2)});
  }
  return Value::object(std::move(fields));
}

Value random_filter(Random& random) {
  static constexpr std::string_view kOperators[] = {"$eq", "$gt", "$gte", "$lt", "$lte"};
  std::vector<value::Field> fields;
  for (const std::string_view name : {"a", "b"}) {
    if (random.below(3) == 0) continue;
    std::vector<value::Field> tests;
    for (const std::string_view one : kOperators) {
      if (random.below(3) == 0) tests.push_back({std::string(one), pick(random, 1)});
    }
    if (random.below(6) == 0) {
      tests = {{"$in", Value::array({pick(random, 1), pick(random, 1)})}};
    }
    if (!tests.empty()) fields.push_back({std::string(name), Value::object(std::move(tests))});
  }
  return Value::object(std::move(fields));
}

bool is_within(const Value& key, const Bounds& bounds) {
  if (const auto* set = std::get_if<algebra::KeySet>(&bounds.keys)) {
    return std::ranges::any_of(set->keys,
                               [&](const Value& wanted) { return compare(wanted, key) == 0; });
  }
  const auto& range = std::get<algebra::KeyRange>(bounds.keys);
  if (range.lower.value) {
    const auto order = compare(key, *range.lower.value);
    if (order < 0 || (order == 0 && !range.lower.inclusive)) return false;
  }
  if (range.upper.value) {
    const auto order = compare(key, *range.upper.value);
    if (order > 0 || (order == 0 && !range.upper.inclusive)) return false;
  }
  return true;
}

TEST(MongodbBounds, LeaveNoMatchOut) {
  Random random(7);
  const std::string_view kKeys[] = {R"({"a":1})", R"({"a":1,"b":1})", R"({"b":-1,"a":1})"};
  std::size_t matches = 0;
  for (int round = 0; round < 4'000; ++round) {
    const Value document = random_document(random);
    const Value given = random_filter(random);
    const auto filter = filter_of(given);
    function::EvalContext context;
    const auto holds = function::evaluate_lambda(filter, {&document, 1}, context);
    ASSERT_TRUE(holds.has_value());
    if (!holds->as_boolean()) continue;
    const auto pattern = parse_key_pattern(read(kKeys[random.below(std::size(kKeys))]));
    if (!check_entries(*pattern, document)) continue;
    ++matches;
    const IndexRule rule{.primary_key = "_id", .pattern = *pattern};
    const auto made = function::evaluate_lambda(entries_function(rule), {&document, 1}, context);
    ASSERT_TRUE(made.has_value());
    const auto entries = made->as_array();
    const bool multikey = std::ranges::any_of(
        entries, [](const Value& entry) { return entry.type() == value::Type::symbol; });
    // An index may be multikey for another document's sake.
    for (const bool as : {multikey, true}) {
      const Bounds bounds = bounds_of(conditions_of(filter), *pattern, as);
      EXPECT_TRUE(std::ranges::any_of(entries,
                                      [&](const Value& entry) { return is_within(entry, bounds); }))
          << testing::write_ejson(document) << ' ' << testing::write_ejson(given);
    }
  }
  EXPECT_GT(matches, 300U);
}

}  // namespace
}  // namespace octavo::mongodb
