#include "dialect/reql/read/parse.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "algebra/print.h"
#include "base/limits.h"
#include "dialect/reql/purity.h"
#include "dialect/reql/query_options.h"
#include "dialect/reql/read/term.h"
#include "function/family.h"

namespace octavo::reql {
namespace {

// A term as text of the algebra, or the error as `KIND message [frames]`.
std::string parsed(std::string_view json) {
  const auto query = parse_query(json);
  if (query) return query->term == nullptr ? "" : algebra::print(query->term, function::name_of);
  const ReqlError& error = query.error();
  std::string out = error.kind == ErrorKind::client    ? "CLIENT "
                    : error.kind == ErrorKind::compile ? "COMPILE "
                                                       : "OTHER ";
  out += error.message;
  if (error.backtrace.empty()) return out;
  out += " [";
  for (const Frame& frame : error.backtrace) {
    if (out.back() != '[') out += ',';
    out += std::holds_alternative<std::string>(frame) ? std::get<std::string>(frame)
                                                      : std::to_string(std::get<0>(frame));
  }
  return out + "]";
}

constexpr std::string_view kNotAQuery = "CLIENT Client is buggy (failed to deserialize query).";

TEST(ParseQuery, Types) {
  for (int type = 1; type <= 5; ++type) {
    const auto query = parse_query(type == 1 ? "[1,5]" : "[" + std::to_string(type) + "]");
    ASSERT_TRUE(query) << type;
    EXPECT_EQ(static_cast<int>(query->type), type);
  }
  EXPECT_EQ(parsed("[6]"), "CLIENT Unrecognized QueryType: 6.");
  EXPECT_EQ(parsed("[0]"), "CLIENT Unrecognized QueryType: 0.");
  EXPECT_EQ(parsed("[\"1\"]"), "CLIENT Expected a query type as a number, but found STRING.");
  EXPECT_EQ(parsed("{}"), "CLIENT Expected a query to be an array, but found OBJECT.");
  EXPECT_EQ(parsed("[]"), "CLIENT Expected 1 to 3 elements in the top-level query, but found 0.");
  EXPECT_EQ(parsed("[1,5,{},0]"),
            "CLIENT Expected 1 to 3 elements in the top-level query, but found 4.");
}

TEST(ParseQuery, WhatIsNoJson) {
  for (const std::string_view text :
       {"",         " ",       "[",        "[1",     "[1,",     "[1,]",         "[1,5",
        "[1,5]]",   "[1,5] x", "[1,5][2]", "[1]",    "[1,tru]", "[1,\"\xff\"]", "[1,\"\\ud800\"]",
        "[1,01]",   "[1,-01]", "[1,1.]",   "[1,.5]", "[1,1e]",  "[1,1e400]",    "[1,-]",
        "[1,-inf]", "[1,nan]", "[1,1x]"}) {
    EXPECT_EQ(parsed(text), kNotAQuery) << text;
  }
}

TEST(ParseQuery, Numbers) {
  EXPECT_EQ(parsed("[1,18446744073709551616]"), parsed("[1,1.8446744073709552e19]"));
  EXPECT_EQ(parsed("[1,1e-400]"), parsed("[1,0]"));
  EXPECT_NE(parsed("[1,-0.0]"), parsed("[1,0]"));
  // Beyond what a double holds, whichever way it is written.
  EXPECT_EQ(parsed("[1,0." + std::string(400, '0') + "1]"), parsed("[1,0]"));
  EXPECT_EQ(parsed("[1,-1e-400]"), parsed("[1,-0.0]"));
  EXPECT_EQ(parsed("[1,1" + std::string(400, '0') + "]"), kNotAQuery);
  EXPECT_EQ(parsed("[1,1" + std::string(400, '0') + "e-400]"), parsed("[1,1]"));
  EXPECT_EQ(parsed("[1,1" + std::string(400, '0') + "e-1]"), kNotAQuery);
}

TEST(ParseQuery, TermsAndTheirArguments) {
  EXPECT_EQ(parsed("[1,[24,[1,2]]]"), "(reql.add 1.0 2.0)");
  EXPECT_EQ(parsed("[1,[24,[1]],{}]"), "(reql.add 1.0)");
  EXPECT_EQ(parsed("[1,[24,[]]]"), "COMPILE Expected 1 or more arguments but found 0.");
  EXPECT_EQ(parsed("[1,[17,[1]]]"), "COMPILE Expected 2 or more arguments but found 1.");
  EXPECT_EQ(parsed("[1,[16,[1,[24,[]]]]]"),
            "COMPILE Expected 1 or more arguments but found 0. [1]");
  EXPECT_EQ(parsed("[1,[9999]]"), "COMPILE Unrecognized TermType: 9999.");
  EXPECT_EQ(parsed("[1,[46]]"), "COMPILE Unrecognized TermType: 46.");
  EXPECT_EQ(parsed("[1,[\"add\"]]"), "COMPILE Expected a TermType as a NUMBER but found STRING.");
  EXPECT_EQ(parsed("[1,[]]"),
            "COMPILE Expected between 1 and 3 elements in a raw term, but found 0.");
  EXPECT_EQ(parsed("[1,[24,1]]"),
            "COMPILE Second element in a Term is neither arguments nor optional arguments.");
  EXPECT_EQ(parsed("[1,[24,[1],[1]]]"),
            "COMPILE Third element in a Term is not optional arguments.");
  // Terms that only the server itself makes are none of the client's business.
  EXPECT_EQ(parsed("[1,[1000,[1]]]"), "COMPILE Unrecognized TermType: 1000.");
}

TEST(ParseQuery, OptionalArguments) {
  EXPECT_EQ(parsed("[1,[39,[[2,[]],true],{\"default\":false}]]"),
            "(reql.filter [] true :default false)");
  EXPECT_EQ(parsed("[1,[39,[[2,[]],true],{\"x\":1}]]"),
            "COMPILE Unrecognized optional argument `x`. [x]");
  EXPECT_EQ(parsed("[1,[39,[[2,[]],true],{\"default\":1,\"default\":2}]]"),
            "COMPILE Duplicate optional argument: default");
}

TEST(ParseQuery, ObjectsAndArraysOfConstantsAreOneConstant) {
  EXPECT_EQ(parsed("[1,{\"b\":1,\"a\":[2,[1,2]]}]"), R"({"a":[1.0,2.0],"b":1.0})");
  EXPECT_EQ(parsed("[1,{\"a\":1,\"a\":2}]"), "COMPILE Duplicate object key: a.");
  EXPECT_EQ(parsed("[1,[1,{\"a\":1,\"a\":2}]]"), "COMPILE Duplicate key \"a\" in JSON.");
}

TEST(ParseQuery, Functions) {
  EXPECT_EQ(parsed("[1,[69,[[2,[1]],[24,[[10,[1]],1]]]]]"), "(lambda (v1) (reql.add v1 1.0))");
  EXPECT_EQ(parsed("[1,[69,[[2,[1]],[10,[2]]]]]"), "COMPILE Variable name not found. [1]");
  EXPECT_EQ(parsed("[1,[69,[[2,[\"a\"]],1]]]"),
            "COMPILE CLIENT ERROR: FUNC variables must be a literal array of *numbers*.");
  EXPECT_EQ(parsed("[1,[69,[[2,[5,5]],1]]]"),
            "COMPILE CLIENT ERROR: FUNC variables must be *distinct* numbers.");
  EXPECT_EQ(parsed("[1,[13]]"), "COMPILE r.row is not defined in this context.");
  EXPECT_EQ(parsed("[1,[69,[[2,[1]],[69,[[2,[2]],[13]]]]]]"),
            "COMPILE Cannot use r.row in nested queries.  Use functions instead. [1,1]");
  // The parameters of one function are not seen by its neighbour.
  EXPECT_EQ(parsed("[1,[2,[[69,[[2,[1]],1]],[10,[1]]]]]"), "COMPILE Variable name not found. [1]");
}

TEST(ParseQuery, WritesInsideFunctionsOfRows) {
  const std::string insert = "[56,[[15,[\"t\"]],{}]]";
  EXPECT_EQ(parsed("[1,[38,[[2,[1]],[69,[[2,[1]]," + insert + "]]]]]"),
            "COMPILE Cannot nest writes or meta ops in stream operations.  Use FOR_EACH instead. "
            "[1,1]");
  const auto each = parse_query("[1,[68,[[2,[1]],[69,[[2,[1]]," + insert + "]]]]]");
  ASSERT_TRUE(each);
  EXPECT_TRUE(each->writes);
}

TEST(ParseQuery, AscAndDescHaveTheirPlace) {
  EXPECT_EQ(parsed("[1,[73,[\"a\"]]]"),
            "COMPILE ASC may only be used as an argument to ORDER_BY or UNION.");
  EXPECT_TRUE(parse_query("[1,[41,[[2,[]],[74,[\"a\"]]]]]"));
}

TEST(ParseQuery, GlobalOptions) {
  const auto query = parse_query(R"([1,5,{"noreply":true,"profile":false,"db":[14,["x"]]}])");
  ASSERT_TRUE(query);
  EXPECT_TRUE(query->noreply);
  EXPECT_FALSE(query->profile);
  EXPECT_EQ(query->options.size(), 3U);
  EXPECT_EQ(parsed("[1,5,{\"x\":1}]"), "COMPILE Unrecognized global optional argument `x`.");
  EXPECT_EQ(parsed("[1,5,{\"db\":1,\"db\":1}]"),
            "COMPILE Duplicate global optional argument: `db`.");
  EXPECT_EQ(parsed("[1,5,7]"), "CLIENT Expected global optargs as an object, but found NUMBER.");
}

TEST(ParseQuery, AnyOptionOfATermMayBeGlobal) {
  for (const Term* term : all_terms()) {
    for (const std::string_view option : term->options) {
      EXPECT_EQ(is_global_option(option), !option.empty()) << term->name << " " << option;
    }
  }
  EXPECT_TRUE(is_global_option("max_batch_rows"));  // no term's
  EXPECT_FALSE(is_global_option("max_batch_row"));
}

TEST(ParseQuery, FirstDatabase) {
  const auto database = [](std::string_view json) {
    const auto query = parse_query(json);
    EXPECT_TRUE(query) << json;
    return std::string(first_database(query->term, query->options).value_or("none"));
  };
  const std::string other = R"({"db":[14,["d"]]})";
  EXPECT_EQ(database(R"([1,[15,[[14,["a"]],"t"]]])"), "a");
  EXPECT_EQ(database(R"([1,[16,[[15,[[14,["a"]],"t"]],1]],)" + other + "]"), "a");
  EXPECT_EQ(database(R"([1,[43,[[15,["t"]]]],)" + other + "]"), "d");
  EXPECT_EQ(database(R"([1,[43,[[15,["t"]]]]])"), "none");
  // Not the first of the chain, or not known before it is evaluated.
  EXPECT_EQ(database(R"([1,[44,[[2,[1]],[15,[[14,["a"]],"t"]]]]])"), "none");
  EXPECT_EQ(database(R"([1,[15,[[14,[[24,["a","b"]]]],"t"]]])"), "none");
  EXPECT_EQ(database("[1,5," + other + "]"), "none");
}

TEST(ParseQuery, DepthIsLimited) {
  const auto nested = [](std::size_t depth) {
    std::string json = "[1,";
    for (std::size_t i = 0; i < depth; ++i) json += "[23,[";
    json += "true";
    for (std::size_t i = 0; i < depth; ++i) json += "]]";
    return json + "]";
  };
  EXPECT_TRUE(parse_query(nested(kMaxNestingDepth - 1)));  // and the scalar inside is a level
  EXPECT_TRUE(parsed(nested(kMaxNestingDepth)).starts_with("COMPILE Query nesting is deeper"));
  // simdjson has a limit of its own, which is not reached before ours.
  const std::string arrays = "[1,[1," + std::string(2000, '[') + std::string(2000, ']') + "]]";
  EXPECT_FALSE(parse_query(arrays));
}

// Beyond a few keys they are looked up another way.
TEST(ParseQuery, DuplicatesAmongManyKeys) {
  std::string json = "[1,{";
  for (int i = 0; i < 1000; ++i) json += "\"k" + std::to_string(i) + "\":0,";
  const auto query = parse_query(json + "\"last\":0}]");
  ASSERT_TRUE(query);
  EXPECT_EQ(parsed(json + "\"k7\":0}]"), "COMPILE Duplicate object key: k7.");
  json.replace(0, 4, "[1,[1,{");
  EXPECT_TRUE(parse_query(json + "\"last\":0}]]"));
  EXPECT_EQ(parsed(json + "\"k7\":0}]]"), "COMPILE Duplicate key \"k7\" in JSON.");
}

}  // namespace
}  // namespace octavo::reql
