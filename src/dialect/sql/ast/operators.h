#pragma once

// Operators of expressions: how they are spelled in canonical text and how tightly they bind. A new
// one is an enumerator and a row here, and a row with its terminal in parser/operators.cc.

#include <array>
#include <cstdint>
#include <string_view>

#include "base/rows.h"

namespace octavo::sql {

// From loose to tight; what is on one level is read from left to right.
enum class Level : std::uint8_t {
  disjunction,  // OR
  exclusion,    // XOR
  conjunction,  // AND
  negation,     // NOT
  comparison,   // = <=> < … IS
  predicate,    // IN BETWEEN LIKE REGEXP …: one at most, not a chain
  bit_or,
  bit_and,
  shift,
  additive,
  multiplicative,
  bit_xor,
  concatenation,  // || that is no OR
  unary,          // - ~ ! BINARY
};
constexpr Level next_level(Level level) {
  return static_cast<Level>(static_cast<std::uint8_t>(level) + 1);
}

enum class BinaryOperator : std::uint8_t {
  exclusive_or,
  equal,
  null_safe_equal,
  not_equal,
  less,
  less_or_equal,
  greater,
  greater_or_equal,
  regexp,
  not_regexp,
  sounds_like,
  member_of,
  bit_or,
  bit_and,
  shift_left,
  shift_right,
  add,
  subtract,
  multiply,
  divide,
  integer_divide,
  modulo,
  bit_xor,
  json_extract,  // ->
  json_unquote,  // ->>
};

struct BinaryRow {
  BinaryOperator op;
  std::string_view text;
};
constexpr std::array kBinaryOperators = std::to_array<BinaryRow>({
    {BinaryOperator::exclusive_or, "xor"},
    {BinaryOperator::equal, "="},
    {BinaryOperator::null_safe_equal, "<=>"},
    {BinaryOperator::not_equal, "<>"},
    {BinaryOperator::less, "<"},
    {BinaryOperator::less_or_equal, "<="},
    {BinaryOperator::greater, ">"},
    {BinaryOperator::greater_or_equal, ">="},
    {BinaryOperator::regexp, "regexp"},
    {BinaryOperator::not_regexp, "not regexp"},
    {BinaryOperator::sounds_like, "sounds like"},
    {BinaryOperator::member_of, "member of"},
    {BinaryOperator::bit_or, "|"},
    {BinaryOperator::bit_and, "&"},
    {BinaryOperator::shift_left, "<<"},
    {BinaryOperator::shift_right, ">>"},
    {BinaryOperator::add, "+"},
    {BinaryOperator::subtract, "-"},
    {BinaryOperator::multiply, "*"},
    {BinaryOperator::divide, "/"},
    {BinaryOperator::integer_divide, "div"},
    {BinaryOperator::modulo, "%"},
    {BinaryOperator::bit_xor, "^"},
    {BinaryOperator::json_extract, "->"},
    {BinaryOperator::json_unquote, "->>"},
});
static_assert(rows_in_place(kBinaryOperators, &BinaryRow::op, BinaryOperator::json_unquote));

// `plus` changes nothing and is no operator: `+x` is `x`.
enum class UnaryOperator : std::uint8_t { minus, bit_not, logical_not };

struct UnaryRow {
  UnaryOperator op;
  std::string_view text;
};
constexpr std::array kUnaryOperators = std::to_array<UnaryRow>({
    {UnaryOperator::minus, "-"},
    {UnaryOperator::bit_not, "~"},
    {UnaryOperator::logical_not, "not "},
});
static_assert(rows_in_place(kUnaryOperators, &UnaryRow::op, UnaryOperator::logical_not));

}  // namespace octavo::sql
