#include "dialect/sql/bind/unnest.h"

#include <algorithm>
#include <ranges>
#include <string_view>
#include <utility>
#include <vector>

#include "algebra/children.h"
#include "dialect/sql/bind/column_origin.h"
#include "dialect/sql/bind/comparison.h"
#include "dialect/sql/bind/freed_plan.h"
#include "dialect/sql/bind/group.h"
#include "dialect/sql/bind/join_block.h"
#include "dialect/sql/bind/made_arrays.h"
#include "dialect/sql/bind/never_null.h"
#include "dialect/sql/bind/replace.h"
#include "dialect/sql/bind/row_estimates.h"
#include "dialect/sql/function/numbers.h"
#include "dialect/sql/function/operators.h"
#include "function/aggregate.h"
#include "function/family.h"

namespace octavo::sql {
namespace {

using algebra::ExprPtr;
using algebra::PlanPtr;
using algebra::Subplan;
using algebra::VarId;

// In rows that a scan reads: what running a query for a row costs where an index has its rows.
constexpr double kSubplan = 60;
constexpr double kSubplanByIndex = 120;
// Where there are so many, a look for the keys of all of them is less work than a run for each.
constexpr double kRowsWorthJoin = 500;

const algebra::Call* call_of(const ExprPtr& expression, std::uint16_t operation) {
  const auto* const call = std::get_if<algebra::Call>(&expression->node);
  const bool is_it = call != nullptr && call->function == algebra::FunctionId{kFamily, operation};
  return is_it ? call : nullptr;
}

const algebra::Lambda& lambda_of(const ExprPtr& function) {
  return std::get<algebra::Lambda>(function->node);
}

ExprPtr all_of(std::vector<ExprPtr> conditions) {
  if (conditions.empty()) return nullptr;
  if (conditions.size() == 1) return std::move(conditions.front());
  return algebra::call({kFamily, op::kAnd}, std::move(conditions));
}

class Unnesting {
 public:
  Unnesting(const FilteredRows& rows, Binding& binding)
      : rows_(rows), binding_(binding), estimates_(binding) {}

  Result<PlanPtr> unnest(const Typed& condition) {
    const algebra::Call* const negation = call_of(condition.expression, op::kNot);
    const ExprPtr& positive = negation == nullptr ? condition.expression : negation->args.front();
    if (const auto* const subplan = std::get_if<Subplan>(&positive->node)) {
      return join_with(*subplan, negation != nullptr);
    }
    return compare_with_aggregate(condition.expression);
  }

 private:
  // --- The query as one that names nothing around it ---

  // What its conditions say of pairs of rows.
  struct Pairs {
    std::vector<algebra::JoinKey> keys;
    std::vector<ExprPtr> others;  // over `pair`
  };

  static bool is_meant(const Subplan& subplan) {
    const auto has_plan = [](const ExprPtr& part) { return algebra::has_subplan(part); };
    return !subplan.params.empty() && std::ranges::none_of(subplan.args, has_plan) &&
           function::is_deterministic(subplan.plan);
  }

  static std::optional<FreedPlan> freed_of(const Subplan& subplan, const PlanPtr& plan) {
    const ParameterSet parameters(subplan.params);
    auto freed = free_of(parameters, plan);
    const auto has_plan = [](const ExprPtr& part) { return algebra::has_subplan(part); };
    if (!freed || std::ranges::any_of(freed->conditions, has_plan)) return std::nullopt;
    return freed;
  }

  std::optional<FreedPlan> free(const Subplan& subplan, const PlanPtr& plan) {
    auto freed = freed_of(subplan, plan);
    return freed && is_less_work(*freed) ? std::move(freed) : std::nullopt;
  }

