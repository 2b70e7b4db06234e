#include "dialect/sql/parser/operators.h"

#include <array>

namespace octavo::sql {
namespace {

constexpr InfixRow kInfixes[] = {
    {"OR", Level::disjunction, Infix::any_of},
    {"||", Level::disjunction, Infix::any_of},
    {"XOR", Level::exclusion, Infix::binary, BinaryOperator::exclusive_or},
    {"AND", Level::conjunction, Infix::all_of},
    {"&&", Level::conjunction, Infix::all_of},
    {"=", Level::comparison, Infix::comparison, BinaryOperator::equal},
    {"<=>", Level::comparison, Infix::comparison, BinaryOperator::null_safe_equal},
    {"<>", Level::comparison, Infix::comparison, BinaryOperator::not_equal},
    {"!=", Level::comparison, Infix::comparison, BinaryOperator::not_equal},
    {"<", Level::comparison, Infix::comparison, BinaryOperator::less},
    {"<=", Level::comparison, Infix::comparison, BinaryOperator::less_or_equal},
    {">", Level::comparison, Infix::comparison, BinaryOperator::greater},
    {">=", Level::comparison, Infix::comparison, BinaryOperator::greater_or_equal},
    {"IS", Level::comparison, Infix::is},
    {"NOT", Level::predicate, Infix::predicate},
    {"IN", Level::predicate, Infix::predicate},
    {"BETWEEN", Level::predicate, Infix::predicate},
    {"LIKE", Level::predicate, Infix::predicate},
    {"REGEXP", Level::predicate, Infix::predicate},
    {"RLIKE", Level::predicate, Infix::predicate},
    {"SOUNDS", Level::predicate, Infix::predicate},
    {"MEMBER", Level::predicate, Infix::predicate},
    {"|", Level::bit_or, Infix::binary, BinaryOperator::bit_or},
    {"&", Level::bit_and, Infix::binary, BinaryOperator::bit_and},
    {"<<", Level::shift, Infix::binary, BinaryOperator::shift_left},
    {">>", Level::shift, Infix::binary, BinaryOperator::shift_right},
    {"+", Level::additive, Infix::binary, BinaryOperator::add},
    {"-", Level::additive, Infix::binary, BinaryOperator::subtract},
    {"*", Level::multiplicative, Infix::binary, BinaryOperator::multiply},
    {"/", Level::multiplicative, Infix::binary, BinaryOperator::divide},
    {"DIV", Level::multiplicative, Infix::binary, BinaryOperator::integer_divide},
    {"%", Level::multiplicative, Infix::binary, BinaryOperator::modulo},
    {"MOD", Level::multiplicative, Infix::binary, BinaryOperator::modulo},
    {"^", Level::bit_xor, Infix::binary, BinaryOperator::bit_xor},
};

// A row + 1 for each terminal.
constexpr auto kRowOfTerminal = [] {
  std::array<std::uint8_t, kSymbols.size() + kWords.size() + 1> rows{};
  for (std::size_t i = 0; i < std::size(kInfixes); ++i) {
    rows[kInfixes[i].terminal.number()] = static_cast<std::uint8_t>(i + 1);
  }
  return rows;
}();

}  // namespace

const InfixRow* find_infix(std::uint16_t terminal) {
  const std::uint8_t row = kRowOfTerminal[terminal];
  return row == 0 ? nullptr : &kInfixes[row - 1];
}

}  // namespace octavo::sql
