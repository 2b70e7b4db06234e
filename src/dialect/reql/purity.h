#pragma once

// What an expression depends on, and closures as closed expressions.

#include <optional>
#include <string_view>

#include "algebra/expr.h"
#include "dialect/reql/read/term.h"

namespace octavo::reql {

enum class Now : std::uint8_t {
  constant,  // r.now() is fixed for the query: fine in updates, filters, orders
  varies,    // it is not: indexes and write hooks
};

bool is_deterministic(const algebra::ExprPtr& expression, Now now);

// Whether the rows of a query, which is a feed, are made with anything but the changes that were
// subscribed to when it started: of each change another query is made, or another feed.
bool uses_data_per_change(const algebra::ExprPtr& query);

// Whether a query is made of constants and cheap terms alone, and of few of them.
bool is_cheap(const algebra::ExprPtr& query, std::size_t most_nodes);

// The database of the table that a chain of terms begins with, r.db(…).table(…).filter(…)…, when
// its name stands in the query: in the chain, or as the option `db` of `options`.
std::optional<std::string_view> first_database(const algebra::ExprPtr& query,
                                               const std::vector<algebra::Option>& options);

// Whether an expression is a call of term `number`.
bool is_call_of(const algebra::ExprPtr& expression, std::uint16_t number);

// What r.now() is throughout a query, in milliseconds.
Value now_value(const Env& env);

// `function` as a lambda without free variables: captured values and r.now() become constants.
// What exec, index definitions and write hooks hold. The result is deterministic when
// `is_deterministic(result, Now::varies)` says so.
algebra::ExprPtr close(const Env& env, const Function& function);

// Builders of small functions. `captured` is what the parts refer to.
Function make_lambda(std::vector<algebra::VarId> params, algebra::ExprPtr body, Captured captured,
                     Backtrace place = {});
// A variable that no query can name.
algebra::VarId own_variable(std::uint32_t n);
algebra::ExprPtr var(algebra::VarId id);
algebra::ExprPtr constant(Value value);
algebra::ExprPtr call(std::uint16_t number, std::vector<algebra::ExprPtr> args,
                      std::vector<algebra::Option> options = {});

// row → exactly true where `predicate` holds under filter's rules: objects match their fields,
// missing values count as `default_value` (an expression of the query, or null for false).
Function filter_function(const Env& env, const Function& predicate,
                         const algebra::ExprPtr& default_value);
// row → internal function `number` of function(row).
Function wrap(std::uint16_t number, const Function& function);
// The shortcuts that a datum has where a function is expected.
Function constant_function(Value datum);
Function field_function(Value name);
Function pluck_function(Value paths);
Function equals_function(Value datum);

}  // namespace octavo::reql