  // Whether of the query's table no more is read than what the keys of the rows around find, which
  // are held (exec/keyed_tables.h), and these are many enough for that.
  bool finds_by_held(const algebra::Plan& inner, const Pairs& pairs) {
    const algebra::Plan* below = &inner;
    while (const auto* const filter = std::get_if<algebra::Filter>(&below->node)) {
      below = filter->input.get();
    }
    const double outer = estimates_.plan(*rows_.plan);
    const bool is_meant = std::holds_alternative<algebra::Scan>(below->node) && !rows_.wanted &&
                          pairs.keys.size() == 1 && outer >= kRowsWorthJoin &&
                          outer < estimates_.plan(inner);
    return is_meant && is_integer(*rows_.plan, pairs.keys.front().left) &&
           is_integer(inner, pairs.keys.front().right) &&
           leads_primary_key(inner, pairs.keys.front().right);
  }

  struct Declared {
    const catalog::TableDefinition* table = nullptr;
    const catalog::ColumnDefinition* column = nullptr;  // null: none
  };
  Declared declared(const algebra::Plan& plan, const ExprPtr& key) const {
    const auto column = origin_of(plan, lambda_of(key).params.front(), lambda_of(key).body);
    if (!column) return {};
    const auto* const table = binding_.context().definitions.find_table(column->table);
    return {table, table == nullptr ? nullptr : table->find_column(column->name)};
  }
  bool is_integer(const algebra::Plan& plan, const ExprPtr& key) const {
    const Declared found = declared(plan, key);
    return found.column != nullptr && found.column->type->kind == value::Kind::integer;
  }
  bool leads_primary_key(const algebra::Plan& plan, const ExprPtr& key) const {
    const auto [table, column] = declared(plan, key);
    if (table->primary_key == column->name) return true;
    const auto is_of_column = [id = column->id](const catalog::IndexDefinition& index) {
      return index.ready && !index.unique && index.parts.size() == 1 &&
             index.parts.front().column == id;
    };
    return table->key_columns.size() > 1 && table->key_columns.front() == column->id &&
           std::ranges::any_of(table->indexes, is_of_column);
  }

  bool is_less_work(const FreedPlan& freed) {
    double outer = estimates_.plan(*rows_.plan);
    if (rows_.wanted) outer = std::min(outer, static_cast<double>(*rows_.wanted) + 1);
    const double read = estimates_.read_by(*freed.plan);
    const double of_one = !freed.looked_up ? read : freed.by_index ? kSubplanByIndex : kSubplan;
    return read <= outer * of_one;
  }

  ExprPtr over_rows(const ExprPtr& expression, const Subplan& subplan) const {
    VariableValues values;
    for (std::size_t i = 0; i < subplan.params.size(); ++i) {
      values.emplace_back(subplan.params[i], subplan.args[i]);
    }
    return replace_variables(expression, values);
  }
  ExprPtr over_left(const ExprPtr& expression, VarId pair) const {
    return replace_variables(expression, {{rows_.row, side_of(pair, "left")}});
  }

  Pairs pairs_of(const std::vector<ExprPtr>& conditions, const Subplan& subplan, VarId pair) const {
    Pairs pairs;
    for (const ExprPtr& condition : conditions) {
      const algebra::Lambda& lambda = lambda_of(condition);
      if (auto key = key_of(lambda, subplan)) {
        pairs.keys.push_back(*std::move(key));
        continue;
      }
      const ExprPtr body = over_left(over_rows(lambda.body, subplan), pair);
      pairs.others.push_back(
          replace_variables(body, {{lambda.params.front(), side_of(pair, "right")}}));
    }
    return pairs;
  }

  // An equality of something of the row around and something of the query's own.
  std::optional<algebra::JoinKey> key_of(const algebra::Lambda& condition,
                                         const Subplan& subplan) const {
    auto sides = equal_keys(condition.body);
    if (!sides) return std::nullopt;
    const VarId row = condition.params.front();
    const ParameterSet own({row});
    const ParameterSet around(subplan.params);
    if (own.are_in(sides->left)) std::swap(sides->left, sides->right);
    const bool apart = !own.are_in(sides->left) && around.are_in(sides->left) &&
                       own.are_in(sides->right) && !around.are_in(sides->right);
    if (!apart) return std::nullopt;
    return algebra::JoinKey{.left = algebra::lambda({rows_.row}, over_rows(sides->left, subplan)),
                            .right = algebra::lambda({row}, sides->right)};
  }

