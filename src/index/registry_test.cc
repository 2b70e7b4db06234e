#include "index/registry.h"

#include <gtest/gtest.h>

#include "algebra/index_answers.h"
#include "index/ordered/ordered_options.h"
#include "index/test_support.h"

namespace octavo::index {
namespace {

using testing_support::field;
using value::Value;

catalog::IndexDefinition definition_of(catalog::IndexKindId kind) {
  catalog::IndexDefinition out;
  out.kind = kind;
  EXPECT_TRUE(algebra::encode(field("a"), out.function));
  return out;
}

TEST(Registry, RefusesWhatItCannotOpen) {
  for (const KindRow& row : kinds()) {
    catalog::IndexDefinition definition = definition_of(row.id);
    EXPECT_TRUE(open_index(definition)) << row.name;
    definition.function = "\xff\xff";
    EXPECT_FALSE(open_index(definition)) << "a function that does not decode";
    EXPECT_FALSE(prepare_new(definition));
  }
  const auto unknown = open_index(definition_of(catalog::IndexKindId{900}));
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, Code::unsupported);
  EXPECT_EQ(unknown.error().what, "Indexes of kind 900 are not known to this version.");
}

// Definitions of data folders hold these numbers.
TEST(Registry, StoredNumbersKeepTheirKinds) {
  ASSERT_NE(find_kind("ordered"), nullptr);
  EXPECT_EQ(find_kind("ordered")->id, catalog::IndexKindId{0});
  ASSERT_NE(find_kind("geo"), nullptr);
  EXPECT_EQ(find_kind("geo")->id, catalog::IndexKindId{1});
  ASSERT_NE(find_kind("plane"), nullptr);
  EXPECT_EQ(find_kind("plane")->id, catalog::IndexKindId{2});
  EXPECT_EQ(find_kind("no such kind"), nullptr);
}

TEST(Registry, WhatAKindAnswersItsIndexesMatch) {
  using namespace algebra::index_answers;
  const Value point =
      Value::geometry({{"coordinates", Value::array({Value::int64(1), Value::int64(2)})},
                       {"type", Value::string("Point")}});
  const algebra::Bound bound{.value = Value::int64(1), .inclusive = true};
  for (const KindRow& row : kinds()) {
    SCOPED_TRACE(row.name);
    const auto index = open_index(definition_of(row.id));
    ASSERT_TRUE(index);
    const auto matches = [&](Request request) { return (*index)->match(request).has_value(); };
    EXPECT_TRUE(matches(algebra::KeyRange{}));
    EXPECT_EQ(matches(algebra::KeySet{.keys = {Value::int64(1)}}), (row.answers & kKeys) != 0);
    EXPECT_EQ(matches(algebra::KeyRange{.lower = bound, .upper = {}}),
              (row.answers & kRanges) != 0);
    if ((row.answers & kAreas) != 0) {
      EXPECT_TRUE(matches(algebra::KeySet{.keys = {point}}));
    }
  }
}

TEST(Registry, OptionsOfANewIndexAreCompletedAndChecked) {
  for (const KindRow& row : kinds()) {
    SCOPED_TRACE(row.name);
    catalog::IndexDefinition definition = definition_of(row.id);
    ASSERT_TRUE(prepare_new(definition));
    EXPECT_EQ(definition.options, Value::object({{"multi", Value::boolean(false)}}));
    definition.options = Value::object({{"multi", Value::boolean(true)}});
    ASSERT_TRUE(prepare_new(definition));
    EXPECT_EQ(definition.options, Value::object({{"multi", Value::boolean(true)}}));
    for (const Value& wrong :
         {Value::int64(1), Value::object({{"multi", Value::int64(1)}}),
          Value::object({{"multi", Value::boolean(true)}, {"cells", Value::int64(4)}})}) {
      definition.options = wrong;
      const Status refused = prepare_new(definition);
      ASSERT_FALSE(refused);
      EXPECT_EQ(refused.error().code, Code::invalid_argument);
    }
  }
}

TEST(Registry, AnOrderedIndexMayGiveRowsATimeToLive) {
  const auto with = [](const Value& seconds) {
    catalog::IndexDefinition definition = definition_of(catalog::kOrderedIndex);
    definition.options =
        Value::object({{"expire_after_seconds", seconds}, {"once", Value::boolean(true)}});
    return definition;
  };
  catalog::IndexDefinition definition = with(Value::int64(60));
  EXPECT_EQ(expiry_seconds(catalog::IndexDefinition().options), std::nullopt);
  ASSERT_TRUE(prepare_new(definition));
  EXPECT_EQ(expiry_seconds(definition.options), 60);
  EXPECT_TRUE(delivers_once(definition.options));
  for (const Value& wrong :
       {Value::int64(-1), Value::int64(1LL << 31), Value::float64(1), Value::null()}) {
    definition = with(wrong);
    EXPECT_FALSE(prepare_new(definition));
  }
}

}  // namespace
}  // namespace octavo::index
