// Calls by name: functions, aggregates, and what only some statements have.

#include <utility>

#include "algebra/children.h"
#include "base/ascii.h"
#include "dialect/sql/bind/aggregates.h"
#include "dialect/sql/bind/correlation.h"
#include "dialect/sql/bind/defaults.h"
#include "dialect/sql/bind/expr_binder.h"
#include "dialect/sql/bind/names.h"
#include "dialect/sql/error/error.h"
#include "dialect/sql/function/fold.h"
#include "dialect/sql/function/name_row.h"
#include "dialect/sql/function/operators.h"

namespace octavo::sql {
namespace {

std::string upper(std::string_view name) {
  std::string text(name);
  for (char& c : text) {
    c = to_upper(c);
  }
  return text;
}

}  // namespace

Result<Typed> ExprBinder::bind_call_node(const Call& call) {
  const std::string name = upper(call.name.back());
  if (call.over) return bind_window_node(name, call);
  if (call.name.size() == 1 && !call.by_name) {
    if (is_aggregate(name)) return bind_aggregate_node(name, call);
    if (name == "ANY_VALUE") return bind_any_value_node(call);
    if (name == "GROUPING") return bind_grouping_node(call);
    if (name == "VALUES") return bind_inserted(call);
  }
  const NameRow* const row = call.name.size() == 1 && !call.by_name ? find_function(name) : nullptr;
  if (row == nullptr) return unknown_function(call);
  std::vector<CallArgument> arguments;
  for (const Argument& argument : call.arguments) {
    TRY(CallArgument bound, bind_argument(argument));
    arguments.push_back(std::move(bound));
  }
  return bind_call(*row, std::move(arguments), binding_.calls());
}

// Arguments of aggregates: over the rows of FROM, and no aggregates themselves.
ExprPlace ExprBinder::within_aggregate() const {
  ExprPlace inner = place_;
  inner.aggregates = nullptr;
  inner.windows = nullptr;
  inner.within_aggregate = true;
  inner.items = {};
  return inner;
}

namespace {

bool names(const algebra::ExprPtr& expression, const auto& is_meant) {
  if (const auto* variable = std::get_if<algebra::Var>(&expression->node)) {
    return is_meant(variable->id);
  }
  return algebra::any_child(*expression,
                            [&](const algebra::ExprPtr& part) { return names(part, is_meant); });
}

}  // namespace

// An aggregate belongs to the innermost query of which its arguments name a column. Nothing: that
// is this one, or they name none.
Result<std::optional<Typed>> ExprBinder::bind_outer_aggregate(std::string_view name,
                                                              const Call& call) {
  if (correlation() == nullptr) return std::nullopt;
  // In an aggregate of theirs names stand for columns, in whatever clause of those around it is.
  ExprBinder outer(binding_, correlation()->around().within_aggregate());
  Correlation trial(binding_, outer);
  ExprPlace place = within_aggregate();
  place.around.correlation = &trial;
  ExprBinder inner(binding_, place);
  bool is_outer = false;
  for (const Argument& argument : call.arguments) {
    if (std::holds_alternative<Star>(argument.value.node)) return std::nullopt;
    const auto bound = inner.bind_part(argument.value);
    if (!bound) return std::nullopt;  // it is told of where it is bound for good
    if (place.scope != nullptr &&
        names(bound->expression, [&](algebra::VarId id) { return id == place.scope->row(); })) {
      return std::nullopt;
    }
    is_outer =
        is_outer || names(bound->expression, [&](algebra::VarId id) { return trial.has(id); });
  }
  if (!is_outer) return std::nullopt;
  TRY(const Typed result, correlation()->around().bind_aggregate_node(name, call));
  return correlation()->pass(result);
}

Result<Typed> ExprBinder::bind_aggregate_node(std::string_view name, const Call& call) {
  TRY(auto of_query_around, bind_outer_aggregate(name, call));
  if (of_query_around) return *std::move(of_query_around);
  if (place_.aggregates == nullptr) return error<1111>();
  TRY(BoundAggregate aggregate, bind_aggregate_call(name, call, within_aggregate()));
  return place_.aggregates->add(std::move(aggregate));
}

// `inside`: where its arguments stand.
Result<BoundAggregate> ExprBinder::bind_aggregate_call(std::string_view name, const Call& call,
                                                       const ExprPlace& inside) {
  ExprBinder inner(binding_, inside);
  AggregateCall bound{.name = name, .distinct = call.distinct};
  for (const Argument& argument : call.arguments) {
    if (std::holds_alternative<Star>(argument.value.node)) continue;  // COUNT(*)
    TRY(Typed typed, inner.bind(argument.value));
    bound.arguments.push_back(std::move(typed));
  }
  for (const OrderItem& item : call.order_by) {
    TRY(Typed key, inner.bind(item.expr));
    bound.order.push_back({.key = std::move(key), .descending = item.descending});
  }
  if (call.separator) bound.separator = call.separator->text;
  return bind_aggregate(std::move(bound), binding_.calls());
}

Result<Typed> ExprBinder::bind_any_value_node(const Call& call) {
  if (call.arguments.size() != 1) return error<1582>("ANY_VALUE");
  ExprBinder inner(binding_, within_aggregate());
  TRY(Typed operand, inner.bind(call.arguments.front().value));
  return place_.aggregates == nullptr ? std::move(operand)
                                      : place_.aggregates->add_any_value(operand);
}

Result<Typed> ExprBinder::bind_grouping_node(const Call& call) {
  if (place_.aggregates == nullptr) return error<1111>();
  if (call.arguments.empty()) return error<1582>("GROUPING");
  std::vector<algebra::ExprPtr> arguments;
  for (const Argument& argument : call.arguments) {
    TRY(Typed typed, bind_part(argument.value));
    arguments.push_back(fold(typed.expression, binding_.calls()));
  }
  return place_.aggregates->add_grouping(std::move(arguments));
}

// DEFAULT(column)
Result<Typed> ExprBinder::bind_default(const Default& node) {
  if (node.column.empty() || place_.scope == nullptr) return not_supported("DEFAULT");
  TRY(const ScopeColumn* const column, place_.scope->find(node.column, place_.clause));
  if (column == nullptr) return unknown(node.column);
  const catalog::TableDefinition* const table = place_.scope->tables()[column->table].definition;
  const catalog::ColumnDefinition* const declared =
      table == nullptr ? nullptr : table->find_column(column->original_name);
  if (declared == nullptr) return error<1364>(column->name);
  return default_of(*declared, binding_);
}

std::unexpected<Error> ExprBinder::unknown_function(const Call& call) const {
  const auto& database = binding_.session().database;
  std::string name = dotted(call.name);
  if (call.name.size() == 1 && database) name = *database + "." + name;
  return error<1305>("FUNCTION", name);
}

Result<CallArgument> ExprBinder::bind_argument(const Argument& argument) {
  const Expr& expr = argument.value;
  CallArgument bound{.value = typed_constant(value::Value(), null_type()),
                     .before = argument.before};
  if (const auto* const word = std::get_if<Word>(&expr.node)) {
    bound.word = word->text;
  } else if (const auto* const type = std::get_if<TypeName>(&expr.node)) {
    bound.data_type = &*type->type;
  } else if (const auto* const interval = std::get_if<Interval>(&expr.node)) {
    bound.word = interval->unit;
    bound.is_interval = true;
    TRY(bound.value, bind_part(*interval->amount));
  } else if (argument.before == "using") {
    // A character set, which stands where names of columns do.
    const auto* const charset = std::get_if<ColumnName>(&expr.node);
    if (charset != nullptr) bound.word = charset->path.back();
  } else {
    TRY(bound.value, bind_part(expr));
  }
  return bound;
}

// VALUES(column) of ON DUPLICATE KEY UPDATE; null elsewhere.
Result<Typed> ExprBinder::bind_inserted(const Call& call) {
  const bool is_alone = call.arguments.size() == 1;
  const auto* const column_name =
      is_alone ? std::get_if<ColumnName>(&call.arguments.front().value.node) : nullptr;
  if (column_name == nullptr) return unknown_function(call);
  const ColumnName& name = *column_name;
  if (place_.inserted == nullptr) return bind_name(name, false);
  TRY(const ScopeColumn* const column, place_.inserted->find(name.path, place_.clause));
  if (column != nullptr) return column->typed;
  const ScopeColumn* const field = place_.inserted->add_field(name.path);
  return field == nullptr ? Result<Typed>(unknown(name.path)) : field->typed;
}

}  // namespace octavo::sql
