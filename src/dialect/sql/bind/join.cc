#include "dialect/sql/bind/join.h"

#include <algorithm>
#include <utility>

#include "dialect/sql/bind/correlation.h"
#include "dialect/sql/bind/expr_binder.h"
#include "dialect/sql/bind/implied.h"
#include "dialect/sql/bind/join_block.h"
#include "dialect/sql/bind/join_plan.h"
#include "dialect/sql/bind/names.h"
#include "dialect/sql/bind/safe_expr.h"
#include "dialect/sql/error/error.h"
#include "dialect/sql/function/numbers.h"
#include "dialect/sql/function/operators.h"
#include "function/family.h"

namespace octavo::sql {
namespace {

using algebra::ExprPtr;
using algebra::VarId;

class JoinBinder {
 public:
  JoinBinder(std::optional<std::uint64_t> wanted, const Surroundings& around, Binding& binding)
      : wanted_(wanted), around_(around), binding_(binding) {}

  Result<Relation> bind(JoinTree tree, Ref<Expr> where) {
    TRY(Part all, bind_part(tree));
    if (where) TRY_STATUS(add_conditions_of(*where, all));
    simplify(all.block, rows_);
    close_equalities(all.block, rows_);
    TRY(const JoinedRows joined, plan_join(all.block, tables_, wanted_, binding_));
    TRY(Scope scope, scope_over(joined, all.columns));
    Relation made{.plan = joined.plan, .scope = std::move(scope)};
    for (const JoinCondition& condition : all.block.conditions) {
      Typed holds = condition.typed;
      holds.expression = joined.over_row(holds.expression);
      made.conditions.push_back(std::move(holds));
    }
    return made;
  }

 private:
  // A column by the number of its table, and its own there.
  struct Place {
    std::size_t table = 0;
    std::size_t column = 0;

    friend bool operator==(const Place&, const Place&) = default;
  };
  // Some tables that follow each other, and the columns that `*` names, in that order.
  struct Part {
    std::size_t begin = 0;
    std::size_t end = 0;
    std::vector<Place> columns;
    JoinBlock block;
  };

  ScopeColumn& at(const Place& place) { return columns_[place.table][place.column]; }

  Result<Part> bind_part(JoinTree& tree) {
    if (tree.table) return add_table(*std::move(tree.table));
    if (tree.lateral != nullptr) {
      TRY(Relation table, bind_lateral(*tree.lateral));
      return add_table(std::move(table));
    }
    TRY(Part all, bind_part(tree.parts.front()));
    for (std::size_t i = 1; i < tree.parts.size(); ++i) {
      TRY(Part next, bind_part(tree.parts[i]));
      TRY(all, bind_pair(tree, std::move(all), std::move(next)));
    }
    return all;
  }

  // What it names of the tables before it are arguments of its plan.
  Result<Relation> bind_lateral(const DerivedTable& table) {
    TRY(Scope scope, scope_of(0, tables_.size()));
    ExprBinder binder(binding_, {.clause = Clause::from, .scope = &scope, .around = around_});
    Correlation correlation(binding_, binder);
    const Surroundings within{
        .outer = &scope, .common = around_.common, .correlation = &correlation};
    TRY(Relation made, bind_derived_table(table, within, around_, binding_));
    const algebra::Subplan named = correlation.subplan(algebra::SubplanKind::rows, nullptr);
    const bool names_tables = std::ranges::any_of(
        named.args, [this](const ExprPtr& argument) { return tables_named(argument, rows_) != 0; });
    if (names_tables) {
      made.params = named.params;
      made.arguments = named.args;
    } else if (!named.params.empty()) {
      made.plan = with_arguments(std::move(made.plan), named);
    }
    return made;
  }

  // The rows of a plan that names nothing but what is around the whole of FROM.
  algebra::PlanPtr with_arguments(algebra::PlanPtr plan, const algebra::Subplan& named) const {
    const VarId none = binding_.fresh();
    algebra::PlanPtr pairs = algebra::make_plan(
        algebra::Apply{.outer = algebra::make_plan(algebra::Values{.rows = {value::Value()}}),
                       .inner = std::move(plan),
                       .params = named.params,
                       .arguments = algebra::lambda({none}, algebra::make_array(named.args))});
    const VarId pair = binding_.fresh();
    return algebra::make_plan(algebra::Map{
        .input = std::move(pairs), .function = algebra::lambda({pair}, side_of(pair, "right"))});
  }

  // 3668: a table of `part` names one of the others, of whose rows it is to keep all.
  Status check_laterals(const Part& part, const Part& others) const {
    for (std::size_t i = part.begin; i < part.end; ++i) {
      for (const ExprPtr& argument : tables_[i].arguments) {
        if ((tables_named(argument, rows_) & others.block.all()) != 0) {
          return error<3668>(tables_[i].scope.tables().front().alias);
        }
      }
    }
    return {};
  }

