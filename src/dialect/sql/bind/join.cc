#include "dialect/sql/bind/join.h"

#include <algorithm>
#include <utility>

#include "dialect/sql/bind/access.h"
#include "dialect/sql/bind/comparison.h"
#include "dialect/sql/bind/expr_binder.h"
#include "dialect/sql/bind/names.h"
#include "dialect/sql/bind/replace.h"
#include "dialect/sql/bind/stored_index.h"
#include "dialect/sql/bind/types.h"
#include "dialect/sql/error/error.h"
#include "dialect/sql/function/operators.h"

namespace octavo::sql {
namespace {

using algebra::ExprPtr;
using algebra::PlanPtr;
using algebra::VarId;

ExprPtr side_of(VarId row, std::string_view side) {
  return bind_field(algebra::variable(row), side, any_type()).expression;
}

// Each part of AND, or the expression itself.
template <class Visit>
void for_each_conjunct(const Expr& expr, Visit&& visit) {
  const auto* const junction = std::get_if<Junction>(&expr.node);
  if (junction == nullptr || !junction->all) return visit(expr);
  for (const Expr& part : junction->operands) for_each_conjunct(part, visit);
}

bool is_simple(const Expr& expr) {
  return std::holds_alternative<ColumnName>(expr.node) ||
         std::holds_alternative<Literal>(expr.node) || std::holds_alternative<Parameter>(expr.node);
}

// Of a column and another one or a literal: binding it costs nothing and runs nothing.
bool is_simple_comparison(const Expr& expr) {
  const auto* const binary = std::get_if<Binary>(&expr.node);
  if (binary == nullptr || binary->op < BinaryOperator::equal ||
      binary->op > BinaryOperator::greater_or_equal) {
    return false;
  }
  return is_simple(*binary->left) && is_simple(*binary->right);
}

// Tables joined so far: rows of `plan`, and where in them the row of each table is. While
// conditions are bound, the row of a table is the variable of its own scope.
struct Joined {
  PlanPtr plan;
  VarId row{};
  std::vector<std::pair<VarId, ExprPtr>> parts;  // over `row`

  bool has(VarId table) const {
    return std::ranges::any_of(parts, [&](const auto& part) { return part.first == table; });
  }
  ExprPtr over_row(const ExprPtr& expression) const {
    return replace_parts(expression, [&](const ExprPtr& part) -> ExprPtr {
      const algebra::Var* const variable = variable_of(part);
      if (variable == nullptr) return nullptr;
      for (const auto& [table, access] : parts) {
        if (table == variable->id) return access;
      }
      return nullptr;
    });
  }
};

class JoinBinder {
 public:
  JoinBinder(std::vector<JoinItem> items, const Surroundings& around, Binding& binding)
      : items_(std::move(items)),
        around_(around),
        binding_(binding),
        scope_(binding.fresh(), around.outer),
        rows_(items_.size()) {}

  Result<Relation> bind(Ref<Expr> where) {
    for (const JoinItem& item : items_) {
      Conditions& on = on_.emplace_back();
      TRY_STATUS(add_to_scope(item, on));
    }
    for (std::size_t i = 0; i < items_.size(); ++i) TRY_STATUS(bind_on(items_[i], on_[i]));
    if (where) bind_hints(*where);
    TRY(auto joined, join_by(Way::keys));
    if (!joined) {
      TRY(joined, join_by(Way::keys_and_rows));
    }
    if (!joined) return not_supported("JOIN without a key of the joined table");
    TRY(Scope scope, scope_over(*joined));
    return Relation{.plan = joined->plan, .scope = std::move(scope)};
  }

 private:
  using Conditions = std::vector<Typed>;

  // --- Names and conditions, over the variables of the tables ---

  // With the conditions that come of columns which are one with others before them.
  Status add_to_scope(const JoinItem& item, Conditions& on) {
    const Scope& own = item.relation.scope;
    std::vector<std::vector<ScopeColumn>> columns(own.tables().size());
    for (const ScopeColumn& column : own.columns()) {
      ScopeColumn made = column;
      if (is_common(item, column)) {
        TRY(Typed equal, equal_to_one_before(column));
        on.push_back(std::move(equal));
        made.merged = true;
      }
      if (item.keep_unmatched) made.typed.type.nullable = true;
      columns[column.table].push_back(std::move(made));
    }
    for (std::size_t i = 0; i < columns.size(); ++i) {
      TRY_STATUS(scope_.add(own.tables()[i], std::move(columns[i])));
    }
    for (const Name name : item.using_columns) {
      TRY(const ScopeColumn* const column, own.find(Path(&name, 1), Clause::from));
      if (column == nullptr) return error<1054>(name, words_of(Clause::from));
    }
    return {};
  }

