// The cases of testdata/*.json: what an expression gives for a document, by type and value, or the
// code of its error.
//
//   {"expr": {"$add": ["$a", 1]}, "doc": {"a": 2}, "gives": 3}
//   {"expr": "$b", "doc": {}, "missing": true}
//   {"expr": {"$add": ["x"]}, "code": 14}

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "dialect/mongodb/expression/evaluation.h"
#include "dialect/mongodb/expression/parse.h"
#include "dialect/mongodb/testing/ejson.h"
#include "dialect/mongodb/type/type.h"

namespace octavo::mongodb {
namespace {

using value::Value;

constexpr const char* kFolder = "src/dialect/mongodb/expression/testdata";
constexpr std::int64_t kNowMillis = 1'700'000'000'123;

// What an expression comes to, as text: a value, "missing", or "error 14: …".
std::string outcome(const Value& expression, const Value& document) {
  VariableIds ids;
  const algebra::VarId row = ids.fresh();
  const RequestFacts facts{.now = date_of_millis(kNowMillis),
                           .cluster_time = Value::log_stamp(1'700'000'000, 1),
                           .user_roles = Value::array({})};
  const Variables variables = Variables(ids, facts).with_row(row);
  const auto failed = [](const Error& error) {
    return "error " + std::to_string(error.number) + ": " + error.what;
  };
  const auto parsed = parse_expression(expression, variables);
  if (!parsed) return failed(parsed.error());
  function::EvalContext context;
  const auto item = evaluate_item(row_lambda(row, *parsed), std::array{document}, context);
  if (!item) return failed(item.error());
  return *item ? testing::write_ejson(**item) : "missing";
}

std::string expected(const Value& test) {
  if (const Value* code = test.find("code")) {
    return "error " + std::to_string(code->as_int64()) + ": ";
  }
  const Value* gives = test.find("gives");
  return gives == nullptr ? "missing" : testing::write_ejson(*gives);
}

std::string read_file(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

class Cases : public ::testing::TestWithParam<std::string> {};

TEST_P(Cases, Come) {
  const auto cases = testing::read_ejson(read_file(std::string(kFolder) + "/" + GetParam()));
  ASSERT_TRUE(cases) << cases.error().what;
  ASSERT_FALSE(cases->as_array().empty());
  for (const Value& test : cases->as_array()) {
    const Value* expression = test.find("expr");
    ASSERT_NE(expression, nullptr) << testing::write_ejson(test);
    const Value* document = test.find("doc");
    std::string came = outcome(*expression, document == nullptr ? Value::object({}) : *document);
    const std::string wanted = expected(test);
    // Of an error the code counts.
    if (test.find("code") != nullptr) came.resize(std::min(came.size(), wanted.size()));
    EXPECT_EQ(came, wanted) << testing::write_ejson(test);
  }
}

std::vector<std::string> files() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(kFolder)) {
    names.push_back(entry.path().filename());
  }
  std::ranges::sort(names);
  return names;
}

INSTANTIATE_TEST_SUITE_P(Expression, Cases, ::testing::ValuesIn(files()), [](const auto& info) {
  return info.param.substr(0, info.param.find('.'));
});

}  // namespace
}  // namespace octavo::mongodb
