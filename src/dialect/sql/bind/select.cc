// A query block: SELECT with all its clauses, in the order in which they mean something. Everything
// is bound over the rows of FROM first; where there are groups, it is then put over the rows of
// those.

#include <algorithm>
#include <limits>
#include <utility>

#include "base/text.h"
#include "dialect/sql/bind/access.h"
#include "dialect/sql/bind/aggregates.h"
#include "dialect/sql/bind/dependence.h"
#include "dialect/sql/bind/expr_binder.h"
#include "dialect/sql/bind/from.h"
#include "dialect/sql/bind/group.h"
#include "dialect/sql/bind/key_order.h"
#include "dialect/sql/bind/locking.h"
#include "dialect/sql/bind/names.h"
#include "dialect/sql/bind/order.h"
#include "dialect/sql/bind/placed_filter.h"
#include "dialect/sql/bind/query_binder.h"
#include "dialect/sql/bind/recursive.h"
#include "dialect/sql/bind/replace.h"
#include "dialect/sql/bind/said_by_index.h"
#include "dialect/sql/bind/windows.h"
#include "dialect/sql/error/error.h"
#include "dialect/sql/function/fold.h"
#include "dialect/sql/function/operators.h"

namespace octavo::sql {
namespace {

using algebra::ExprPtr;
using algebra::PlanPtr;

class SelectBinder {
 public:
  // `wanted`: see rows_wanted.
  SelectBinder(const Select& select, const Tail& tail, const Surroundings& around, Binding& binding,
               Relation relation, std::optional<std::uint64_t> wanted)
      : select_(select),
        tail_(tail),
        around_(around),
        binding_(binding),
        scope_(std::move(relation.scope)),
        plan_(std::move(relation.plan)),
        holding_(std::move(relation.conditions)),
        wanted_(wanted),
        pending_(std::move(relation.pending)),
        aggregates_(binding),
        windows_(binding, select.windows) {}

  Result<BoundQuery> bind() {
    TRY_STATUS(windows_.named().check());
    TRY_STATUS(bind_where());
    TRY_STATUS(bind_items());
    TRY_STATUS(bind_group_by());
    TRY_STATUS(bind_having());
    TRY_STATUS(bind_order_by());
    const bool has_groups = !grouped_.empty() || aggregates_.make_groups();
    TRY_STATUS(
        check_recursive_block(select_, has_groups || !windows_.empty(), !tail_.empty(), around_));
    plan_ = restrict_scan(std::move(plan_), where_, scope_, binding_);
    TRY_STATUS(filter_rows());
    if (has_groups) {
      TRY_STATUS(lock_rows(false));
      if (select_.rollup) show_nulls();
      TRY_STATUS(make_groups());
    } else {
      if (!aggregates_.groupings().empty()) return error<1111>();
      row_ = scope_.row();
      each_expression(
          [&](ExprPtr& expression) { expression = aggregates_.without_groups(expression); });
      if (windows_.empty()) TRY_STATUS(take_order_of_key());
      TRY_STATUS(lock_rows(windows_.empty() && ends_with_limit()));
    }
    TRY_STATUS(add_filters(having_, row_));
    if (!windows_.empty()) add_windows();
    BoundQuery query{.columns = std::move(outputs_)};
    const bool is_distinct = (select_.options & select_option::kDistinct) != 0;
    TRY_STATUS(is_distinct ? finish_distinct(query) : finish(query));
    query.plan = std::move(plan_);
    return query;
  }

 private:
  ExprPlace place(Clause clause) {
    return {.clause = clause,
            .scope = &scope_,
            .around = around_,
            .aggregates = allows(clause, clause_flag::kAggregates) ? &aggregates_ : nullptr,
            .windows = allows(clause, clause_flag::kWindows) ? &windows_ : nullptr,
            .items = items_,
            .grouped = grouped_};
  }
  ExprBinder binder(Clause clause) { return {binding_, place(clause)}; }

  Status bind_where() {
    if (select_.where) {
      TRY(where_, binder(Clause::where).bind_conjuncts(*select_.where));
    }
    std::ranges::move(pending_, std::back_inserter(where_));
    return {};
  }