  bool is_common(const JoinItem& item, const ScopeColumn& column) const {
    if (item.natural) {
      return std::ranges::any_of(scope_.columns(), [&](const ScopeColumn& other) {
        return !other.hidden && !column.hidden && same_name(other.name, column.name);
      });
    }
    return std::ranges::any_of(item.using_columns,
                               [&](Name name) { return same_name(name, column.name); });
  }

  Result<Typed> equal_to_one_before(const ScopeColumn& column) {
    const Name name = column.name;
    TRY(const ScopeColumn* const before, scope_.find(Path(&name, 1), Clause::from));
    if (before == nullptr) return error<1054>(name, words_of(Clause::from));
    return bind_binary(BinaryOperator::equal, before->typed, column.typed, binding_.calls());
  }

  ExprBinder binder(Clause clause) {
    return {binding_, {.clause = clause, .scope = &scope_, .around = around_}};
  }

  Status bind_on(const JoinItem& item, Conditions& on) {
    for (const Expr* const expr : item.on) {
      TRY(Conditions conditions, binder(Clause::on).bind_conjuncts(*expr));
      std::ranges::move(conditions, std::back_inserter(on));
    }
    return {};
  }

  // What is wrong with them is said when WHERE is bound.
  void bind_hints(const Expr& where) {
    for_each_conjunct(where, [&](const Expr& expr) {
      if (!is_simple_comparison(expr)) return;
      auto bound = binder(Clause::where).bind_conjuncts(expr);
      if (bound) std::ranges::move(*bound, std::back_inserter(hints_));
    });
  }

  // --- Which table is read after which ---

  PlanPtr narrowed(std::size_t i) const {
    const Relation& relation = items_[i].relation;
    return restrict_scan(relation.plan, hints_, relation.scope, binding_);
  }

  // How a table comes to those before it: by a key of it alone, or as all of its rows where it has
  // no key.
  enum class Way : std::uint8_t { keys, keys_and_rows };

  // From a table of which few rows are read, or from the first that all others are found from.
  Result<std::optional<Joined>> join_by(Way way) {
    std::optional<Joined> best;
    for (std::size_t first = 0; first < items_.size(); ++first) {
      if (items_[first].keep_unmatched) continue;
      const PlanPtr start = narrowed(first);
      const bool is_narrow = start != items_[first].relation.plan;
      if (best && !is_narrow) continue;
      TRY(auto joined, join_from(first, start, way));
      if (!joined) continue;
      best = std::move(joined);
      if (is_narrow) break;
    }
    return best;
  }

  // Nothing: not all of them are found.
  Result<std::optional<Joined>> join_from(std::size_t first, PlanPtr start, Way way) {
    const VarId row = items_[first].relation.scope.row();
    Joined joined{.plan = std::move(start), .row = row, .parts = {{row, algebra::variable(row)}}};
    Conditions pending;
    std::vector<std::size_t> left;
    for (std::size_t i = 0; i < items_.size(); ++i) {
      if (i != first) left.push_back(i);
      if (!items_[i].keep_unmatched) pending.insert(pending.end(), on_[i].begin(), on_[i].end());
    }
    while (true) {
      add_filters(pending, joined);
      if (left.empty()) return joined;
      bool added = false;
      for (std::size_t i = 0; i < left.size() && !added; ++i) {
        TRY(added, add(left[i], pending, joined));
        if (added) left.erase(left.begin() + static_cast<std::ptrdiff_t>(i));
      }
      for (std::size_t i = 0; i < left.size() && !added && way == Way::keys_and_rows; ++i) {
        TRY(added, add_rows(left[i], joined));
        if (added) left.erase(left.begin() + static_cast<std::ptrdiff_t>(i));
      }
      if (!added) return std::nullopt;
    }
  }

