#pragma once

// Queries within a statement.

#include <cstdint>
#include <optional>
#include <vector>

#include "dialect/sql/ast/query.h"
#include "dialect/sql/bind/binding.h"
#include "dialect/sql/bind/bound.h"

namespace octavo::sql {

Result<BoundQuery> bind_inner_query(const Query& query, const Surroundings& around,
                                    Binding& binding);

// What a query has behind its body.
struct Tail {
  List<OrderItem> order_by;
  Ref<Limit> limit;

  bool empty() const { return order_by.empty() && !limit; }
};
// A block with the ORDER BY and LIMIT of the query that it is, which may name what it reads.
Result<BoundQuery> bind_select(const Select& select, const Tail& tail, const Surroundings& around,
                               Binding& binding);
Result<BoundQuery> bind_values(const Values& values, const Surroundings& around, Binding& binding);
Result<BoundQuery> bind_set_operation(const SetOperation& operation, const Surroundings& around,
                                      Binding& binding);
// Of the first of its arms, which are bound: their rows together, as the operation says.
Result<BoundQuery> bind_arms(const SetOperation& operation, std::vector<BoundQuery> arms,
                             Binding& binding);
// ORDER BY and LIMIT over the columns of a result.
Status add_tail(const Tail& tail, const Surroundings& around, Binding& binding, BoundQuery& query);
Result<BoundQuery> bind_body(const QueryBody& body, const Tail& tail, const Surroundings& around,
                             Binding& binding);

}  // namespace octavo::sql
