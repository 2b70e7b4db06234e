#pragma once

// Expressions of definitions: DEFAULT (…), AS (…), CHECK (…) and parts of keys, as functions of a
// row of their table. They mean the same in every session.

#include <string_view>

#include "catalog/model.h"
#include "dialect/sql/ast/expr.h"
#include "dialect/sql/define/context.h"
#include "dialect/sql/type/typed.h"

namespace octavo::sql {

// The variable that stands for the row.
inline constexpr algebra::VarId kRowVariable{1};

struct ExpressionPlace {
  const catalog::TableDefinition& table;
  std::string_view database;
};

// May give something else each time.
enum class Volatile : std::uint8_t { refused, allowed };

// 1054, and 1235 for what depends on the session or the time, which would be that of the
// definition.
Result<Typed> bind_over_row(const Expr& expr, const ExpressionPlace& place, Volatile may_vary,
                            const DefineContext& context);

// The expression as a function of the row.
Result<Bytes> row_function(const algebra::ExprPtr& expression);

// A column of the row.
Typed column_of_row(const catalog::ColumnDefinition& column);

}  // namespace octavo::sql