  void add_filters(Conditions& pending, Joined& joined) const {
    std::erase_if(pending, [&](const Typed& condition) {
      if (!is_over(condition.expression, joined, std::nullopt)) return false;
      joined.plan = algebra::make_plan(algebra::Filter{
          .input = std::move(joined.plan),
          .predicate = algebra::lambda({joined.row}, joined.over_row(condition.expression))});
      return true;
    });
  }

  // Whether no tables are named but those, and that one.
  bool is_over(const ExprPtr& expression, const Joined& joined, std::optional<VarId> other) const {
    if (const algebra::Var* const variable = variable_of(expression)) {
      // What is of no table here is of a query around.
      return joined.has(variable->id) || variable->id == other ||
             binding_.is_parameter(variable->id);
    }
    return !algebra::any_child(*expression,
                               [&](const ExprPtr& part) { return !is_over(part, joined, other); });
  }

  // By which key of a table its rows are found, and what the parts of that are equal to.
  struct Lookup {
    StoredKey key;
    std::vector<ExprPtr> values;
    std::vector<const Typed*> used;  // conditions
  };

  // False: there is no key for it, or not yet.
  Result<bool> add(std::size_t i, Conditions& pending, Joined& joined) {
    const JoinItem& item = items_[i];
    const auto* const scan = std::get_if<algebra::Scan>(&item.relation.plan->node);
    const Scope& own = item.relation.scope;
    if (scan == nullptr || own.tables().front().definition == nullptr) return false;
    Conditions own_on = on_[i];
    Conditions& on = item.keep_unmatched ? own_on : pending;
    if (item.keep_unmatched && !std::ranges::all_of(on, [&](const Typed& condition) {
          return is_over(condition.expression, joined, own.row());
        })) {
      return false;
    }
    auto lookup = find_lookup(item, on, joined);
    if (!lookup) return false;
    algebra::LookupJoin join{.outer = joined.plan,
                             .table = scan->table,
                             .index = lookup->key.index,
                             .keep_unmatched = item.keep_unmatched};
    TRY(ExprPtr key, key_of(*lookup));
    join.key = algebra::lambda({joined.row}, joined.over_row(key));
    std::erase_if(on, [&](const Typed& condition) {
      return std::ranges::find(lookup->used, &condition) != lookup->used.end();
    });
    add_part(own.row(), joined);
    if (item.keep_unmatched) {
      TRY(join.condition, condition_of(on, joined));
    }
    joined.plan = algebra::make_plan(std::move(join));
    return true;
  }

  static constexpr std::size_t kMostRows = 10'000;

  // Pairs each row with all of the table. False: there are too many, or rows without a match stay.
  Result<bool> add_rows(std::size_t i, Joined& joined) {
    if (items_[i].keep_unmatched) return false;
    TRY(const std::vector<value::Value>* const rows, rows_of(i));
    if (rows->size() > kMostRows) return false;
    std::vector<ExprPtr> pairs;
    for (const value::Value& row : *rows) {
      pairs.push_back(algebra::make_object(
          {{"left", algebra::variable(joined.row)}, {"right", algebra::constant(row)}}));
    }
    joined.plan = algebra::make_plan(algebra::Unwind{
        .input = std::move(joined.plan),
        .function = algebra::lambda({joined.row}, algebra::make_array(std::move(pairs)))});
    add_part(items_[i].relation.scope.row(), joined);
    return true;
  }

  // At most one more than may be paired. None while only the form of the result is asked for.
  Result<const std::vector<value::Value>*> rows_of(std::size_t i) {
    std::optional<std::vector<value::Value>>& rows = rows_[i];
    Subqueries* const subqueries = binding_.context().subqueries;
    if (rows) return &*rows;
    if (subqueries == nullptr) return &rows.emplace();
    const VarId row = items_[i].relation.scope.row();
    Joined alone{.plan = narrowed(i), .row = row, .parts = {{row, algebra::variable(row)}}};
    Conditions conditions = hints_;
    for (std::size_t k = 0; k < items_.size(); ++k) {
      if (!items_[k].keep_unmatched) std::ranges::copy(on_[k], std::back_inserter(conditions));
    }
    add_filters(conditions, alone);
    TRY(rows, subqueries->rows(algebra::make_plan(
                  algebra::Limit{.input = std::move(alone.plan), .count = kMostRows + 1})));
    return &*rows;
  }

