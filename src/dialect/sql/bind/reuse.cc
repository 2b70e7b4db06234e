#include "dialect/sql/bind/reuse.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

#include "algebra/children.h"
#include "base/ascii.h"
#include "dialect/sql/bind/parameter_variable.h"
#include "dialect/sql/function/aggregate_call.h"
#include "dialect/sql/function/fold.h"
#include "function/family.h"
#include "function/notes.h"

namespace octavo::sql {
namespace {

using algebra::ExprPtr;
using algebra::PlanPtr;
using value::Value;

algebra::Bindings bindings_of(std::span<const Constant> parameters) {
  algebra::Bindings bindings;
  bindings.reserve(parameters.size());
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    bindings.emplace_back(parameter_variable(i), parameters[i].value);
  }
  return bindings;
}

// Of a call of constants, by which texts are keys.
std::optional<Value> computed(const ExprPtr& call) {
  if (!is_constant(call)) return std::nullopt;
  function::Notes notes;
  function::EvalContext context;
  context.notes = &notes;
  auto value = function::evaluate_lambda(algebra::lambda({}, call), {}, context);
  if (!value || notes.count() > 0) return std::nullopt;
  return *std::move(value);
}

// Of constants and parameters, or an array of some.
std::optional<Value> known_value(const ExprPtr& expression, const algebra::Bindings& bindings) {
  if (const auto* const constant = std::get_if<algebra::Const>(&expression->node)) {
    return constant->value;
  }
  if (const auto* const variable = std::get_if<algebra::Var>(&expression->node)) {
    const auto bound =
        std::ranges::find(bindings, variable->id, &algebra::Bindings::value_type::first);
    return bound == bindings.end() ? std::nullopt : std::optional(bound->second);
  }
  if (std::holds_alternative<algebra::Call>(expression->node)) {
    return computed(algebra::bind(expression, bindings));
  }
  const auto* const array = std::get_if<algebra::MakeArray>(&expression->node);
  if (array == nullptr) return std::nullopt;
  std::vector<Value> elements;
  for (const ExprPtr& element : array->elements) {
    auto value = known_value(element, bindings);
    if (!value) return std::nullopt;
    elements.push_back(*std::move(value));
  }
  return Value::array(std::move(elements));
}

bool is_null(const Value& key) {
  return key.is_null() || (key.is_array() && std::ranges::any_of(key.as_array(), &Value::is_null));
}

// Null: a key has to be computed when the plan runs.
PlanPtr with_known_keys(const algebra::ScanBy& by, const algebra::Bindings& bindings) {
  algebra::Scan scan{.table = by.table, .index = by.index, .order = by.order};
  bool has_null = false;
  algebra::KeySet set;
  for (const ExprPtr& key : by.keys) {
    auto value = known_value(key, bindings);
    if (!value) return nullptr;
    has_null = has_null || is_null(*value);
    if (std::ranges::find(set.keys, *value) == set.keys.end()) {
      set.keys.push_back(*std::move(value));
    }
  }
  algebra::KeyRange range;
  for (const auto& [end, bound] : {std::pair(&by.lower, &range.lower), {&by.upper, &range.upper}}) {
    if (end->value == nullptr) continue;
    bound->value = known_value(end->value, bindings);
    bound->inclusive = end->inclusive;
    if (!bound->value) return nullptr;
    has_null = has_null || is_null(*bound->value);
  }
  if (has_null) return algebra::make_plan(algebra::Values{});
  if (by.keys.empty()) {
    scan.keys = std::move(range);
  } else {
    scan.keys = std::move(set);
  }
  return algebra::make_plan(std::move(scan));
}

PlanPtr with_parameters(const PlanPtr& plan, const algebra::Bindings& bindings) {
  if (plan == nullptr || std::holds_alternative<algebra::Scan>(plan->node) ||
      std::holds_alternative<algebra::Values>(plan->node)) {
    return plan;
  }
  if (const auto* const by = std::get_if<algebra::ScanBy>(&plan->node)) {
    if (PlanPtr scan = with_known_keys(*by, bindings)) return scan;
  }
  bool changed = false;
  const auto with_inputs = [&](const algebra::Plan& node) {
    return algebra::map_inputs(node, [&](const PlanPtr& input) {
      PlanPtr bound = with_parameters(input, bindings);
      changed = changed || bound != input;
      return bound;
    });
  };
  // Most expressions name none, and looking is less work than a copy.
  bool names_any = false;
  algebra::for_each_expression(*plan, [&names_any](const ExprPtr& expression) {
    names_any = names_any || names_parameters(expression);
  });
  if (!names_any) {
    PlanPtr out = with_inputs(*plan);
    return changed ? out : plan;
  }
  algebra::Plan own = *plan;
  algebra::for_each_expression(own, [&](ExprPtr& expression) {
    if (!names_parameters(expression)) return;
    ExprPtr bound = algebra::bind(expression, bindings);
    changed = changed || bound != expression;
    expression = std::move(bound);
  });
  PlanPtr out = with_inputs(own);
  return changed ? out : plan;
}

ExprPtr with_parameters(const ExprPtr& expression, const algebra::Bindings& bindings) {
  const bool is_same = expression == nullptr || !names_parameters(expression);
  return is_same ? expression : algebra::bind(expression, bindings);
}

}  // namespace