  Status bind_items() {
    std::vector<SelectedItem> items;
    for (const SelectItem& item : select_.items) {
      if (const auto* const star = std::get_if<Star>(&item.expr.node)) {
        const std::size_t before = items.size();
        TRY_STATUS(add_columns(*star, items));
        note_star(item.expr, before, items);
        continue;
      }
      ExprPlace place = this->place(Clause::select);
      place.items = items;
      TRY(Typed typed, ExprBinder(binding_, place).bind(item.expr));
      const bool is_name = std::holds_alternative<ColumnName>(item.expr.node);
      const ScopeColumn* const column = is_name ? column_of(typed) : nullptr;
      add_item(item.has_alias ? item.alias : item.written.text, std::move(typed), column, items);
    }
    items_ = std::move(items);
    return {};
  }

  // What `*` means, for who asks.
  void note_star(const Expr& star, std::size_t first, const std::vector<SelectedItem>& items) {
    ResolvedNames* const resolved = binding_.context().resolved;
    if (resolved == nullptr) return;
    std::vector<ResolvedNames::Column>& columns = resolved->stars[&star];
    columns.clear();
    for (std::size_t i = first; i < items.size(); ++i) {
      const ScopeColumn* const column = column_of(items[i].typed);
      if (column == nullptr) continue;
      columns.push_back({.path = scope_.full_name(*column), .name = items[i].name});
    }
  }

  const ScopeColumn* column_of(const Typed& typed) const {
    for (const ScopeColumn& column : scope_.columns()) {
      if (algebra::equal(column.typed.expression, typed.expression)) return &column;
    }
    return nullptr;
  }

  // `*`, `t.*`
  Status add_columns(const Star& star, std::vector<SelectedItem>& items) {
    std::optional<std::size_t> of_table;
    if (!star.qualifier.empty()) {
      of_table = scope_.find_table(star.qualifier);
      if (!of_table) return error<1051>(dotted(star.qualifier));
    } else if (scope_.tables().empty()) {
      return error<1096>();
    }
    if (!of_table) {
      for (const std::size_t number : scope_.shown()) add_column(scope_.columns()[number], items);
      return {};
    }
    for (const ScopeColumn& column : scope_.columns()) {
      if (!column.hidden && column.table == *of_table) add_column(column, items);
    }
    return {};
  }
  void add_column(const ScopeColumn& column, std::vector<SelectedItem>& items) {
    add_item(column.name, column.typed, &column, items);
  }

  void add_item(std::string_view name, Typed typed, const ScopeColumn* column,
                std::vector<SelectedItem>& items) {
    OutputColumn output{.name = std::string(name), .type = typed.type};
    if (column != nullptr) {
      const ScopeTable& table = scope_.tables()[column->table];
      output.original_name = column->original_name;
      output.table = table.alias;
      output.original_table = table.name;
      output.database = table.database;
      output.flags = column->flags;
    }
    outputs_.push_back(std::move(output));
    const bool has_window = windows_.is_in(typed.expression);
    items.push_back(
        {.name = std::string(name), .typed = std::move(typed), .has_window = has_window});
  }

  bool is_aggregated(const Typed& typed) const {
    bool found = windows_.is_in(typed.expression);
    replace_parts(typed.expression, [&](const ExprPtr& part) -> ExprPtr {
      const algebra::Var* const variable = variable_of(part);
      found = found || (variable != nullptr && aggregates_.has(variable->id));
      return nullptr;
    });
    return found;
  }

  Status bind_group_by() {
    std::vector<Typed> keys;
    for (const Expr& expr : select_.group_by) {
      TRY(const auto position, position_of(expr, items_.size(), Clause::group));
      Typed key;
      if (position) {
        key = items_[*position].typed;
      } else {
        TRY(key, binder(Clause::group).bind(expr));
      }
      if (is_aggregated(key)) return error<1056>(name_of_key(expr, position));
      keys.push_back(std::move(key));
    }
    grouped_ = std::move(keys);
    return {};
  }