  // Rows become pairs of what they were and a row of one more table.
  void add_part(VarId table, Joined& joined) {
    const VarId row = binding_.fresh();
    const ExprPtr left = side_of(row, "left");
    for (auto& [other, access] : joined.parts) {
      access = replace_parts(access, [&](const ExprPtr& part) -> ExprPtr {
        const algebra::Var* const variable = variable_of(part);
        return variable != nullptr && variable->id == joined.row ? left : nullptr;
      });
    }
    joined.row = row;
    joined.parts.emplace_back(table, side_of(row, "right"));
  }

  Result<ExprPtr> condition_of(const Conditions& conditions, const Joined& joined) {
    if (conditions.empty()) return ExprPtr();
    Typed all = conditions.front();
    if (conditions.size() > 1) {
      TRY(all, bind_junction(true, conditions, binding_.calls()));
    }
    TRY(ExprPtr condition, as_condition(std::move(all), binding_.calls()));
    return algebra::lambda({joined.row}, joined.over_row(condition));
  }

  std::optional<Lookup> find_lookup(const JoinItem& item, const Conditions& on,
                                    const Joined& joined) const {
    const Scope& own = item.relation.scope;
    const catalog::TableDefinition& table = *own.tables().front().definition;
    for (StoredKey& key : keys_of(table, own)) {
      Lookup lookup{.key = std::move(key)};
      for (const KeyPart& part : lookup.key.parts) {
        const bool found = find_value(part, on, joined, lookup) ||
                           (!item.keep_unmatched && find_value(part, hints_, joined, lookup));
        if (!found) break;
      }
      if (lookup.values.size() == lookup.key.count) return lookup;
    }
    return std::nullopt;
  }

  bool find_value(const KeyPart& part, const Conditions& conditions, const Joined& joined,
                  Lookup& lookup) const {
    for (const Typed& condition : conditions) {
      ExprPtr value = equal_to(condition.expression, *part.column);
      if (value == nullptr || !is_over(value, joined, std::nullopt)) continue;
      lookup.values.push_back(std::move(value));
      lookup.used.push_back(&condition);
      return true;
    }
    return false;
  }

  Result<ExprPtr> key_of(const Lookup& lookup) const {
    std::vector<ExprPtr> parts;
    for (std::size_t i = 0; i < lookup.values.size(); ++i) {
      const KeyPart& part = lookup.key.parts[i];
      ExprPtr value = lookup.values[i];
      if (part.by_comparison) {
        TRY(value, comparison_key({value, part.column->typed.type}, binding_.calls()));
      }
      parts.push_back(std::move(value));
    }
    if (lookup.key.count == 1) return std::move(parts.front());
    return algebra::make_array(std::move(parts));
  }

  // The same names, over rows of the join.
  Result<Scope> scope_over(const Joined& joined) const {
    Scope made(joined.row, around_.outer);
    std::vector<std::vector<ScopeColumn>> columns(scope_.tables().size());
    for (const ScopeColumn& column : scope_.columns()) {
      ScopeColumn& moved = columns[column.table].emplace_back(column);
      moved.typed.expression = joined.over_row(column.typed.expression);
    }
    for (std::size_t i = 0; i < columns.size(); ++i) {
      ScopeTable table = scope_.tables()[i];
      if (table.stored != nullptr) table.stored = joined.over_row(table.stored);
      if (table.document != nullptr) table.document = joined.over_row(table.document);
      TRY_STATUS(made.add(std::move(table), std::move(columns[i])));
    }
    return made;
  }

  std::vector<JoinItem> items_;
  const Surroundings& around_;
  Binding& binding_;
  Scope scope_;  // of all tables, each over its own variable
  std::vector<Conditions> on_;
  Conditions hints_;  // of WHERE
  // Of those that are paired: read once.
  std::vector<std::optional<std::vector<value::Value>>> rows_;
};

}  // namespace

Result<Relation> bind_join(std::vector<JoinItem> items, Ref<Expr> where, const Surroundings& around,
                           Binding& binding) {
  return JoinBinder(std::move(items), around, binding).bind(where);
}

}  // namespace octavo::sql
