// Statements that are bound for any parameters and then given some are what they are when they are
// bound with these; but for INSERT, whose values are computed then and not before.

#include "dialect/sql/bind/reuse.h"

#include <gtest/gtest.h>

#include "dialect/sql/bind/test_support.h"
#include "dialect/sql/parser/parse.h"
#include "value/notation.h"

namespace octavo::sql {
namespace {

using value::Value;

Constant integer(std::int64_t number) { return {Value::int64(number), big_integer()}; }
Constant text(std::string_view letters) {
  return {Value::string(letters), text_type(*value::find_collation("utf8mb4_0900_ai_ci"),
                                            static_cast<std::uint32_t>(letters.size()))};
}

std::string bound(std::string_view statement, std::vector<Constant> parameters, bool for_reuse) {
  BindingBench bench;
  bench.parameters = std::move(parameters);
  bench.for_reuse = for_reuse;
  for (Constant& each : bench.parameters) each.type.nullable = each.value.is_null();
  const auto tree = parse(statement, {});
  return tree ? bench.bound_text(tree->statement()) : "SYNTAX";
}

TEST(ReuseTest, WithItsParametersItIsWhatItIsWhenItIsBoundWithThem) {
  const std::pair<std::string_view, std::vector<Constant>> kStatements[] = {
      {"SELECT b FROM t WHERE id = ?", {integer(5)}},
      {"SELECT b FROM t WHERE ? = id AND a > ?", {integer(5), integer(1)}},
      {"SELECT b FROM t WHERE id BETWEEN ? AND ?", {integer(5), integer(10)}},
      {"SELECT b FROM t WHERE id > ? AND id <= 7 ORDER BY id DESC", {integer(5)}},
      {"SELECT SUM(a) FROM t WHERE id BETWEEN ? AND ?", {integer(5), integer(10)}},
      {"SELECT DISTINCT b FROM t WHERE id BETWEEN ? AND ? ORDER BY b", {integer(5), integer(6)}},
      {"SELECT id FROM t WHERE a = ? ORDER BY id", {integer(5)}},
      {"SELECT id FROM t WHERE a + ? > 3", {integer(5)}},
      {"SELECT id FROM t WHERE b = ?", {text("x")}},
      {"SELECT z FROM p WHERE x = ? AND y = ?", {integer(1), integer(2)}},
      {"SELECT z FROM p WHERE x = ? AND y > ? ORDER BY y", {integer(1), integer(2)}},
      {"SELECT v FROM s WHERE name = ?", {text("x")}},
      {"UPDATE t SET a = a + ? WHERE id = ?", {integer(1), integer(2)}},
      {"UPDATE t SET a = 1 WHERE id = ? AND a > ?", {integer(1), integer(2)}},
      {"DELETE FROM t WHERE id = ?", {integer(1)}},
      {"DELETE FROM p WHERE x = ? AND y = ?", {integer(1), integer(2)}},
      {"DELETE FROM t WHERE id > ?", {integer(1)}},
  };
  for (const auto& [statement, parameters] : kStatements) {
    EXPECT_EQ(bound(statement, parameters, true), bound(statement, parameters, false)) << statement;
  }
}

TEST(ReuseTest, WhatLooksAtAValueIsNotReused) {
  const Constant null{Value(), null_type()};
  const Constant real{Value::float64(1.5), double_type()};
  const std::pair<std::string_view, std::vector<Constant>> kStatements[] = {
      {"SELECT ? FROM t", {integer(1)}},
      {"SELECT id FROM t LIMIT ?", {integer(1)}},
      {"SELECT id FROM t WHERE id IN (?, ?)", {integer(1), integer(2)}},
      {"SELECT id FROM t WHERE id = ?", {null}},
      {"SELECT id FROM t WHERE id = ?", {text("1")}},
      {"SELECT id FROM t WHERE id = ?", {real}},
      {"SELECT id FROM t WHERE k = ?", {text("2026-01-01")}},
      {"SELECT id FROM t WHERE id = ? AND k < NOW()", {integer(1)}},
      {"SELECT id FROM t WHERE id = ? AND a = @one", {integer(1)}},
      {"SELECT CONCAT(b, ?) FROM t", {text("x")}},
      {"SELECT id FROM t WHERE b LIKE ?", {text("x")}},
      {"INSERT INTO t (id, a) VALUES (?, DEFAULT)", {integer(1)}},
      {"UPDATE t SET k = ? WHERE id = 1", {text("2026-01-01")}},
  };
  for (const auto& [statement, parameters] : kStatements) {
    EXPECT_EQ(bound(statement, parameters, true), "NOT REUSED") << statement;
  }
}

TEST(ReuseTest, ValuesThatAreWrittenAreComputedThen) {
  const auto written = [](std::vector<Constant> parameters) {
    return bound("INSERT INTO t (id, b, c) VALUES (?, ?, ?)", std::move(parameters), true);
  };
  const std::string one = written({integer(1), text("x"), integer(2)});
  EXPECT_NE(one.find("store"), one.npos) << one;
  EXPECT_NE(one, written({integer(1), text("y"), integer(2)}));
  EXPECT_EQ(written({integer(1), text("x"), text("2")}), "NOT REUSED");
}

TEST(ReuseTest, TextsOfAnyLengthAreOfOneForm) {
  const auto form_of = [](const Constant& parameter) {
    return reusable(std::vector{parameter}).front().type;
  };
  EXPECT_TRUE(is_same_form(form_of(text("a")), text("abc").type));
  EXPECT_FALSE(is_same_form(form_of(text("a")), integer(1).type));
  EXPECT_FALSE(is_same_form(integer(1).type, big_integer(true)));
  EXPECT_FALSE(is_same_form(integer(1).type, with_null(big_integer(), false)));
}

}  // namespace
}  // namespace octavo::sql
