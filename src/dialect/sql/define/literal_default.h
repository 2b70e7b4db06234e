#pragma once

// DEFAULT with a literal.

#include <string>

#include "dialect/sql/ast/expr.h"
#include "dialect/sql/define/context.h"
#include "value/logical_type.h"

namespace octavo::sql {

struct LiteralDefault {
  value::Value value;
  std::string shown;  // as DESCRIBE has it; of BIT as a literal
};

// Whether it is one, or a literal with a sign.
bool is_literal(const Expr& expr);
// NOW(), in whatever spelling. `precision`: 0 where nothing was said.
bool is_now(const Expr& expr, std::uint32_t& precision);

// As the column has it. 1067 for what is no value of its type.
Result<LiteralDefault> literal_default(const Expr& expr, const value::LogicalTypePtr& type,
                                       std::string_view column, const DefineContext& context);

// A constant as a function of the row.
Bytes constant_function(const value::Value& value);

}  // namespace octavo::sql
