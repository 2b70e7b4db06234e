// What is nested too deeply is an error before it reaches the end of the stack, and whatever is
// read reads back from its canonical text, at the greatest depth as well.

#include <gtest/gtest.h>

#include "dialect/sql/parser/parse.h"
#include "dialect/sql/print/print.h"

namespace octavo::sql {
namespace {

std::string repeated(std::string_view part, std::size_t times) {
  std::string text;
  for (std::size_t i = 0; i < times; ++i) text += part;
  return text;
}

// `times` of `before`, the middle, `times` of `behind`.
std::string nested(std::string_view before, std::string_view middle, std::string_view behind,
                   std::size_t times) {
  return repeated(before, times) + std::string(middle) + repeated(behind, times);
}

std::vector<std::string> nested_texts(std::size_t times) {
  return {
      "select " + nested("(", "1", ")", times),
      "select " + nested("f(", "1", ")", times),
      "select " + nested("cast(", "1", " as char)", times),
      "select " + nested("case when ", "1", " then 1 end", times),
      "select " + nested("(select ", "1", ")", times),
      "select " + nested("1 in (", "1", ")", times),
      "select " + nested("exists (select ", "1", ")", times),
      "select " + nested("{fn ", "1", "}", times),
      "select " + nested("interval(1, ", "1", ")", times),
      "select d + " + nested("interval ", "1", " day + d", times),
      "select " + nested("@a := ", "1", "", times),
      "select " + nested("row(1, ", "1", ")", times),
      "select " + nested("not ", "1", "", times),
      "select " + nested("- ", "1", "", times),
      "select " + nested("! ", "1", "", times),
      "select " + nested("binary ", "1", "", times),
      "select 1" + repeated(" + 1", times),
      "select 1" + repeated(" = 1", times),
      "select 1" + repeated(" is null", times),
      "select 1" + repeated(" collate x", times),
      "select 1" + repeated(" between 1 and 1", times),
      "select 1" + nested(" xor (1", "", ")", times),
      "select * from " + nested("(", "t", ")", times),
      "select * from t" + repeated(" join t", times),
      "select * from t" + repeated(" left join t on 1", times),
      "select * from t" + nested(" join t", "", " on 1", times),
      "select * from " + nested("(select * from ", "t", ") x", times),
      "select * from " + nested("{oj ", "t", "}", times),
      "select * from json_table('', '' columns (" +
          nested("nested path '' columns (", "a for ordinality", ")", times) + ")) x",
      nested("(", "select 1", ")", times),
      nested("with a as (", "select 1", ") select 1", times),
      "select 1" + nested(" union (select 1", "", ")", times),
      nested("(", "select 1", " limit 1)", times),
      nested("(", "select 1", " union select 1)", times),
      "select * from " + nested("(", "(select 1)", " union select 1)", times) + " x",
      "select " + nested("(", "(select 1)", " union select 1)", times),
      "create table t (a int as (" + nested("(", "1", ")", times) + "))",
      "explain " + nested("(", "select 1", ")", times),
      "select 1" + nested(" between 1 and (1", "", ")", times),
      "select 1" + nested(" + (1", "", ")", times),
      "select 1" + nested(" like ((1", "", "))", times),
      "select sum(1) over (partition by " + nested("sum(1) over (order by ", "1", ")", times) + ")",
  };
}

TEST(SqlDepth, TooDeepIsAnError) {
  for (const std::string& text : nested_texts(10'000)) {
    const auto tree = parse(text, {});
    ASSERT_FALSE(tree.has_value()) << text.substr(0, 60);
    EXPECT_EQ(tree.error().kind, FaultKind::too_deep) << text.substr(0, 60);
  }
}

bool is_read(std::size_t text, std::size_t times) {
  return parse(nested_texts(times)[text], {}).has_value();
}

TEST(SqlDepth, TheGreatestDepthReadsBack) {
  for (std::size_t i = 0; i < nested_texts(1).size(); ++i) {
    std::size_t read = 1;
    for (std::size_t refused = 10'000; refused - read > 1;) {
      const std::size_t middle = (read + refused) / 2;
      (is_read(i, middle) ? read : refused) = middle;
    }
    EXPECT_GE(read, 200U);
    for (const std::size_t times : {read, read - 1}) {
      const std::string text = nested_texts(times)[i];
      SCOPED_TRACE(text.substr(0, 60));
      const auto tree = parse(text, {});
      ASSERT_TRUE(tree.has_value());
      const std::string printed = print(tree->statement());
      const auto again = parse(printed, {});
      EXPECT_TRUE(again.has_value()) << times << ": " << complaint_of(again.error(), {}).message;
      if (again) EXPECT_TRUE(tree->statement() == again->statement());
    }
  }
}

}  // namespace
}  // namespace octavo::sql