bool names_parameters(const ExprPtr& expression) {
  if (const auto* const variable = std::get_if<algebra::Var>(&expression->node)) {
    return is_parameter_variable(variable->id);
  }
  return algebra::any_child(*expression, names_parameters);
}

namespace {

bool is_stored_table(const List<TableRef>& tables) {
  return tables.size() == 1 && std::holds_alternative<Ref<BaseTable>>(tables.front().node);
}

}  // namespace

bool may_be_reused(const Query& query) {
  const auto* const select = std::get_if<Ref<Select>>(&query.body);
  if (select == nullptr || query.with || query.into || !query.locking.empty()) return false;
  return is_stored_table((*select)->from) && (*select)->windows.empty();
}

bool may_be_reused(const Insert& insert) {
  return insert.rows.size() == 1 && !insert.query && insert.on_duplicate.empty() &&
         insert.partitions.empty();
}

bool may_be_reused(const Update& update) { return !update.with && is_stored_table(update.tables); }

bool may_be_reused(const Delete& statement) {
  return !statement.with && is_stored_table(statement.from);
}

bool may_be_reused(const Expr& expr) {
  if (const auto* const call = std::get_if<Ref<Call>>(&expr.node)) {
    std::string name;
    for (const char c : (*call)->name.back()) name.push_back(to_upper(c));
    return (*call)->name.size() == 1 && !(*call)->by_name && !(*call)->over && is_aggregate(name);
  }
  return std::holds_alternative<Literal>(expr.node) ||
         std::holds_alternative<ColumnName>(expr.node) ||
         std::holds_alternative<Parameter>(expr.node) || std::holds_alternative<Unary>(expr.node) ||
         std::holds_alternative<Binary>(expr.node) || std::holds_alternative<Junction>(expr.node) ||
         std::holds_alternative<Is>(expr.node) || std::holds_alternative<Ref<Between>>(expr.node) ||
         std::holds_alternative<Ref<In>>(expr.node) || std::holds_alternative<Ref<Case>>(expr.node);
}

std::vector<Constant> reusable(std::span<const Constant> parameters) {
  std::vector<Constant> out(parameters.begin(), parameters.end());
  for (Constant& parameter : out) {
    Type& type = parameter.type;
    if (type.kind() != Kind::text) continue;
    Type any =
        text_type(type.collation(), std::numeric_limits<std::uint32_t>::max(), type.coercibility);
    any.nullable = type.nullable;
    any.flags = type.flags;
    type = std::move(any);
  }
  return out;
}

bool is_same_form(const Type& a, const Type& b) {
  if (a.nullable != b.nullable || a.decimals != b.decimals || a.coercibility != b.coercibility ||
      a.flags != b.flags || a.kind() != b.kind()) {
    return false;
  }
  if (a.kind() == Kind::text) return &a.collation() == &b.collation();
  return a.width == b.width && (a.logical == b.logical || *a.logical == *b.logical);
}

bool compares_as_variable(const Type& parameter, const Type& other) {
  return parameter.kind() == other.kind() &&
         (parameter.kind() == Kind::integer || parameter.kind() == Kind::text);
}

bool computes_as_variable(const Type& parameter, const Type& other) {
  return parameter.kind() == Kind::integer &&
         (other.kind() == Kind::integer || other.kind() == Kind::decimal);
}

bool stores_as_variable(const Type& parameter, const Type& column) {
  switch (parameter.kind()) {
    case Kind::integer: return column.kind() == Kind::integer || column.kind() == Kind::decimal;
    case Kind::real:
    case Kind::text: return parameter.kind() == column.kind();
    default: return false;
  }
}

PlanPtr with_parameters(const PlanPtr& plan, std::span<const Constant> parameters) {
  return plan == nullptr ? nullptr : with_parameters(plan, bindings_of(parameters));
}

BoundEdit with_parameters(const BoundEdit& bound, std::span<const Constant> parameters) {
  const algebra::Bindings bindings = bindings_of(parameters);
  BoundEdit out = bound;
  out.keys = with_parameters(bound.keys, bindings);
  out.condition = with_parameters(bound.condition, bindings);
  out.edit = with_parameters(bound.edit, bindings);
  // Keys that the statement names: those of no query.
  const auto* const map = std::get_if<algebra::Map>(&out.keys->node);
  const auto* const lambda =
      map == nullptr ? nullptr : std::get_if<algebra::Lambda>(&map->function->node);
  if (lambda == nullptr || !std::holds_alternative<algebra::Values>(map->input->node)) return out;
  if (auto key = known_value(lambda->body, bindings)) {
    out.keys = algebra::make_plan(algebra::Values{.rows = {*std::move(key)}});
  }
  return out;
}

BoundInsert with_parameters(const BoundInsert& bound, std::span<const Constant> parameters) {
  const algebra::Bindings bindings = bindings_of(parameters);
  BoundInsert out = bound;
  out.rows = with_parameters(bound.rows, bindings);
  out.merge = with_parameters(bound.merge, bindings);
  return out;
}

}  // namespace octavo::sql
