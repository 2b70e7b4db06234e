#pragma once

// Constants on their way into a column, without an expression: most of what INSERT writes.

#include <optional>
#include <string_view>

#include "dialect/sql/function/store.h"

namespace octavo::sql {

// What the call that `bind_store` makes gives for an operand that is a constant. Nothing: the
// operand is something else, or has to be made another value first.
std::optional<Result<value::Value>> store_constant(const Typed& operand,
                                                   const value::LogicalType& column,
                                                   std::string_view name, StoreRule rule,
                                                   const CallContext& context);

}  // namespace octavo::sql
