#pragma once

// Calls of aggregates: what their arguments convert to, and which rows of aggregate/rows.h compute
// them.

#include <optional>
#include <string_view>
#include <vector>

#include "algebra/plan.h"
#include "dialect/sql/function/session_facts.h"
#include "dialect/sql/type/typed.h"

namespace octavo::sql {

// As it is written, its parts bound.
struct AggregateCall {
  std::string_view name;         // as the tree has it (ast/expr.h), in upper case
  std::vector<Typed> arguments;  // COUNT(*) has none
  bool distinct = false;
  struct Order {
    Typed key;
    bool descending = false;
  };
  std::vector<Order> order;                   // GROUP_CONCAT; of a literal integer its argument
  std::optional<std::string_view> separator;  // likewise
};

struct BoundAggregate {
  // Its argument is an expression over the row, and not yet a lambda of it; null: of COUNT(*).
  algebra::Aggregate aggregate;
  Type type;
};

// Whether a function of that name is an aggregate. ANY_VALUE is none: see below.
bool is_aggregate(std::string_view upper_name);

// 1582, 1210, and the errors of conversions.
Result<BoundAggregate> bind_aggregate(AggregateCall call, const CallContext& context);

// That of the first row of a group: ANY_VALUE(x) in a query that has groups, and columns that are
// the same in all rows of a group. In other queries ANY_VALUE(x) is x.
BoundAggregate bind_any_value(Typed operand);

}  // namespace octavo::sql
