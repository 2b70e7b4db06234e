#include "dialect/mongodb/index/special.h"

#include <gtest/gtest.h>

#include "dialect/mongodb/expression/evaluation.h"
#include "dialect/mongodb/match/filter.h"
#include "dialect/mongodb/testing/ejson.h"

namespace octavo::mongodb {
namespace {

using value::Value;

Value json(std::string_view text) {
  auto value = testing::read_ejson(text);
  EXPECT_TRUE(value) << text;
  return value ? *value : Value();
}

SpecialIndex index_of(std::string_view spec) {
  SpecialIndex index{.pattern = {}, .spec = json(spec)};
  auto pattern = parse_key_pattern(*index.spec.find("key"));
  EXPECT_TRUE(pattern) << spec;
  if (pattern) index.pattern = *std::move(pattern);
  return index;
}

std::size_t entries(const SpecialIndex& index, std::string_view document) {
  const auto made = define_special(index, {.primary_key = "_id"});
  const Value row = json(document);
  function::EvalContext context;
  const auto item = evaluate_item(made.function, {&row, 1}, context);
  EXPECT_TRUE(item && *item && (*item)->is_array()) << document;
  return item && *item && (*item)->is_array() ? (*item)->as_array().size() : 0;
}

std::uint32_t verdict(const SpecialIndex& index, std::string_view document) {
  const Status status = check_special(index, json(document));
  return status ? 0 : status.error().number;
}

bool answers(const SpecialIndex& index, std::string_view filter) {
  VariableIds ids;
  const Variables variables(ids, RequestFacts());
  const Value weights = json(R"({"weights": {"a": 1}})");
  const auto parsed = parse_filter(json(filter), {.variables = variables, .text_index = &weights});
  EXPECT_TRUE(parsed) << filter;
  return parsed && special_bounds(conditions_of(*parsed), index).any();
}

TEST(SpecialIndex, PlacesOnTheSphere) {
  const SpecialIndex index = index_of(R"({"key": {"x": 1, "a.l": "2dsphere"}})");
  EXPECT_EQ(entries(index, R"({"a": {"l": [1, 2]}})"), 1U);
  EXPECT_EQ(entries(index, R"({"a": [{"l": [1, 2]}, {"l": {"type": "Point",)"
                           R"( "coordinates": [3, 4]}}]})"),
            2U);
  EXPECT_EQ(entries(index, R"({"a": {"l": null}})"), 0U);
  EXPECT_EQ(verdict(index, R"({"a": {"l": null}})"), 0U);
  EXPECT_EQ(verdict(index, R"({"a": {"l": "here"}})"), 16755U);
  EXPECT_EQ(verdict(index, R"({"a": {"l": [181, 0]}})"), 16755U);
  EXPECT_EQ(verdict(index, R"({"a": {"l": {"type": "point", "coordinates": [0, 0]}}})"), 16755U);
  EXPECT_TRUE(answers(index, R"({"a.l": {"$geoWithin": {"$centerSphere": [[0, 0], 0.1]}}})"));
  EXPECT_TRUE(answers(index, R"({"a.l": {"$geoIntersects": {"$geometry":)"
                             R"( {"type": "Point", "coordinates": [0, 0]}}}})"));
  EXPECT_FALSE(answers(index, R"({"a.l": {"$geoWithin": {"$box": [[0, 0], [1, 1]]}}})"));
  EXPECT_FALSE(answers(index, R"({"b": {"$geoWithin": {"$centerSphere": [[0, 0], 0.1]}}})"));
}

TEST(SpecialIndex, PlacesOnAPlane) {
  const SpecialIndex index = index_of(R"({"key": {"l": "2d"}, "min": 0, "max": 100})");
  EXPECT_EQ(entries(index, R"({"l": [[1, 2], [3, 4]]})"), 2U);
  EXPECT_EQ(verdict(index, R"({"l": [[1, 2], [3, 400]]})"), 13027U);
  EXPECT_EQ(verdict(index, R"({"l": {"x": 5, "y": 6}})"), 0U);
  EXPECT_TRUE(answers(index, R"({"l": {"$geoWithin": {"$box": [[0, 0], [1, 1]]}}})"));
  EXPECT_TRUE(answers(index, R"({"l": {"$geoWithin": {"$centerSphere": [[0, 0], 0.1]}}})"));
  EXPECT_FALSE(answers(index, R"({"l": {"$geoWithin": {"$centerSphere": [[180, 0], 0.1]}}})"));
}

TEST(SpecialIndex, ValuesAtAllPaths) {
  const SpecialIndex all = index_of(R"({"key": {"$**": 1}})");
  EXPECT_EQ(entries(all, R"({"_id": 1, "a": 1, "b": {"c": 2, "d": {}}})"), 3U);
  // And one that tells of the array.
  EXPECT_EQ(entries(all, R"({"_id": 1, "a": [1, {"b": 2}, [3]]})"), 4U);
  EXPECT_TRUE(answers(all, R"({"a": 1})"));
  EXPECT_TRUE(answers(all, R"({"a.b": {"$gt": 1}, "c": null})"));
  EXPECT_FALSE(answers(all, R"({"a": null})"));
  EXPECT_FALSE(answers(all, R"({"a": {"b": 1}})"));
  EXPECT_FALSE(answers(all, R"({"a.0": 1})"));
  EXPECT_FALSE(answers(all, R"({"_id": 1})"));
  const SpecialIndex below = index_of(R"({"key": {"a.$**": 1}})");
  EXPECT_EQ(entries(below, R"({"a": {"b": 1}, "ab": 2})"), 1U);
  EXPECT_FALSE(answers(below, R"({"ab": 1})"));
  const SpecialIndex some = index_of(R"({"key": {"x": 1, "$**": 1},)"
                                     R"( "wildcardProjection": {"x": 0, "b.c": 0}})");
  EXPECT_EQ(entries(some, R"({"a": 1, "x": 1, "b": {"c": 1, "d": 1}})"), 2U);
  EXPECT_EQ(verdict(some, R"({"x": [1]})"), 7246301U);
  const SpecialIndex only = index_of(R"({"key": {"$**": 1},)"
                                     R"( "wildcardProjection": {"b.c": 1, "_id": 1}})");
  EXPECT_EQ(entries(only, R"({"_id": 1, "a": 1, "b": {"c": 1, "d": 1}})"), 2U);
}

TEST(SpecialIndex, WordsOfTexts) {
  const SpecialIndex index = index_of(R"({"key": {"a": "text"}, "weights": {"a": 1}})");
  EXPECT_EQ(entries(index, R"({"a": "the runner runs", "b": "no"})"), 2U);
  EXPECT_EQ(verdict(index, R"({"a": "x", "language": "klingon"})"), 17262U);
  EXPECT_TRUE(answers(index, R"({"$text": {"$search": "fox"}})"));
  EXPECT_TRUE(answers(index, R"({"$text": {"$search": "the"}})"));
  EXPECT_FALSE(answers(index, R"({"a": "fox"})"));
}

}  // namespace
}  // namespace octavo::mongodb