  // --- [NOT] EXISTS, [NOT] IN ---

  Result<PlanPtr> join_with(const Subplan& subplan, bool negated) {
    if (subplan.kind == algebra::SubplanKind::any && subplan.params.empty()) {
      return join_with_list(subplan, negated);
    }
    if (!is_meant(subplan) || subplan.kind == algebra::SubplanKind::rows) return PlanPtr();
    if (subplan.kind == algebra::SubplanKind::any) return join_with_any(subplan, negated);
    const auto freed = freed_of(subplan, without_limit(subplan.plan));
    if (!freed) return PlanPtr();
    const VarId pair = binding_.fresh();
    Pairs pairs = pairs_of(freed->conditions, subplan, pair);
    if (pairs.keys.empty()) return PlanPtr();
    if (!is_less_work(*freed) && !finds_by_held(*freed->plan, pairs)) return PlanPtr();
    return joined(freed->plan, std::move(pairs), negated, false, pair);
  }

  // One row is enough of as many as there may be.
  static PlanPtr without_limit(const PlanPtr& plan) {
    const auto* const limit = std::get_if<algebra::Limit>(&plan->node);
    const bool lets_one_through = limit != nullptr && limit->skip == 0 && limit->count != 0;
    return lets_one_through ? limit->input : plan;
  }

  // The query below the functions that make arrays of its rows, one after the other.
  struct MadeRows {
    PlanPtr below;
    VarId row{};
    ExprPtr made;  // of `row`
  };
  MadeRows made_rows(const Subplan& subplan) const {
    std::vector<ExprPtr> functions;
    MadeRows rows{.below = subplan.plan, .row = binding_.fresh(), .made = nullptr};
    while (const auto* const map = std::get_if<algebra::Map>(&rows.below->node)) {
      functions.push_back(map->function);
      rows.below = PlanPtr(map->input);
    }
    rows.made = algebra::variable(rows.row);
    for (const ExprPtr& function : functions | std::views::reverse) {
      const algebra::Lambda& lambda = lambda_of(function);
      rows.made =
          without_arrays(replace_variables(lambda.body, {{lambda.params.front(), rows.made}}));
    }
    return rows;
  }

  // The operand's elements are equal to those of an array that is made of each row. None: it is
  // not so.
  std::vector<algebra::JoinKey> keys_of(const Subplan& subplan, const MadeRows& rows) const {
    const auto* const operand = std::get_if<algebra::MakeArray>(&subplan.operand->node);
    const auto* const elements = std::get_if<algebra::MakeArray>(&rows.made->node);
    if (subplan.comparison != algebra::Comparison::equal || operand == nullptr ||
        elements == nullptr || elements->elements.size() != operand->elements.size() ||
        algebra::has_subplan(subplan.operand) || algebra::has_subplan(rows.made)) {
      return {};
    }
    std::vector<algebra::JoinKey> keys;
    for (std::size_t i = 0; i < operand->elements.size(); ++i) {
      keys.push_back({.left = algebra::lambda({rows_.row}, operand->elements[i]),
                      .right = algebra::lambda({rows.row}, elements->elements[i])});
    }
    return keys;
  }

  Result<PlanPtr> join_with_any(const Subplan& subplan, bool negated) {
    const MadeRows rows = made_rows(subplan);
    const std::vector<algebra::JoinKey> keys = keys_of(subplan, rows);
    if (keys.empty() || ParameterSet(subplan.params).are_in(rows.made)) return PlanPtr();
    const auto freed = free(subplan, rows.below);
    if (!freed) return PlanPtr();
    const VarId pair = binding_.fresh();
    Pairs pairs = pairs_of(freed->conditions, subplan, pair);
    // Nulls of NOT IN tell that a row may be there; those of other keys that it is not.
    if (negated) {
      for (algebra::JoinKey& key : pairs.keys) pairs.others.push_back(equality(key, pair));
      pairs.keys.clear();
    }
    pairs.keys.insert(pairs.keys.end(), keys.begin(), keys.end());
    return joined(freed->plan, std::move(pairs), negated, negated, pair);
  }