  Result<Part> add_table(Relation table) {
    const std::size_t number = tables_.size();
    if (number == kMostJoinedTables) return error<1116>(std::to_string(kMostJoinedTables));
    Part part{.begin = number, .end = number + 1};
    part.block.tables = set_of(number);
    const std::deque<ScopeColumn>& columns = table.scope.columns();
    for (std::size_t i = 0; i < columns.size(); ++i) {
      if (!columns[i].hidden) part.columns.push_back({number, i});
    }
    columns_.emplace_back(columns.begin(), columns.end());
    rows_.push_back(table.scope.row());
    for (Typed& condition : table.pending)
      add_condition(std::move(condition), part.block.conditions);
    tables_.push_back(std::move(table));
    return part;
  }

  Result<Part> bind_pair(const JoinTree& tree, Part left, Part right) {
    const bool turned = tree.kind == JoinKind::right;
    if (turned) TRY_STATUS(check_laterals(right, left));
    std::vector<JoinCondition> on;
    Part pair{.begin = left.begin, .end = right.end};
    TRY(pair.columns, merge_columns(tree, left, right, on));
    if (tree.on != nullptr) TRY_STATUS(bind_on(*tree.on, pair, on));
    Part& first = turned ? right : left;
    Part& second = turned ? left : right;
    pair.block = std::move(first.block);
    if (turned || tree.kind == JoinKind::left) {
      for (std::size_t i = second.begin; i < second.end; ++i) make_nullable(i);
      pair.block.attached.push_back({.block = std::move(second.block), .on = std::move(on)});
      return pair;
    }
    pair.block.tables |= second.block.tables;
    std::ranges::move(second.block.conditions, std::back_inserter(pair.block.conditions));
    std::ranges::move(on, std::back_inserter(pair.block.conditions));
    std::ranges::move(second.block.attached, std::back_inserter(pair.block.attached));
    return pair;
  }

  // --- Columns that are one with another ---

  // Those that are come first, as the side has them of which all rows stay and in its order, then
  // the rest of it.
  Result<std::vector<Place>> merge_columns(const JoinTree& tree, const Part& left,
                                           const Part& right, std::vector<JoinCondition>& on) {
    const bool turned = tree.kind == JoinKind::right;
    const Part& first = turned ? right : left;
    const Part& second = turned ? left : right;
    TRY(const std::vector<Common> common, find_common(tree, first, second));
    if (common.empty()) {
      std::vector<Place> all = left.columns;
      all.insert(all.end(), right.columns.begin(), right.columns.end());
      return all;
    }
    for (const auto& [kept, merged] : common) {
      TRY(Typed equal,
          bind_binary(BinaryOperator::equal, at(kept).typed, at(merged).typed, binding_.calls()));
      add_condition(std::move(equal), on);
      at(merged).merged = true;
    }
    std::vector<Place> all;
    for (const Place& place : first.columns) {
      if (is_in(common, place, &Common::kept)) all.push_back(place);
    }
    for (const Place& place : first.columns) {
      if (!is_in(common, place, &Common::kept)) all.push_back(place);
    }
    for (const Place& place : second.columns) {
      if (!is_in(common, place, &Common::merged)) all.push_back(place);
    }
    return all;
  }

  struct Common {
    Place kept, merged;
  };
  static bool is_in(const std::vector<Common>& common, const Place& place, Place Common::* side) {
    return std::ranges::find(common, place, side) != common.end();
  }
  Result<std::vector<Common>> find_common(const JoinTree& tree, const Part& first,
                                          const Part& second) {
    std::vector<Common> common;
    const auto add = [&](std::string_view name) -> Status {
      TRY(const auto kept, find_column(first, name));
      TRY(const auto merged, find_column(second, name));
      if (!kept || !merged) return error<1054>(name, words_of(Clause::from));
      common.push_back({*kept, *merged});
      return {};
    };
    for (const Name name : tree.using_columns) TRY_STATUS(add(name));
    if (!tree.natural) return common;
    for (const Place& place : first.columns) {
      const std::string name = at(place).name;
      const auto is_same = [&](const Place& other) { return same_name(at(other).name, name); };
      if (std::ranges::any_of(second.columns, is_same)) TRY_STATUS(add(name));
    }
    return common;
  }