  std::string name_of_key(const Expr& expr, std::optional<std::size_t> position) const {
    if (position) return items_[*position].name;
    const auto* const name = std::get_if<ColumnName>(&expr.node);
    return name == nullptr ? "expression" : dotted(name->path);
  }

  Status bind_having() {
    if (!select_.having) return {};
    TRY(having_, binder(Clause::having).bind_conjuncts(*select_.having));
    return {};
  }

  Status bind_order_by() {
    for (const OrderItem& item : tail_.order_by) {
      OrderKey key{.descending = item.descending};
      TRY(const auto position, position_of(item.expr, items_.size(), Clause::order));
      if (position) {
        key.typed = items_[*position].typed;
      } else {
        TRY(key.typed, binder(Clause::order).bind(item.expr));
      }
      order_.push_back(std::move(key));
    }
    return {};
  }

  template <class Change>
  void each_expression(Change&& change) {
    for (SelectedItem& item : items_) change(item.typed.expression);
    for (Typed& condition : having_) change(condition.expression);
    for (OrderKey& key : order_) change(key.typed.expression);
    windows_.each_expression(change);
  }

  // What is selected, and the order, are over rows with their windows from here on.
  void add_windows() {
    plan_ = windows_.plan(std::move(plan_), row_);
    for (SelectedItem& item : items_) {
      item.typed.expression = windows_.over_rows(item.typed.expression);
    }
    for (OrderKey& key : order_) {
      key.typed.expression = windows_.over_rows(key.typed.expression);
    }
    row_ = windows_.row();
  }

  // What is made of a key is null in the groups that leave it out.
  void show_nulls() {
    for (std::size_t i = 0; i < items_.size(); ++i) {
      bool has_key = false;
      replace_parts(items_[i].typed.expression, [&](const ExprPtr& part) -> ExprPtr {
        has_key = has_key || std::ranges::any_of(grouped_, [&](const Typed& key) {
                    return algebra::equal(key.expression, part);
                  });
        return nullptr;
      });
      if (!has_key) continue;
      items_[i].typed.type.nullable = true;
      outputs_[i].type.nullable = true;
    }
  }

  Status make_groups() {
    std::vector<Typed> conditions = where_;
    conditions.insert(conditions.end(), holding_.begin(), holding_.end());
    const Dependence dependence(scope_, grouped_, conditions, binding_);
    Groups groups(binding_, scope_, dependence, aggregates_, std::move(grouped_), select_.rollup);
    Groups::Use use{.list = "SELECT list"};
    for (SelectedItem& item : items_) {
      TRY(item.typed.expression, groups.take(item.typed.expression, use));
      ++use.number;
    }
    use = {.list = "HAVING clause"};
    for (Typed& condition : having_) {
      TRY(condition.expression, groups.take(condition.expression, use));
    }
    use = {.list = "ORDER BY clause"};
    for (OrderKey& key : order_) {
      TRY(key.typed.expression, groups.take(key.typed.expression, use));
      ++use.number;
    }
    use = {.list = "WINDOW clause"};
    Status taken;
    windows_.each_expression([&](ExprPtr& expression) {
      if (!taken) return;
      auto over_groups = groups.take(expression, use);
      if (over_groups) {
        expression = *std::move(over_groups);
      } else {
        taken = fail(std::move(over_groups).error());
      }
    });
    TRY_STATUS(std::move(taken));
    TRY(plan_, groups.plan(std::move(plan_)));
    each_expression([&](ExprPtr& expression) { expression = groups.over_rows(expression); });
    row_ = groups.row();
    return {};
  }

  // WHERE: the rows that conditions leave out cheaply are not asked for more.
  Status filter_rows() {
    std::vector<Typed> plain;
    std::vector<Typed> with_queries;
    for (const Typed& condition : not_said_by_keys()) {
      (algebra::has_subplan(condition.expression) ? with_queries : plain).push_back(condition);
    }
    TRY_STATUS(add_filters(plain, scope_.row()));
    std::vector<Typed> impure;
    for (const Typed& condition : with_queries) {
      if (!function::is_deterministic(condition.expression)) {
        impure.push_back(condition);
        continue;
      }
      TRY(plan_, filter_by_query({.plan = plan_, .row = scope_.row(), .wanted = wanted_}, condition,
                                 binding_));
    }
    return add_filters(impure, scope_.row());
  }