  // The query names nothing around it. Not where a key of the table is one of its rows: by these
  // it is read.
  Result<PlanPtr> join_with_list(const Subplan& subplan, bool negated) {
    if (!function::is_deterministic(subplan.plan) || is_read_by(*rows_.plan, subplan))
      return PlanPtr();
    const MadeRows rows = made_rows(subplan);
    std::vector<algebra::JoinKey> keys = keys_of(subplan, rows);
    // NOT IN of nulls is not true, and a join that minds them goes row by row.
    if (keys.empty() || (negated && may_be_null(keys, *rows.below))) return PlanPtr();
    return joined(rows.below, {.keys = std::move(keys), .others = {}}, negated, false,
                  binding_.fresh());
  }

  bool may_be_null(const std::vector<algebra::JoinKey>& keys, const algebra::Plan& right) const {
    return std::ranges::any_of(keys, [&](const algebra::JoinKey& key) {
      return !is_never_null(*rows_.plan, key.left, binding_) ||
             !is_never_null(right, key.right, binding_);
    });
  }

  static bool is_read_by(const algebra::Plan& plan, const Subplan& subplan) {
    bool found = false;
    algebra::for_each_expression(plan, [&](const ExprPtr& expression) {
      if (expression == nullptr || found) return;
      algebra::for_each_subplan(
          *expression, [&](const Subplan& other) { found = found || other.plan == subplan.plan; });
    });
    algebra::for_each_input(
        plan, [&](const PlanPtr& input) { found = found || is_read_by(*input, subplan); });
    return found;
  }

  ExprPtr equality(const algebra::JoinKey& key, VarId pair) const {
    const algebra::Lambda& right = lambda_of(key.right);
    return algebra::call(
        {kFamily, op::kEqual},
        {over_left(lambda_of(key.left).body, pair),
         replace_variables(right.body, {{right.params.front(), side_of(pair, "right")}})});
  }

  PlanPtr joined(const PlanPtr& inner, Pairs pairs, bool negated, bool null_aware, VarId pair) {
    algebra::Join join{.kind = negated ? algebra::JoinKind::anti : algebra::JoinKind::semi,
                       .left = rows_.plan,
                       .right = inner,
                       .keys = std::move(pairs.keys)};
    if (ExprPtr condition = all_of(std::move(pairs.others))) {
      join.condition = algebra::lambda({pair}, std::move(condition));
    }
    join.null_aware = null_aware;
    join.hold_left = !null_aware && estimates_.plan(*rows_.plan) < estimates_.plan(*inner);
    return algebra::make_plan(std::move(join));
  }

  // --- Comparisons with an aggregate ---

  // (SELECT f(aggregates) …): its one row, of which there is always one.
  struct AggregateQuery {
    const Subplan* subplan = nullptr;
    const algebra::Group* group = nullptr;
    ExprPtr function;  // of the group's row
  };

  static std::optional<AggregateQuery> aggregate_query(const Subplan& subplan) {
    const auto* const limit = std::get_if<algebra::Limit>(&subplan.plan->node);
    const auto* const map =
        limit == nullptr ? nullptr : std::get_if<algebra::Map>(&limit->input->node);
    const auto* const group =
        map == nullptr ? nullptr : std::get_if<algebra::Group>(&map->input->node);
    if (subplan.kind != algebra::SubplanKind::rows || group == nullptr || !group->keys.empty() ||
        group->aggregates.empty() || limit->skip != 0 || algebra::has_subplan(map->function)) {
      return std::nullopt;
    }
    return AggregateQuery{.subplan = &subplan, .group = group, .function = map->function};
  }

  // The first in the expression.
  static std::optional<AggregateQuery> find_query(const ExprPtr& expression) {
    std::optional<AggregateQuery> found;
    algebra::for_each_subplan(*expression, [&](const Subplan& subplan) {
      if (!found && is_meant(subplan)) found = aggregate_query(subplan);
    });
    return found;
  }

