#include "dialect/mongodb/index/entries.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/testing/ejson.h"
#include "function/family.h"

namespace octavo::mongodb {
namespace {

using value::Value;

Value read(std::string_view text) {
  auto read = testing::read_ejson(text);
  EXPECT_TRUE(read.has_value()) << text;
  return read ? *std::move(read) : Value();
}

IndexRule rule_of(std::string_view key, bool sparse = false) {
  auto pattern = parse_key_pattern(read(key));
  EXPECT_TRUE(pattern.has_value()) << key;
  return {.primary_key = "_id", .pattern = *std::move(pattern), .sparse = sparse};
}

// The entries, those for the order of keys apart: each as the values that it stands for.
std::vector<Value> entries(const IndexRule& rule, std::string_view document) {
  function::EvalContext context;
  const Value given = read(document);
  auto made = function::evaluate_lambda(entries_function(rule), {&given, 1}, context);
  EXPECT_TRUE(made.has_value()) << document;
  if (!made) return {};
  return {made->as_array().begin(), made->as_array().end()};
}

bool is_marker(const Value& entry) { return entry.type() == value::Type::symbol; }

// What an entry of these values is.
Value entry(std::string_view values) {
  const Value all = read(values);
  std::vector<Value> parts;
  for (const Value& part : all.as_array()) parts.push_back(index_form(part));
  return parts.size() == 1 ? parts.front() : Value::array(std::move(parts));
}

struct Case {
  std::string_view key;
  std::string_view document;
  std::vector<std::string_view> entries;  // of the values of the fields
  bool multikey = false;
  bool sparse = false;
};

const Case kCases[] = {
    {R"({"a":1})", R"({"_id":1,"a":5})", {"[5]"}},
    {R"({"a":1})", R"({"_id":1})", {"[null]"}},
    {R"({"a":1})", R"({"_id":1})", {}, false, true},
    {R"({"a":1})", R"({"_id":1,"a":null})", {"[null]"}, false, true},
    {R"({"a.b":1})", R"({"_id":1,"a":[]})", {}, false, true},
    {R"({"a.b":1})", R"({"_id":1,"a":[{},7]})", {}, false, true},
    {R"({"a.b":1})", R"({"_id":1,"a":[{},{"b":2}]})", {"[2]"}, true, true},
    {R"({"a":1})", R"({"_id":1,"a":[]})", {R"([{"$undefined":true}])"}, true, true},
    {R"({"a.b":1,"c":1})", R"({"_id":1,"a":[],"c":4})", {"[null,4]"}, true, true},
    {R"({"a":1})", R"({"_id":1,"a":[3,1,3]})", {"[1]", "[3]"}, true},
    {R"({"a":1})", R"({"_id":1,"a":[]})", {R"([{"$undefined":true}])"}, true},
    {R"({"a":1})", R"({"_id":1,"a":[[1,2],3]})", {"[[1,2]]", "[3]"}, true},
    {R"({"a":1})", R"({"_id":1,"a":{"b":1}})", {R"([{"b":1}])"}},
    {R"({"a.b":1})", R"({"_id":1,"a":{"b":2}})", {"[2]"}},
    {R"({"a.b":1})", R"({"_id":1,"a":[{"b":2},{"b":1},{}]})", {"[1]", "[2]", "[null]"}, true},
    {R"({"a.b":1})", R"({"_id":1,"a":[1,2]})", {"[null]"}, true},
    {R"({"a.b":1})", R"({"_id":1,"a":5})", {"[null]"}},
    {R"({"a.0":1})", R"({"_id":1,"a":[7,8]})", {"[7]"}},
    {R"({"a":1,"b":-1})", R"({"_id":1,"a":1,"b":2})", {"[1,2]"}},
    {R"({"a":1,"b":1})", R"({"_id":1,"a":[1,2],"b":3})", {"[1,3]", "[2,3]"}, true},
    {R"({"a.x":1,"a.y":1})",
     R"({"_id":1,"a":[{"x":1,"y":2},{"x":3,"y":4}]})",
     {"[1,2]", "[3,4]"},
     true},
    {R"({"a":1,"b":1})",
     R"({"_id":1,"a":[1,2],"b":[3,4]})",
     {"[1,3]", "[1,4]", "[2,3]", "[2,4]"},
     true},
};

TEST(MongodbEntries, OfDocuments) {
  for (const Case& one : kCases) {
    SCOPED_TRACE(std::string(one.key) + " " + std::string(one.document));
    std::vector<Value> found = entries(rule_of(one.key, one.sparse), one.document);
    EXPECT_EQ(std::ranges::count_if(found, is_marker), one.multikey ? 1 : 0);
    std::erase_if(found, is_marker);
    ASSERT_EQ(found.size(), one.entries.size());
    for (const std::string_view wanted : one.entries) {
      const auto same = [wanted = entry(wanted)](const Value& made) {
        return compare(made, wanted) == 0;
      };
      EXPECT_TRUE(std::ranges::any_of(found, same)) << wanted;
    }
  }
}

TEST(MongodbEntries, MarkersOfDocumentsDiffer) {
  const IndexRule rule = rule_of(R"({"a":1})");
  const auto marker = [&](std::string_view document) {
    const std::vector<Value> found = entries(rule, document);
    return *std::ranges::find_if(found, is_marker);
  };
  const auto order = compare(marker(R"({"_id":1,"a":[]})"), marker(R"({"_id":2,"a":[]})"));
  EXPECT_TRUE(order != 0);
}

TEST(MongodbEntries, ArraysSideBySideAreRefused) {
  const IndexRule rule = rule_of(R"({"a":1,"b":1})");
  const Status refused = check_entries(rule.pattern, read(R"({"_id":1,"a":[1],"b":[2]})"));
  ASSERT_FALSE(refused.has_value());
  EXPECT_TRUE(is(refused.error(), ErrorCode::cannot_index_parallel_arrays));
  EXPECT_TRUE(check_entries(rule.pattern, read(R"({"_id":1,"a":[1],"b":2})")).has_value());
}

TEST(MongodbKeyPattern, Errors) {
  for (const std::string_view wrong :
       {R"({})", R"({"a":0})", R"({"a":true})", R"({"a":"nothing"})", R"({"":1})", R"({"a.":1})",
        R"({"$a":1})", R"({"a.$b":1})"}) {
    const auto parsed = parse_key_pattern(read(wrong));
    ASSERT_FALSE(parsed.has_value()) << wrong;
    EXPECT_TRUE(is(parsed.error(), ErrorCode::cannot_create_index)) << wrong;
  }
}

}  // namespace
}  // namespace octavo::mongodb
