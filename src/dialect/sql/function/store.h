#pragma once

// Values on their way into a column that is declared: what INSERT and UPDATE write.

#include <string_view>

#include "dialect/sql/function/session_facts.h"
#include "dialect/sql/type/typed.h"

namespace octavo::sql {

// What happens to a value that the column cannot hold.
enum class StoreRule : std::uint8_t {
  strict,  // an error: 1264, 1366, 1406, 1292, 1265
  adjust,  // the nearest that it can, with a warning: without strict mode, and under IGNORE
};
StoreRule store_rule(const SessionFacts& session, bool ignore);

// The value converted to the column's type; null stays null (who writes knows about NOT NULL).
// Messages name the column, and the row by EvalContext::row_number.
Result<Typed> bind_store(Typed operand, const Type& column, std::string_view name, StoreRule rule,
                         const CallContext& context);

// What a column has that is NOT NULL and is given nothing: 0, '', the zero date, the first member.
// Null: the type has none.
value::Value implicit_default(const value::LogicalType& type);

}  // namespace octavo::sql
