// The cases of testdata/*.json: what a pipeline gives for documents, by type and value, or the code
// of its error.
//
//   {"docs": [{"a": 1}], "pipeline": [{"$count": "n"}], "gives": [{"n": 1}]}
//   {"pipeline": [{"$limit": 0}], "code": 15958}
//
// "collections" has other ones by their names, "any_order" rows that may come otherwise.

#include "dialect/mongodb/pipeline/pipeline.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "dialect/mongodb/pipeline/testing/run.h"
#include "dialect/mongodb/testing/ejson.h"

namespace octavo::mongodb {
namespace {

using testing::Memory;
using value::Value;

constexpr const char* kFolder = "src/dialect/mongodb/pipeline/testdata";
constexpr const char* kCollection = "c";

std::vector<Value> elements_of(const Value& array) {
  return {array.as_array().begin(), array.as_array().end()};
}

Memory memory_of(const Value& test, bool has_indexes) {
  Memory memory{.has_indexes = has_indexes};
  if (const Value* docs = test.find("docs")) memory.collections[kCollection] = elements_of(*docs);
  if (const Value* others = test.find("collections")) {
    for (const value::Field& other : others->as_object()) {
      memory.collections[other.name] = elements_of(other.value);
    }
  }
  if (const Value* views = test.find("views")) {
    for (const value::Field& view : views->as_object()) {
      memory.views[view.name] = {.base = {testing::kDatabase, kCollection},
                                 .view = elements_of(view.value)};
    }
  }
  return memory;
}

// The rows as text, or "error 14: …".
std::string outcome(const Value& test, bool has_indexes) {
  const Memory memory = memory_of(test, has_indexes);
  const Value* over = test.find("over");
  const std::string collection = over == nullptr ? kCollection : std::string(over->as_string());
  auto rows = testing::run_pipeline(memory, collection, test.find("pipeline")->as_array());
  if (!rows) return "error " + std::to_string(rows.error().number) + ": " + rows.error().what;
  if (test.find("any_order") != nullptr) {
    std::ranges::sort(*rows, [](const Value& a, const Value& b) {
      return value::compare(a, b, value::Order::bson) < 0;
    });
  }
  return testing::write_ejson(Value::array(*std::move(rows)));
}

std::string expected(const Value& test) {
  if (const Value* code = test.find("code")) {
    return "error " + std::to_string(code->as_int64()) + ": ";
  }
  return testing::write_ejson(*test.find("gives"));
}

void check(const Value& test, const std::string& where) {
  for (const bool has_indexes : {false, true}) {
    const std::string wanted = expected(test);
    std::string got = outcome(test, has_indexes);
    if (test.find("code") != nullptr) got = got.substr(0, wanted.size());
    EXPECT_EQ(got, wanted) << where << ": "
                           << testing::write_ejson(*test.find("pipeline")).substr(0, 600);
  }
}

std::string text_of(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

TEST(Pipelines, Cases) {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(kFolder)) {
    if (entry.path().extension() != ".json") continue;
    const auto cases = testing::read_ejson(text_of(entry.path()));
    ASSERT_TRUE(cases.has_value()) << entry.path() << ": " << cases.error().what;
    for (const Value& test : cases->as_array()) {
      check(test, entry.path().filename().string() + " " + std::to_string(count++));
    }
  }
  EXPECT_GE(count, 250U);
}

std::vector<Value> stages_of(std::string_view text) {
  const auto stages = testing::read_ejson(text);
  EXPECT_TRUE(stages.has_value()) << text;
  return stages ? elements_of(*stages) : std::vector<Value>();
}

struct WantedCase {
  std::string_view stages;
  bool filter;
  std::string_view sort;  // the names, a comma between them
};

// What is asked for of the collection: filters and the order that stand, or can be put, in front.
TEST(Pipelines, AskForWhatAnIndexMayServe) {
  const WantedCase cases[] = {
      {"[]", false, ""},
      {R"([{"$match":{"a":1}}])", true, ""},
      {R"([{"$match":{"a":1}},{"$sort":{"b":1,"c.d":-1}}])", true, "b,c.d"},
      {R"([{"$sort":{"b":1}},{"$match":{"a":1}}])", true, "b"},
      {R"([{"$sort":{"b":1}},{"$limit":1},{"$match":{"a":1}}])", false, "b"},
      {R"([{"$project":{"a":1}},{"$match":{"a":1}}])", true, ""},
      {R"([{"$project":{"b":1}},{"$match":{"a":1}}])", false, ""},
      {R"([{"$project":{"b":0}},{"$match":{"a":1}}])", true, ""},
      {R"([{"$project":{"a":0}},{"$match":{"a":1}}])", false, ""},
      {R"([{"$project":{"_id":0,"a":1}},{"$match":{"_id":1}}])", false, ""},
      {R"([{"$addFields":{"b":1}},{"$match":{"a":1}}])", true, ""},
      {R"([{"$addFields":{"a.b":1}},{"$match":{"a":1}}])", false, ""},
      {R"([{"$unset":"b"},{"$match":{"a":1}}])", true, ""},
      {R"([{"$unwind":"$b"},{"$match":{"a":1}}])", true, ""},
      {R"([{"$unwind":"$a"},{"$match":{"a":1}}])", false, ""},
      {R"([{"$unwind":{"path":"$b","includeArrayIndex":"a"}},{"$match":{"a":1}}])", false, ""},
      {R"([{"$group":{"_id":"$a"}},{"$match":{"_id":1}}])", false, ""},
      {R"([{"$replaceRoot":{"newRoot":"$x"}},{"$match":{"a":1}}])", false, ""},
      {R"([{"$setWindowFields":{"output":{"n":{"$count":{}}}}},{"$match":{"a":1}}])", false, ""},
      {R"([{"$sort":{"a":{"$meta":"randVal"}}}])", false, ""},
      {R"([{"$sort":{"b":1}},{"$match":{"$sampleRate":0.5}}])", false, "b"},
  };
  for (const WantedCase& one : cases) {
    const auto planned = testing::plan_only({}, kCollection, stages_of(one.stages));
    ASSERT_TRUE(planned.has_value()) << one.stages << ": " << planned.error().what;
    ASSERT_EQ(planned->wanted.size(), 1U) << one.stages;
    const Wanted& wanted = planned->wanted.front();
    std::string sort;
    for (const SortField& field : wanted.sort) {
      if (!sort.empty()) sort += ',';
      for (std::size_t i = 0; i < field.path.size(); ++i)
        sort += (i > 0 ? "." : "") + field.path[i];
    }
    EXPECT_EQ(wanted.filter != nullptr, one.filter) << one.stages;
    EXPECT_EQ(sort, one.sort) << one.stages;
  }
}

TEST(Pipelines, SayWhereTheirRowsGo) {
  const auto merge = testing::plan_only(
      {}, kCollection,
      stages_of(R"([{"$merge":{"into":{"db":"d","coll":"t"},"on":["a","b.c"],"whenMatched":)"
                R"([{"$set":{"x":"$$new.y"}}],"whenNotMatched":"discard","let":{"z":"$a"}}}])"));
  ASSERT_TRUE(merge.has_value()) << merge.error().what;
  const auto* into = std::get_if<Merge>(&merge->pipeline.output);
  ASSERT_NE(into, nullptr);
  EXPECT_EQ(into->into, (CollectionName{"d", "t"}));
  EXPECT_EQ(into->on, (std::vector<std::string>{"a", "b.c"}));
  EXPECT_EQ(into->when_matched, WhenMatched::pipeline);
  EXPECT_EQ(into->pipeline.size(), 1U);
  EXPECT_EQ(into->when_not_matched, WhenNotMatched::discard);
  ASSERT_EQ(into->let.size(), 2U);
  EXPECT_EQ(into->let[0].name, "z");
  EXPECT_EQ(into->let[1].name, "new");

  const auto out = testing::plan_only({}, kCollection, stages_of(R"([{"$out":"t"}])"));
  ASSERT_TRUE(out.has_value());
  const auto* whole = std::get_if<ReplaceCollection>(&out->pipeline.output);
  ASSERT_NE(whole, nullptr);
  EXPECT_EQ(whole->into, (CollectionName{testing::kDatabase, "t"}));

  const auto none = testing::plan_only({}, kCollection, stages_of("[]"));
  ASSERT_TRUE(none.has_value());
  EXPECT_TRUE(std::holds_alternative<std::monostate>(none->pipeline.output));
}

struct PlaceCase {
  std::string_view stages;
  PipelinePlace place;
  bool in_transaction;
  std::uint32_t code;  // 0: it may stand there
};

TEST(Pipelines, StandOnlyWhereTheyMay) {
  const PlaceCase cases[] = {
      {R"([{"$out":"t"}])", PipelinePlace::view, false, 167},
      {R"([{"$merge":"t"}])", PipelinePlace::view, false, 167},
      {R"([{"$out":"t"}])", PipelinePlace::command, true, 263},
      {R"([{"$merge":"t"}])", PipelinePlace::command, true, 263},
      {R"([{"$changeStream":{}}])", PipelinePlace::view, false, 40573},
      {R"([{"$match":{}}])", PipelinePlace::view, true, 0},
      {R"([{"$lookup":{"from":"o","pipeline":[],"as":"j"}}])", PipelinePlace::view, true, 0},
      {R"([{"$changeStream":{}},{"$match":{}},{"$project":{"a":1}}])", PipelinePlace::command,
       false, 0},
  };
  for (const PlaceCase& one : cases) {
    const auto planned =
        testing::plan_only({}, kCollection, stages_of(one.stages), one.place, one.in_transaction);
    EXPECT_EQ(planned ? 0 : planned.error().number, one.code) << one.stages;
  }
  EXPECT_EQ(check_view_pipeline(stages_of(R"([{"$out":"t"}])")).error().number, 167U);
  EXPECT_TRUE(check_view_pipeline(stages_of(R"([{"$match":{}}])")).has_value());
}

}  // namespace
}  // namespace octavo::mongodb
