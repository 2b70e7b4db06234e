#pragma once

// Expressions of the tree to typed expressions of the algebra.

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dialect/sql/ast/expr.h"
#include "dialect/sql/bind/binding.h"
#include "dialect/sql/bind/bound.h"
#include "dialect/sql/bind/clauses.h"
#include "dialect/sql/bind/order.h"
#include "dialect/sql/bind/scope.h"
#include "dialect/sql/bind/window_specs.h"
#include "dialect/sql/function/aggregate_call.h"
#include "dialect/sql/function/call_binder.h"
#include "dialect/sql/function/window_call.h"
#include "dialect/sql/type/typed.h"

namespace octavo::sql {

class Aggregates;
class SharedOperand;
class Windows;

// An item of a select list, as the clauses behind it may name it.
struct SelectedItem {
  std::string name;
  Typed typed;
  bool has_window = false;  // a window function is part of it
};

// Where an expression stands, and what may be named there. What it points at outlives the binder.
struct ExprPlace {
  Clause clause = Clause::select;
  Scope* scope = nullptr;  // null: no columns
  Surroundings around = {};
  Aggregates* aggregates = nullptr;  // null: none may be there
  Windows* windows = nullptr;        // likewise
  // Of an expression in the specification of a window: the window's name (3595).
  std::string_view window_specified = {};
  bool within_aggregate = false;  // rows are those of FROM, in every clause
  std::span<const SelectedItem> items = {};
  std::span<const Typed> grouped = {};  // the keys of GROUP BY
  // Of ON DUPLICATE KEY UPDATE: the row that was to be inserted, for VALUES(column).
  Scope* inserted = nullptr;
};

class ExprBinder {
 public:
  ExprBinder(Binding& binding, const ExprPlace& place) : binding_(binding), place_(place) {}

  // A whole expression of one column, with its constant parts computed.
  Result<Typed> bind(const Expr& expr);
  // The same of what is written to a column; null: to one that nobody declared.
  Result<Typed> bind_stored(const Expr& expr, const catalog::ColumnDefinition* column);
  // Those that must hold together, each as a Filter wants it; AND at the top is taken apart.
  Result<std::vector<Typed>> bind_conjuncts(const Expr& expr);

  // For queries within the expression. What a name stands for here: a column, or what the select
  // list calls so. Nothing: no name of this query.
  Result<std::optional<Typed>> find_name(const Path& path, Clause clause, bool from_within) const;
  // The field of an open table that it may be.
  std::optional<Typed> find_field(const Path& path) const;
  Correlation* correlation() const { return place_.around.correlation; }

 private:
  // An expression that may be a row of values.
  using Columns = std::vector<Typed>;
  // One column, not yet folded.
  Result<Typed> bind_part(const Expr& expr);
  Result<std::vector<Typed>> bind_parts(const List<Expr>& exprs);
  // Beside what it is compared or computed with (reuse.h).
  using FitsAsVariable = bool (*)(const Type& parameter, const Type& other);
  using Pair = std::pair<Typed, Typed>;
  Result<Pair> bind_pair(const Expr& left, const Expr& right, FitsAsVariable fits);
  Result<Typed> bind_beside(const Expr& expr, const Type& other, FitsAsVariable fits);
  std::optional<Typed> variable_of(const Expr& expr) const;
  Result<Typed> bind_parameter(const Parameter& parameter);
  std::optional<Typed> typed_parameter(const Expr& expr, const Type& other) const;

  Result<Typed> bind_name(const ColumnName& name, bool whole);
  Result<const SelectedItem*> find_item(Name name) const;
  bool may_be_used(const ScopeColumn& column) const;
  bool sees_groups() const;
  std::unexpected<Error> unknown(const Path& path) const;

  Result<Typed> bind_unary_node(const Unary& unary);
  Result<Typed> bind_binary_node(const Binary& binary);
  Result<Typed> bind_interval(BinaryOperator op, const Expr& time, const Expr& interval);
  Result<Typed> bind_junction_node(const Junction& junction);
  Result<Typed> bind_between_node(const Between& between);
  Result<Typed> bind_like_node(const Like& like);
  Result<Typed> bind_case_node(const Case& node);

  static bool is_row(const Expr& expr);
  Result<Columns> bind_columns(const Expr& expr);
  Result<Typed> bind_row_comparison(BinaryOperator op, const Expr& left, const Expr& right);
  // Notes in `shared_left` which parts of what it gives were made of the columns on the left.
  Result<Typed> compare_columns(BinaryOperator op, const Columns& left,
                                std::vector<SharedOperand>& shared_left, const Columns& right);
  Result<Typed> bind_in_node(const In& in);
  Result<Typed> bind_in_rows(bool negated, const Columns& operand, std::vector<Columns> items);
  Result<Typed> either(bool all, std::vector<Typed> parts);

  Result<Typed> bind_call_node(const Call& call);
  Result<Typed> bind_aggregate_node(std::string_view name, const Call& call);
  Result<BoundAggregate> bind_aggregate_call(std::string_view name, const Call& call,
                                             const ExprPlace& inside);
  Result<Typed> bind_any_value_node(const Call& call);
  Result<std::optional<Typed>> bind_outer_aggregate(std::string_view name, const Call& call);
  Result<Typed> bind_grouping_node(const Call& call);
  ExprPlace within_aggregate() const;

  Result<Typed> bind_window_node(std::string_view name, const Call& call);
  Result<BoundWindow> bind_window_call(std::string_view name, const Call& call,
                                       const WindowSpec& spec);
  Result<std::vector<Typed>> bind_partition(const WindowSpec& spec);
  Result<std::vector<OrderKey>> bind_window_order(const WindowSpec& spec);
  Result<std::optional<algebra::Frame>> bind_frame(const WindowSpec& spec,
                                                   std::vector<OrderKey>& order);
  Result<algebra::FrameBound> bind_bound(const WindowSpec& spec, const FrameBound& bound,
                                         std::vector<OrderKey>& order);
  Result<Typed> bind_frame_offset(const WindowSpec& spec, const Expr& offset);
  Status check_range_key(const WindowSpec& spec, const FrameBound& bound,
                         std::vector<OrderKey>& order);
  Result<algebra::ExprPtr> bind_limit(const FrameBound& bound, const OrderKey& key, Typed offset);

  Result<Typed> bind_inserted(const Call& call);
  Result<Typed> bind_default(const Default& node);
  Result<CallArgument> bind_argument(const Argument& argument);
  std::unexpected<Error> unknown_function(const Call& call) const;

  Result<BoundQuery> bind_query_within(const Query& query, Correlation& correlation);
  Result<Columns> bind_subquery(const Query& query);
  Result<Typed> bind_exists(const Query& query);
  Result<Typed> bind_quantified(const Quantified& quantified);
  Result<Typed> bind_any(algebra::Comparison comparison, const Columns& operand,
                         const Query& query);

  Binding& binding_;
  ExprPlace place_;
};

}  // namespace octavo::sql