  Status add_filters(const std::vector<Typed>& conditions, algebra::VarId row) {
    for (const Typed& condition : conditions) {
      if (holds(condition)) continue;
      if (const value::Value* const known = condition.constant()) {
        if (*known == value::Value::boolean(true)) continue;
        plan_ = algebra::make_plan(algebra::Values{});
        return {};
      }
      plan_ = algebra::make_plan(algebra::Filter{
          .input = std::move(plan_), .predicate = algebra::lambda({row}, condition.expression)});
    }
    return {};
  }

  // What of WHERE the rows of the scan have to be asked.
  std::vector<Typed> not_said_by_keys() const {
    const std::vector<bool> said = said_by_any_key(plan_, where_, scope_, binding_);
    std::vector<Typed> conditions;
    for (std::size_t i = 0; i < where_.size(); ++i) {
      if (!said[i]) conditions.push_back(where_[i]);
    }
    return conditions;
  }

  bool holds(const Typed& condition) const {
    return std::ranges::any_of(holding_, [&](const Typed& known) {
      return algebra::equal(known.expression, condition.expression);
    });
  }

  // --- Rows that are locked: they are read now ---

  Status take_order_of_key() {
    // Of rows that are dropped behind it nobody knows how many it takes for those that are left.
    std::optional<std::uint64_t> most;
    if (ends_with_limit()) {
      TRY(most, rows_taken(tail_.limit, binding_));
    }
    TRY(plan_, order_scan(std::move(plan_), order_, most, scope_, binding_));
    return {};
  }

  static constexpr std::uint64_t kAllRows = std::numeric_limits<std::uint64_t>::max();

  // `first`: no more are wanted than LIMIT asks for.
  Status lock_rows(bool first) {
    TRY(const auto tables, locked_tables(scope_, binding_));
    if (tables.empty()) return {};
    if (is_correlated()) {
      const bool is_said = binding_.locking != nullptr && !binding_.locking->empty();
      return is_said ? not_supported("locks of rows in a correlated subquery") : Status();
    }
    std::uint64_t most = kAllRows;
    if (first) {
      TRY(plan_, sort(std::move(plan_), order_, scope_.row(), binding_));
      TRY(const auto taken, rows_taken(tail_.limit, binding_));
      most = taken.value_or(kAllRows);
    }
    TRY(std::vector<value::Value> rows, binding_.context().locks->read(plan_, tables, most));
    plan_ = algebra::make_plan(algebra::Values{.rows = std::move(rows)});
    return {};
  }

  // Rows are neither left out nor counted behind WHERE.
  bool ends_with_limit() const {
    constexpr auto kMore = select_option::kDistinct | select_option::kCalcFoundRows;
    return tail_.limit && having_.empty() && (select_.options & kMore) == 0;
  }

  // Of rows that a query around it names nothing is known yet.
  bool is_correlated() const {
    return names_parameters(*plan_, binding_) || std::ranges::any_of(order_, [&](const auto& key) {
             return names_parameters(key.typed.expression, binding_);
           });
  }

  // Rows as clients see them: arrays of the items, and of what else is given.
  void project(const std::vector<ExprPtr>& further = {}) {
    std::vector<ExprPtr> parts;
    for (const SelectedItem& item : items_) parts.push_back(item.typed.expression);
    parts.insert(parts.end(), further.begin(), further.end());
    if (further.empty() && project_constants(parts)) return;
    plan_ = algebra::make_plan(
        algebra::Map{.input = std::move(plan_),
                     .function = algebra::lambda({row_}, algebra::make_array(std::move(parts)))});
  }