  Result<PlanPtr> compare_with_aggregate(const ExprPtr& condition) {
    const auto query = find_query(condition);
    if (!query || !function::is_deterministic(condition)) return PlanPtr();
    const Subplan& subplan = *query->subplan;
    for (const algebra::Aggregate& aggregate : query->group->aggregates) {
      const ParameterSet parameters(subplan.params);
      if (aggregate.argument == nullptr) continue;
      if (parameters.are_in(aggregate.argument) || algebra::has_subplan(aggregate.argument)) {
        return PlanPtr();
      }
    }
    const auto freed = free(subplan, query->group->input);
    if (!freed) return PlanPtr();
    const VarId pair = binding_.fresh();
    Pairs pairs = pairs_of(freed->conditions, subplan, pair);
    if (pairs.keys.empty() || !pairs.others.empty()) return PlanPtr();
    TRY(ExprPtr nothing, row_of_nothing(*query->group));
    if (nothing == nullptr) return PlanPtr();

    algebra::Group group = *query->group;
    group.input = freed->plan;
    algebra::Join join{.kind = algebra::JoinKind::left, .left = rows_.plan, .right = nullptr};
    const VarId made = binding_.fresh();
    for (std::size_t i = 0; i < pairs.keys.size(); ++i) {
      group.keys.push_back(pairs.keys[i].right);
      join.keys.push_back(
          {.left = pairs.keys[i].left,
           .right = algebra::lambda({made}, part_of_row(made, "group", i, pairs.keys.size()))});
    }
    join.right = algebra::make_plan(std::move(group));
    join.hold_left = estimates_.plan(*rows_.plan) < estimates_.plan(*join.right);

    // What the query gives where the rows around have a group, and where they have none.
    const ExprPtr of_group = side_of(pair, "right");
    const ExprPtr row = algebra::call(
        {kFamily, op::kIf},
        {algebra::call({kFamily, op::kIsNull}, {of_group}), std::move(nothing), of_group});
    const algebra::Lambda& function = lambda_of(query->function);
    const ExprPtr result = over_left(
        over_rows(replace_variables(function.body, {{function.params.front(), row}}), subplan),
        pair);
    const ExprPtr holds = replace_parts(condition, [&](const ExprPtr& part) -> ExprPtr {
      const algebra::Call* const only = call_of(part, op::kOnlyRow);
      const auto* const own =
          only == nullptr ? nullptr : std::get_if<Subplan>(&only->args.front()->node);
      return own != nullptr && own->plan == subplan.plan ? result : nullptr;
    });
    PlanPtr filtered = algebra::make_plan(
        algebra::Filter{.input = algebra::make_plan(std::move(join)),
                        .predicate = algebra::lambda({pair}, over_left(holds, pair))});
    return algebra::make_plan(algebra::Map{
        .input = std::move(filtered), .function = algebra::lambda({pair}, side_of(pair, "left"))});
  }

  // The row of a group of no rows, which has no keys. Null: that is not known.
  Result<ExprPtr> row_of_nothing(const algebra::Group& group) const {
    std::vector<value::Value> results;
    for (const algebra::Aggregate& aggregate : group.aggregates) {
      if (aggregate.kind == algebra::AggregateKind::count) {
        results.push_back(value::Value::int64(0));
        continue;
      }
      const function::AggregateRow* const row = function::find_aggregate(aggregate.function);
      if (aggregate.kind != algebra::AggregateKind::function || row == nullptr) return ExprPtr();
      TRY(const auto state, row->make(aggregate.options, binding_.context().constants));
      TRY(value::Value result, state->result());
      results.push_back(std::move(result));
    }
    value::Value all =
        results.size() == 1 ? std::move(results.front()) : value::Value::array(std::move(results));
    std::vector<value::Field> fields;
    fields.push_back({.name = "reduction", .value = std::move(all)});
    return algebra::constant(value::Value::object(std::move(fields)));
  }

  const FilteredRows& rows_;
  Binding& binding_;
  RowEstimates estimates_;
};

}  // namespace

Result<PlanPtr> unnest(const FilteredRows& rows, const Typed& condition, Binding& binding) {
  if (!algebra::has_subplan(condition.expression)) return PlanPtr();
  return Unnesting(rows, binding).unnest(condition);
}

}  // namespace octavo::sql