  // 1052.
  Result<std::optional<Place>> find_column(const Part& part, std::string_view name) {
    std::optional<Place> found;
    for (std::size_t table = part.begin; table < part.end; ++table) {
      for (std::size_t i = 0; i < columns_[table].size(); ++i) {
        const ScopeColumn& column = columns_[table][i];
        if (column.merged || !same_name(column.name, name)) continue;
        if (found) return error<1052>(name, words_of(Clause::from));
        found = Place{table, i};
      }
    }
    return found;
  }

  // Of a table whose rows may be without a match. A column that is computed of others may be
  // something where these are null: here it is not.
  void make_nullable(std::size_t table) {
    const ExprPtr row = algebra::variable(rows_[table]);
    for (ScopeColumn& column : columns_[table]) {
      if (column.computed) {
        const ExprPtr is_none = algebra::call({kFamily, op::kIsNull}, {row});
        column.typed.expression =
            algebra::call({kFamily, op::kIf},
                          {is_none, algebra::constant(value::Value()), column.typed.expression});
      }
      column.typed.type.nullable = true;
    }
  }

  // --- Conditions, over the variables of the tables ---

  // The names that a condition between the tables may use.
  Result<Scope> scope_of(std::size_t begin, std::size_t end) const {
    Scope scope(VarId{}, around_.outer);
    for (std::size_t i = begin; i < end; ++i) {
      TRY_STATUS(scope.add(tables_[i].scope.tables().front(), columns_[i]));
    }
    return scope;
  }

  Status bind_on(const Expr& expr, const Part& pair, std::vector<JoinCondition>& on) {
    TRY(Scope scope, scope_of(pair.begin, pair.end));
    ExprBinder binder(binding_, {.clause = Clause::on, .scope = &scope, .around = around_});
    TRY(std::vector<Typed> conditions, binder.bind_conjuncts(expr));
    for (Typed& condition : conditions) add_condition(std::move(condition), on);
    return {};
  }

  void add_condition(Typed condition, std::vector<JoinCondition>& to) const {
    const value::Value* const known = condition.constant();
    if (known != nullptr && *known == value::Value::boolean(true)) return;
    JoinCondition made{.tables = tables_named(condition.expression, rows_),
                       .pure = function::is_deterministic(condition.expression)};
    made.typed = std::move(condition);
    std::vector<JoinCondition> implied = implied_by(made, rows_);
    to.push_back(std::move(made));
    std::ranges::move(implied, std::back_inserter(to));
  }

  // What is wrong with them is said when WHERE is bound, as are warnings of their constants.
  Status add_conditions_of(const Expr& where, Part& all) {
    TRY(Scope scope, scope_of(all.begin, all.end));
    function::EvalContext& constants = binding_.context().constants;
    function::Notes* const notes = std::exchange(constants.notes, nullptr);
    for_each_conjunct(where, [&](const Expr& expr) {
      if (!may_be_bound_twice(expr)) return;
      ExprBinder binder(binding_, {.clause = Clause::where, .scope = &scope, .around = around_});
      auto bound = binder.bind_conjuncts(expr);
      if (!bound) return;
      for (Typed& condition : *bound) {
        const bool pure = function::is_deterministic(condition.expression);
        if (pure && condition.constant() == nullptr) {
          add_condition(std::move(condition), all.block.conditions);
        }
      }
    });
    constants.notes = notes;
    return {};
  }

  // The same names, over rows of the join.
  Result<Scope> scope_over(const JoinedRows& joined, const std::vector<Place>& shown) const {
    Scope made(joined.row, around_.outer);
    std::vector<std::size_t> first;  // the number of each table's first column
    for (std::size_t i = 0; i < tables_.size(); ++i) {
      first.push_back(made.columns().size());
      std::vector<ScopeColumn> columns = columns_[i];
      for (ScopeColumn& column : columns) {
        column.typed.expression = joined.over_row(column.typed.expression);
      }
      ScopeTable table = tables_[i].scope.tables().front();
      if (table.document != nullptr) table.document = joined.over_row(table.document);
      if (table.stored != nullptr) table.stored = joined.over_row(table.stored);
      TRY_STATUS(made.add(std::move(table), std::move(columns)));
    }
    std::vector<std::size_t> order;
    for (const Place& place : shown) order.push_back(first[place.table] + place.column);
    made.show(std::move(order));
    return made;
  }

  std::optional<std::uint64_t> wanted_;
  const Surroundings& around_;
  Binding& binding_;
  std::vector<Relation> tables_;
  std::vector<VarId> rows_;  // their variables
  std::vector<std::vector<ScopeColumn>> columns_;
};

}  // namespace

Result<Relation> bind_join(JoinTree tree, Ref<Expr> where, std::optional<std::uint64_t> wanted,
                           const Surroundings& around, Binding& binding) {
  return JoinBinder(wanted, around, binding).bind(std::move(tree), where);
}

}  // namespace octavo::sql