  // The same constants for each of some literal rows, as of a query without tables.
  bool project_constants(const std::vector<ExprPtr>& parts) {
    const auto* const rows = std::get_if<algebra::Values>(&plan_->node);
    if (rows == nullptr) return false;
    std::vector<value::Value> values;
    for (const ExprPtr& part : parts) {
      const auto* const constant = std::get_if<algebra::Const>(&part->node);
      if (constant == nullptr) return false;
      values.push_back(constant->value);
    }
    const value::Value row = value::Value::array(std::move(values));
    plan_ = algebra::make_plan(
        algebra::Values{.rows = std::vector<value::Value>(rows->rows.size(), row)});
    return true;
  }

  // Of rows that are all there and in no order yet.
  Status sort_and_limit(const std::vector<OrderKey>& keys, algebra::VarId row, BoundQuery& query) {
    if ((select_.options & select_option::kCalcFoundRows) != 0) query.without_limit = plan_;
    TRY(plan_, sort(std::move(plan_), keys, row, binding_));
    return add_limit(tail_.limit, binding_, plan_);
  }

  // Rows are put in order and cut before their items are computed, unless an item is not the same
  // whenever it is computed.
  Status finish(BoundQuery& query) {
    const bool pure = std::ranges::all_of(order_, [](const OrderKey& key) {
      return function::is_deterministic(key.typed.expression);
    });
    if (!pure) return finish_computed(query);
    TRY_STATUS(sort_and_limit(order_, row_, query));
    project();
    return {};
  }

  // Keys that are computed once, beside the items.
  Status finish_computed(BoundQuery& query) {
    std::vector<ExprPtr> keys;
    for (const OrderKey& key : order_) keys.push_back(key.typed.expression);
    project(keys);
    const algebra::VarId made = binding_.fresh();
    const ExprPtr row = algebra::variable(made);
    std::vector<OrderKey> sorted;
    for (const OrderKey& key : order_) {
      const std::size_t place = items_.size() + sorted.size();
      const auto item = find_item(key.typed);
      sorted.push_back({.typed = bind_element(row, item.value_or(place), key.typed.type),
                        .descending = key.descending});
    }
    TRY_STATUS(sort_and_limit(sorted, made, query));
    leave_items(made);
    return {};
  }

  // Of rows that have more elements.
  void leave_items(algebra::VarId row) {
    std::vector<ExprPtr> parts;
    for (std::size_t i = 0; i < items_.size(); ++i) {
      parts.push_back(bind_element(algebra::variable(row), i, items_[i].typed.type).expression);
    }
    plan_ = algebra::make_plan(
        algebra::Map{.input = std::move(plan_),
                     .function = algebra::lambda({row}, algebra::make_array(std::move(parts)))});
  }

  std::optional<std::size_t> find_item(const Typed& typed) const {
    for (std::size_t i = 0; i < items_.size(); ++i) {
      if (algebra::equal(items_[i].typed.expression, typed.expression)) return i;
    }
    return std::nullopt;
  }

  // What ORDER BY names has to be selected, or be made of it (3065), unless the session asks for no
  // more than some value of rows that are the same: it is then that of the first one.
  Status finish_distinct(BoundQuery& query) {
    const algebra::VarId made = binding_.fresh();
    std::vector<OrderKey> keys = order_;
    std::vector<ExprPtr> further;
    for (std::size_t i = 0; i < keys.size(); ++i) {
      Typed& key = keys[i].typed;
      if (auto over_items = put_over_items(key.expression, made)) {
        key.expression = *std::move(over_items);
        continue;
      }
      if (binding_.session().has(sql_mode::kOnlyFullGroupBy)) return not_selected(i + 1);
      further.push_back(key.expression);
      const std::size_t place = items_.size() + further.size() - 1;
      key = bind_element(algebra::variable(made), place, key.type);
    }
    std::vector<Type> types;
    std::vector<Typed> columns;
    for (const SelectedItem& item : items_) {
      types.push_back(item.typed.type);
      if (column_of(item.typed) != nullptr) columns.push_back(item.typed);
    }
    const bool has_groups = !further.empty() || !is_distinct_as_it_is(types);
    if (has_groups && further.empty() && columns.size() == items_.size() && row_ == scope_.row()) {
      TRY(plan_, distinct(std::move(plan_), columns, row_, binding_));
    } else {
      project(further);
      TRY(plan_, distinct(std::move(plan_), types, !further.empty(), binding_));
    }
    if (has_groups && are_items_in_order(keys, made)) keys.clear();
    TRY_STATUS(sort_and_limit(keys, made, query));
    if (!further.empty()) leave_items(made);
    return {};
  }

