#pragma once

// ORDER BY, LIMIT and DISTINCT, as nodes of plans.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "algebra/plan.h"
#include "dialect/sql/ast/query.h"
#include "dialect/sql/bind/binding.h"
#include "dialect/sql/bind/clauses.h"
#include "dialect/sql/type/typed.h"

namespace octavo::sql {

struct OrderKey {
  Typed typed;
  bool descending = false;
};

// A literal integer names a column by its position, from 0 here. 1054: there are not so many.
Result<std::optional<std::size_t>> position_of(const Expr& expr, std::size_t columns,
                                               Clause clause);

// Rows, for which `row` stands in the keys, in their order. Constant keys order nothing.
Result<algebra::PlanPtr> sort(algebra::PlanPtr input, std::span<const OrderKey> keys,
                              algebra::VarId row, const Binding& binding);

// How many rows LIMIT takes, with those that it skips. Nothing: all.
Result<std::optional<std::uint64_t>> rows_taken(Ref<Limit> limit, Binding& binding);

// 1210, 1690.
Status add_limit(Ref<Limit> limit, Binding& binding, algebra::PlanPtr& plan);

// Rows that are arrays with columns of these types, each once: of equal ones the first. `has_more`:
// elements behind those columns, in which equal rows may differ.
Result<algebra::PlanPtr> distinct(algebra::PlanPtr input, std::span<const Type> types,
                                  bool has_more, Binding& binding);
// Whether that is all compared by what it is: the rows come in any order then, else in that of
// their columns.
bool is_distinct_as_it_is(std::span<const Type> types);
// The same of rows that arrays of these columns are to be made of, where they are not compared by
// what they are: each is made of the first row that has it.
Result<algebra::PlanPtr> distinct(algebra::PlanPtr input, std::span<const Typed> columns,
                                  algebra::VarId row, Binding& binding);
// What rows of these types are compared by, over the array that is the row.
Result<std::vector<algebra::ExprPtr>> comparison_keys(const algebra::ExprPtr& row,
                                                      std::span<const Type> types,
                                                      const Binding& binding);

}  // namespace octavo::sql
