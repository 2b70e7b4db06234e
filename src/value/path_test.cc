#include "value/path.h"

#include <gtest/gtest.h>

#include "value/json.h"

namespace octavo::value {
namespace {

Value json(std::string_view text) { return parse_json(text).value(); }
Path path(std::string_view dotted) { return Path::parse(dotted).value(); }

std::string visited(std::string_view document, std::string_view dotted) {
  std::vector<Value> found;
  visit_all(json(document), path(dotted), [&](const Value& value) {
    found.push_back(value);
    return true;
  });
  return to_json(Value::array(std::move(found)));
}
std::string after_set(std::string_view document, std::string_view dotted) {
  const auto changed = set_at(json(document), path(dotted), Value::int64(9));
  return changed ? to_json(*changed) : std::string(code_name(changed.error().code));
}

TEST(Path, ParsesAndPrints) {
  EXPECT_EQ(path("a.b.0").segments().size(), 3U);
  EXPECT_EQ(path("a.b.0").segments()[2].position, 0U);
  EXPECT_EQ(path("a.01").segments()[1].position, std::nullopt);
  EXPECT_EQ(path("a.b.0").to_string(), "a.b.0");
  EXPECT_TRUE(path("").empty());
  for (const std::string_view bad : {".", "a.", ".a", "a..b"}) {
    EXPECT_FALSE(Path::parse(bad).has_value()) << bad;
  }
  EXPECT_TRUE(path("a").is_prefix_of(path("a.b")));
  EXPECT_FALSE(path("a.b").is_prefix_of(path("a")));
  EXPECT_FALSE(path("a").is_prefix_of(path("ab")));
}

TEST(Path, FindsThroughObjects) {
  const Value value = json(R"({"a":{"b":[1,2],"0":3}})");
  EXPECT_EQ(find(value, path("a.0"))->as_int64(), 3);
  EXPECT_EQ(find(value, path("a.b.0")), nullptr);
  EXPECT_EQ(find(value, Path()), &value);
  Bytes bytes;
  ASSERT_TRUE(encode_document(value, bytes).has_value());
  EXPECT_EQ(find(DocumentView(bytes), path("a.0"))->to_value().value(), Value::int64(3));
  EXPECT_FALSE(find(DocumentView(bytes), path("a.c")).has_value());
}

TEST(Path, VisitsThroughArrays) {
  EXPECT_EQ(visited(R"({"a":[{"b":1},{"b":[2,3]},4]})", "a.b"), "[1,[2,3]]");
  EXPECT_EQ(visited(R"({"a":[{"b":1},{"b":2}]})", "a.1.b"), "[2]");
  EXPECT_EQ(visited(R"({"a":[{"0":7},{"x":2}]})", "a.0"), R"([{"0":7},7])");
  EXPECT_EQ(visited(R"({"a":[[{"b":1}]]})", "a.b"), "[]");
  int calls = 0;
  visit_all(json(R"([{"b":1},{"b":2}])"), path("b"), [&](const Value&) { return ++calls < 1; });
  EXPECT_EQ(calls, 1);
}

TEST(Path, Sets) {
  EXPECT_EQ(after_set("{}", "a.b"), R"({"a":{"b":9}})");
  EXPECT_EQ(after_set(R"({"a":{"b":1,"c":2}})", "a.b"), R"({"a":{"b":9,"c":2}})");
  EXPECT_EQ(after_set(R"({"a":[1]})", "a.2"), R"({"a":[1,null,9]})");
  EXPECT_EQ(after_set(R"({"a":[1]})", "a.1.x"), R"({"a":[1,{"x":9}]})");
  EXPECT_EQ(after_set(R"({"a":[1]})", "a.x"), "type_mismatch");
  EXPECT_EQ(after_set(R"({"a":1})", "a.x"), "type_mismatch");
  EXPECT_EQ(after_set(R"({"a":[]})", "a.99999999"), "out_of_range");
  EXPECT_EQ(after_set("1", ""), "9");
}

TEST(Path, Erases) {
  const auto erased = [](std::string_view document, std::string_view dotted) {
    return to_json(erase_at(json(document), path(dotted)));
  };
  EXPECT_EQ(erased(R"({"a":{"b":1,"c":2}})", "a.b"), R"({"a":{"c":2}})");
  EXPECT_EQ(erased(R"({"a":[1,2]})", "a.0"), R"({"a":[null,2]})");
  EXPECT_EQ(erased(R"({"a":[{"b":1}]})", "a.0.b"), R"({"a":[{}]})");
  EXPECT_EQ(erased(R"({"a":1})", "a.b"), R"({"a":1})");
  EXPECT_EQ(erased(R"({"a":1})", "b"), R"({"a":1})");
}

}  // namespace
}  // namespace octavo::value