  // Whether the keys are the first items as they are: groups by all items come in that order.
  bool are_items_in_order(const std::vector<OrderKey>& keys, algebra::VarId made) const {
    std::size_t place = 0;
    for (const OrderKey& key : keys) {
      if (key.typed.constant() != nullptr) continue;
      if (key.descending || place == items_.size()) return false;
      const Typed item = bind_element(algebra::variable(made), place, items_[place].typed.type);
      if (!algebra::equal(key.typed.expression, item.expression)) return false;
      ++place;
    }
    return true;
  }

  // Nothing: it names something else of the row.
  std::optional<ExprPtr> put_over_items(const ExprPtr& expression, algebra::VarId made) const {
    bool selected = true;
    ExprPtr put = replace_parts(expression, [&](const ExprPtr& part) -> ExprPtr {
      for (std::size_t i = 0; i < items_.size(); ++i) {
        if (!algebra::equal(part, items_[i].typed.expression)) continue;
        return bind_element(algebra::variable(made), i, items_[i].typed.type).expression;
      }
      if (const algebra::Var* const variable = variable_of(part)) {
        selected = selected && variable->id != row_;
      }
      return nullptr;
    });
    return selected ? std::optional(std::move(put)) : std::nullopt;
  }

  std::unexpected<Error> not_selected(std::size_t number) const {
    const auto* const name = std::get_if<ColumnName>(&tail_.order_by[number - 1].expr.node);
    return error<3065>(std::to_string(number), "ORDER BY clause",
                       name == nullptr ? "" : dotted(name->path), "DISTINCT");
  }

  const Select& select_;
  const Tail& tail_;
  const Surroundings& around_;
  Binding& binding_;
  Scope scope_;
  PlanPtr plan_;
  std::vector<Typed> holding_;  // of the rows of FROM
  std::optional<std::uint64_t> wanted_;
  std::vector<Typed> pending_;  // that these have to meet beside WHERE
  Aggregates aggregates_;
  Windows windows_;
  std::vector<SelectedItem> items_;
  std::vector<OutputColumn> outputs_;
  std::vector<Typed> where_;
  std::vector<Typed> grouped_;
  std::vector<Typed> having_;
  std::vector<OrderKey> order_;
  algebra::VarId row_{};  // that stands for a row once there are groups, or none are wanted
};

// How many rows are read of FROM, as far as the text tells: those of LIMIT where each is a row of
// the result, but for conditions.
std::optional<std::uint64_t> rows_wanted(const Select& select, const Tail& tail) {
  const bool is_plain = select.group_by.empty() && !select.having && tail.order_by.empty() &&
                        (select.options & select_option::kDistinct) == 0;
  const bool has_calls = std::ranges::any_of(select.items, [](const SelectItem& item) {
    return std::holds_alternative<Ref<Call>>(item.expr.node);
  });
  if (!tail.limit || !is_plain || has_calls) return std::nullopt;
  const auto* const count = std::get_if<Literal>(&tail.limit->count.node);
  return count == nullptr ? std::nullopt : parse_number<std::uint64_t>(count->text);
}

}  // namespace

Result<BoundQuery> bind_select(const Select& select, const Tail& tail, const Surroundings& around,
                               Binding& binding) {
  TRY_STATUS(binding.begin_block());
  const auto wanted = rows_wanted(select, tail);
  TRY(Relation relation, bind_from(select.from, select.where, wanted, around, binding));
  return SelectBinder(select, tail, around, binding, std::move(relation), wanted).bind();
}

}  // namespace octavo::sql
