#pragma once

// The operators of expressions by name ("$add"): how each is written, and the operation it is. One
// table for each file that has some; a new operator is a row of one.

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "algebra/expr.h"
#include "base/result.h"
#include "dialect/mongodb/expression/operation.h"
#include "dialect/mongodb/expression/variables.h"
#include "value/value.h"

namespace octavo::mongodb {

struct OperatorRow;

// {$name: operand} where it is parsed.
struct OperatorUse {
  const OperatorRow& row;
  const value::Value& operand;
  const Variables& variables;
};

// A field of an operand that is a document: {$name: {field: …}}.
struct OperandField {
  std::string_view name;
  std::uint32_t missing = 0;  // the code of the error without it; 0: it may be left out
};
struct OperandForm {
  std::uint32_t not_object;  // codes of errors: the operand is no document,
  std::uint32_t unknown;     // or has a field of another name
  std::span<const OperandField> fields;
};

struct OperatorRow {
  static constexpr std::uint8_t kAny = 255;

  std::string_view name;
  std::uint16_t number = 0;  // the operation
  // Of operands in an array; one alone needs none.
  std::uint8_t least = 1;
  std::uint8_t most = 1;
  // Operands by name instead: arguments of the call in the order of the form, `op::kAbsent` for
  // what is left out.
  const OperandForm* form = nullptr;
  // Neither: how it is parsed.
  Result<algebra::ExprPtr> (*parse)(const OperatorUse& use) = nullptr;
};

const OperatorRow* find_operator(std::string_view name);  // null: there is none

// The rules above, for parsers of their own that end with one of them. Nothing is folded here.
Result<std::vector<algebra::ExprPtr>> parse_operands(const OperatorUse& use);
Result<algebra::ExprPtr> parse_positional(const OperatorUse& use);
Result<algebra::ExprPtr> parse_form(const OperatorUse& use);
// The fields of an operand in the order of the form, checked; null for what is left out.
Result<std::vector<const value::Value*>> read_form(const OperatorUse& use, const OperandForm& form);
// An operand, with variables that may be more than those of the use.
Result<algebra::ExprPtr> parse_operand(const value::Value& operand, const Variables& variables);

// Whether argument `i` was given: by name it may be left out, which is not the same as missing.
bool is_given(const OperationCall& call, std::size_t i);
bool is_given(const algebra::ExprPtr& argument);

}  // namespace octavo::mongodb
