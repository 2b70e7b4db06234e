#include "dialect/sql/bind/join_plan.h"

#include <algorithm>
#include <bit>
#include <string>

#include "dialect/sql/bind/access.h"
#include "dialect/sql/bind/comparison.h"
#include "dialect/sql/bind/condition_share.h"
#include "dialect/sql/bind/join_cost.h"
#include "dialect/sql/bind/replace.h"
#include "dialect/sql/bind/row_estimates.h"
#include "dialect/sql/bind/row_plan.h"
#include "dialect/sql/bind/stored_index.h"
#include "dialect/sql/error/error.h"
#include "dialect/sql/function/numbers.h"
#include "dialect/sql/function/operators.h"

namespace octavo::sql {
namespace {

using algebra::ExprPtr;
using algebra::PlanPtr;
using algebra::VarId;
using Conditions = std::vector<JoinCondition>;

// What the plan of a row costs beside a look by key, which opens no operators.
constexpr double kPlanOfRow = 2;

bool is_within(TableSet tables, TableSet all) { return (tables & ~all) == 0; }

// One table, with the conditions that name no other.
struct Unit {
  std::size_t number = 0;
  Conditions own;
  PlanPtr access;
  double rows = 1;
  TableSet needs = 0;  // LATERAL: tables whose rows its plan names
};

// By which key of a table its rows are found, and what the parts of that are equal to.
struct Lookup {
  StoredKey key;
  std::vector<ExprPtr> values;
  std::vector<ExprPtr> used;  // conditions that hold of what is found by it
  TableSet from = 0;          // tables of the values
};

class JoinPlanner {
 public:
  JoinPlanner(std::span<const Relation> tables, std::optional<std::uint64_t> wanted,
              Binding& binding)
      : tables_(tables), wanted_(wanted), binding_(binding), estimates_(binding) {
    for (const Relation& table : tables) row_of_table_.push_back(table.scope.row());
    columns_ = [this](const ExprPtr& value) { return column_of(value); };
  }

  Result<JoinedRows> plan(const JoinBlock& block) {
    Conditions pending = block.conditions;
    std::vector<Unit> left = units(block, pending);
    std::vector<const AttachedBlock*> attached;
    for (const AttachedBlock& each : block.attached) attached.push_back(&each);
    const auto first = first_unit(left);
    if (first == left.end())
      return not_supported("LATERAL table that names tables around its join");
    JoinedRows joined = rows_of(*first);
    left.erase(first);
    while (true) {
      add_filters(take_conditions(pending,
                                  [&](const JoinCondition& condition) {
                                    return condition.pure &&
                                           is_within(condition.tables, joined.tables);
                                  }),
                  joined);
      const auto next = next_unit(left, pending, joined);
      const bool is_connected = next != left.end() && is_equal_to_some(*next, pending, joined);
      const auto outer = std::ranges::find_if(attached, [&](const AttachedBlock* each) {
        return is_within(named_outside(*each), joined.tables);
      });
      if (!is_connected && outer != attached.end()) {
        TRY_STATUS(attach(**outer, joined));
        attached.erase(outer);
      } else if (next != left.end()) {
        TRY_STATUS(join(*next, pending, joined));
        left.erase(next);
      } else {
        break;
      }
    }
    if (!left.empty() || !attached.empty()) {
      return not_supported("LATERAL table that names tables around its join");
    }
    add_filters(std::move(pending), joined);
    return joined;
  }

 private:
  const Relation& relation(const Unit& unit) const { return tables_[unit.number]; }

  std::optional<StoredColumn> column_of(const ExprPtr& value) const {
    const auto row = row_of_access(value);
    const auto table = row ? std::ranges::find(row_of_table_, *row) : row_of_table_.end();
    if (table == row_of_table_.end()) return std::nullopt;
    const auto number = static_cast<std::size_t>(table - row_of_table_.begin());
    return origin_of(*tables_[number].plan, *row, value);
  }
  double share_of(const ExprPtr& condition) {
    return estimates_.share(std::span(&condition, 1), columns_);
  }

  std::vector<Unit> units(const JoinBlock& block, Conditions& pending) {
    std::vector<Unit> units;
    for (std::size_t i = 0; i < tables_.size(); ++i) {
      if ((block.tables & set_of(i)) == 0) continue;
      units.push_back(unit_of(i, take_conditions(pending, [i](const JoinCondition& condition) {
                                return condition.pure && condition.tables == set_of(i);
                              })));
    }
    return units;
  }

  Unit unit_of(std::size_t number, Conditions own) {
    const Relation& table = tables_[number];
    std::vector<Typed> typed;
    for (const JoinCondition& condition : own) typed.push_back(condition.typed);
    Unit unit{.number = number,
              .own = std::move(own),
              .access = restrict_scan(table.plan, typed, table.scope, binding_),
              .needs = needs_of(number)};
    for (const Typed& condition : typed) {
      unit.access = algebra::make_plan(
          algebra::Filter{.input = std::move(unit.access),
                          .predicate = algebra::lambda({table.scope.row()}, condition.expression)});
    }
    unit.rows = estimates_.plan(*unit.access);
    return unit;
  }

  JoinedRows rows_of(const Unit& unit) const {
    const VarId row = relation(unit).scope.row();
    return {.plan = unit.access,
            .row = row,
            .parts = {{row, algebra::variable(row)}},
            .tables = set_of(unit.number),
            .rows = unit.rows};
  }

  void add_filters(Conditions conditions, JoinedRows& joined) {
    for (const JoinCondition& condition : conditions) {
      if (is_never_true(condition)) joined.plan = algebra::make_plan(algebra::Values{});
      if (condition.typed.constant() != nullptr) continue;
      joined.plan = algebra::make_plan(algebra::Filter{
          .input = std::move(joined.plan),
          .predicate = algebra::lambda({joined.row}, joined.over_row(condition.typed.expression))});
      joined.rows = std::max(1.0, joined.rows * share_of(condition.typed.expression));
    }
  }

  static bool is_never_true(const JoinCondition& condition) {
    const value::Value* const known = condition.typed.constant();
    return known != nullptr && *known != value::Value::boolean(true);
  }

  // --- Which one is next ---

  static std::vector<Unit>::iterator first_unit(std::vector<Unit>& units) {
    auto best = units.end();
    for (auto unit = units.begin(); unit != units.end(); ++unit) {
      if (unit->needs == 0 && (best == units.end() || unit->rows < best->rows)) best = unit;
    }
    return best;
  }

  // The one with which there are the fewest rows; products come last.
  std::vector<Unit>::iterator next_unit(std::vector<Unit>& left, const Conditions& pending,
                                        const JoinedRows& joined) {
    auto best = left.end();
    bool best_is_equal = false;
    double best_rows = 0;
    for (auto unit = left.begin(); unit != left.end(); ++unit) {
      if (!is_within(unit->needs, joined.tables)) continue;
      const bool is_equal = is_equal_to_some(*unit, pending, joined);
      const double rows = rows_with(*unit, pending, joined);
      const bool better = is_equal != best_is_equal ? is_equal : rows < best_rows;
      if (best != left.end() && !better) continue;
      best = unit;
      best_is_equal = is_equal;
      best_rows = rows;
    }
    return best;
  }

  static bool becomes_known(const JoinCondition& condition, TableSet added, TableSet joined) {
    return condition.pure && (condition.tables & added) != 0 &&
           is_within(condition.tables, joined | added);
  }

  // The sides of an equality as keys of what is joined and of what comes to it.
  std::optional<EqualKeys> keys_of_sides(const JoinCondition& condition, TableSet added,
                                         TableSet joined) const {
    if (!becomes_known(condition, added, joined)) return std::nullopt;
    auto keys = equal_keys(condition.typed.expression);
    if (!keys) return std::nullopt;
    TableSet left = named(keys->left);
    TableSet right = named(keys->right);
    if ((left & added) != 0) {
      std::swap(left, right);
      std::swap(keys->left, keys->right);
    }
    const bool apart =
        left != 0 && right != 0 && is_within(left, joined) && is_within(right, added);
    return apart ? keys : std::nullopt;
  }
  TableSet named(const ExprPtr& expression) const {
    return tables_named(expression, row_of_table_);
  }

  bool is_equal_to_some(const Unit& unit, const Conditions& pending,
                        const JoinedRows& joined) const {
    return std::ranges::any_of(pending, [&](const JoinCondition& condition) {
      return keys_of_sides(condition, set_of(unit.number), joined.tables).has_value();
    });
  }

  // Tables of others that have to be there before it.
  TableSet named_outside(const AttachedBlock& attached) const {
    const TableSet own = attached.block.all();
    TableSet named = 0;
    for (const JoinCondition& condition : attached.on) named |= condition.tables;
    for (std::size_t i = 0; i < tables_.size(); ++i) {
      if ((own & set_of(i)) != 0) named |= needs_of(i);
    }
    return named & ~own;
  }
  TableSet needs_of(std::size_t table) const {
    TableSet needs = 0;
    for (const ExprPtr& argument : tables_[table].arguments) needs |= named(argument);
    return needs;
  }

  // Rows of both.
  double rows_with(const Unit& unit, const Conditions& pending, const JoinedRows& joined) {
    double share = 1;
    std::vector<EqualKeys> keys;
    std::vector<EqualKeys> implied;
    for (const JoinCondition& condition : pending) {
      if (!becomes_known(condition, set_of(unit.number), joined.tables)) continue;
      if (auto sides = keys_of_sides(condition, set_of(unit.number), joined.tables)) {
        (condition.implied ? implied : keys).push_back(*std::move(sides));
      } else {
        share *= share_of(condition.typed.expression);
      }
    }
    // Those that follow from others count where the others are not known yet.
    for (EqualKeys& sides : implied) {
      const auto is_same = [&](const EqualKeys& other) {
        return algebra::equal(other.right, sides.right);
      };
      if (std::ranges::none_of(keys, is_same)) keys.push_back(std::move(sides));
    }
    return std::max(1.0,
                    joined_rows(joined.rows, unit.rows, values_of(unit, std::move(keys))) * share);
  }

  // Of how many values the keys are: as many as a table has rows where they are a unique key of it.
  JoinKeys values_of(const Unit& unit, std::vector<EqualKeys> keys) {
    JoinKeys values;
    take_unique(unit.number, &EqualKeys::right, keys, values);
    while (!keys.empty()) {
      const TableSet from = named(keys.front().left);
      const bool is_of_one = std::has_single_bit(from);
      const auto number = static_cast<std::size_t>(std::countr_zero(from));
      if (is_of_one && take_unique(number, &EqualKeys::left, keys, values)) continue;
      const double others = is_of_one ? estimates_.plan(*tables_[number].plan) : 1;
      values.values.push_back(values_of(keys.front(), others, table_rows(unit)));
      keys.erase(keys.begin());
    }
    return values;
  }

  // `left` and `right`: rows of the tables that the sides are of. What is known of one side is
  // true of both where nothing is known of the other: equal ones have the same values.
  double values_of(const EqualKeys& keys, double left, double right) {
    const auto left_column = columns_(value_of(keys.left));
    const auto right_column = columns_(value_of(keys.right));
    const auto known = [&](const std::optional<StoredColumn>& column) {
      return column ? estimates_.values(*column) : std::nullopt;
    };
    const auto most = [&](const std::optional<StoredColumn>& column, double rows) {
      const auto bound = column ? estimates_.most_values(*column) : std::nullopt;
      return std::min(values_of_no_key(rows), bound.value_or(rows));
    };
    const auto of_left = known(left_column);
    const auto of_right = known(right_column);
    if (of_left || of_right) return std::max(of_left.value_or(1), of_right.value_or(1));
    return std::max(most(left_column, left), most(right_column, right));
  }

  // Moves the keys that are a unique one of the table on their side, if some are.
  bool take_unique(std::size_t table, ExprPtr EqualKeys::* side, std::vector<EqualKeys>& keys,
                   JoinKeys& values) {
    const Scope& scope = tables_[table].scope;
    const catalog::TableDefinition* const definition = scope.tables().front().definition;
    if (definition == nullptr) return false;
    for (const StoredKey& key : keys_of(*definition, scope)) {
      if (!key.unique || key.parts.size() != key.count) continue;
      const auto part_of = [&](const KeyPart& part) {
        return std::ranges::find_if(keys, [&](const EqualKeys& sides) {
          return algebra::equal(value_of(sides.*side), part.column->typed.expression);
        });
      };
      const auto is_said = [&](const KeyPart& part) { return part_of(part) != keys.end(); };
      if (!std::ranges::all_of(key.parts, is_said)) continue;
      for (const KeyPart& part : key.parts) keys.erase(part_of(part));
      values.values.push_back(estimates_.plan(*tables_[table].plan));
      return true;
    }
    return false;
  }

  // What a key is computed of: texts are compared by another value.
  static const ExprPtr& value_of(const ExprPtr& key) {
    const auto* const call = std::get_if<algebra::Call>(&key->node);
    const bool is_text =
        call != nullptr && call->function == algebra::FunctionId{kFamily, op::kCollationKey};
    return is_text ? call->args.front() : key;
  }

  double table_rows(const Unit& unit) { return estimates_.plan(*relation(unit).plan); }

  // --- How it is joined ---

  Status join(const Unit& unit, Conditions& pending, JoinedRows& joined) {
    const double rows = rows_with(unit, pending, joined);
    Conditions on = take_conditions(pending, [&](const JoinCondition& condition) {
      return becomes_known(condition, set_of(unit.number), joined.tables);
    });
    drop_said_twice(on, unit, joined);
    Conditions all = on;
    all.insert(all.end(), unit.own.begin(), unit.own.end());
    const auto lookup = find_lookup(unit, all, joined);
    if (unit.needs != 0) {
      TRY_STATUS(apply(lateral(unit), unit, false, {}, joined));
      add_filters(std::move(on), joined);
    } else if (lookup && is_better(*lookup, unit, joined)) {
      TRY_STATUS(look_up(*lookup, unit, false, all, joined));
      add_filters(std::move(all), joined);
    } else if (auto by_row = lookup ? std::nullopt : find_by_row(unit, on, joined)) {
      TRY_STATUS(apply(*std::move(by_row), unit, false, {}, joined));
      add_filters(std::move(on), joined);
    } else {
      TRY_STATUS(hash(algebra::JoinKind::inner, rows_of(unit), std::move(on), joined));
    }
    joined.rows = std::max(1.0, rows);
    binding_.estimate_rows(joined.plan, joined.rows);
    return {};
  }

  // What the table is equal to is equal to what follows from others that it is equal to.
  void drop_said_twice(Conditions& on, const Unit& unit, const JoinedRows& joined) const {
    const auto key_of_unit = [&](const JoinCondition& condition) -> ExprPtr {
      auto keys = keys_of_sides(condition, set_of(unit.number), joined.tables);
      return keys ? keys->right : nullptr;
    };
    for (auto condition = on.begin(); condition != on.end();) {
      const ExprPtr key = condition->implied ? key_of_unit(*condition) : nullptr;
      const bool twice = key != nullptr && std::ranges::any_of(on, [&](const JoinCondition& other) {
                           const ExprPtr same =
                               &other == &*condition ? nullptr : key_of_unit(other);
                           return same != nullptr && algebra::equal(same, key);
                         });
      condition = twice ? on.erase(condition) : condition + 1;
    }
  }

  Status attach(const AttachedBlock& attached, JoinedRows& joined) {
    const double before = joined.rows;
    if (std::ranges::any_of(attached.on, is_never_true)) return attach_nothing(attached, joined);
    if (attached.block.attached.empty() && std::has_single_bit(attached.block.tables)) {
      Conditions own = attached.block.conditions;
      const auto number = static_cast<std::size_t>(std::countr_zero(attached.block.tables));
      const Unit unit = unit_of(number, take_conditions(own, [](const JoinCondition& condition) {
                                  return condition.pure && condition.tables != 0;
                                }));
      Conditions on = attached.on;
      on.insert(on.end(), own.begin(), own.end());
      const double matched = rows_with(unit, on, joined);
      Conditions all = on;
      all.insert(all.end(), unit.own.begin(), unit.own.end());
      const auto lookup = find_lookup(unit, all, joined);
      if (unit.needs != 0) {
        TRY_STATUS(apply(lateral(unit), unit, true, on, joined));
      } else if (lookup && is_better(*lookup, unit, joined)) {
        TRY_STATUS(look_up(*lookup, unit, true, all, joined));
      } else if (auto by_row = lookup ? std::nullopt : find_by_row(unit, on, joined)) {
        TRY_STATUS(apply(*std::move(by_row), unit, true, on, joined));
      } else {
        TRY_STATUS(hash(algebra::JoinKind::left, rows_of(unit), std::move(on), joined));
      }
      joined.rows = std::max(before, matched);
      return {};
    }
    JoinPlanner planner(tables_, std::nullopt, binding_);
    TRY(JoinedRows block, planner.plan(attached.block));
    const double rows = std::max(before, block.rows);
    TRY_STATUS(hash(algebra::JoinKind::left, std::move(block), attached.on, joined));
    joined.rows = rows;
    return {};
  }

  // No row has a match.
  Status attach_nothing(const AttachedBlock& attached, JoinedRows& joined) {
    JoinedRows nothing{.plan = algebra::make_plan(algebra::Values{}), .row = binding_.fresh()};
    for (std::size_t i = 0; i < tables_.size(); ++i) {
      if ((attached.block.all() & set_of(i)) == 0) continue;
      nothing.parts.emplace_back(row_of_table_[i], algebra::variable(nothing.row));
      nothing.tables |= set_of(i);
    }
    return hash(algebra::JoinKind::left, std::move(nothing), {}, joined);
  }

  // Rows become pairs of what they were and those of `other`.
  Status hash(algebra::JoinKind kind, JoinedRows other, Conditions on, JoinedRows& joined) {
    algebra::Join node{.kind = kind, .left = joined.plan, .right = other.plan};
    node.hold_left = joined.rows < other.rows;
    std::erase_if(on, [&](const JoinCondition& condition) {
      const auto keys = keys_of_sides(condition, other.tables, joined.tables);
      if (!keys) return false;
      node.keys.push_back({algebra::lambda({joined.row}, joined.over_row(keys->left)),
                           algebra::lambda({other.row}, other.over_row(keys->right))});
      return true;
    });
    add_rows(other, joined);
    TRY(node.condition, condition_of(on, joined));
    joined.plan = algebra::make_plan(std::move(node));
    return {};
  }

  // The rows of a plan for each row.
  Status apply(RowPlan by_row, const Unit& unit, bool keep_unmatched, const Conditions& on,
               JoinedRows& joined) {
    for (ExprPtr& argument : by_row.arguments) argument = joined.over_row(argument);
    algebra::Apply node{.outer = joined.plan,
                        .inner = std::move(by_row.plan),
                        .params = std::move(by_row.params),
                        .arguments = algebra::lambda(
                            {joined.row}, algebra::make_array(std::move(by_row.arguments))),
                        .keep_unmatched = keep_unmatched};
    add_rows(rows_of(unit), joined);
    TRY(node.condition, condition_of(on, joined));
    joined.plan = algebra::make_plan(std::move(node));
    return {};
  }
  RowPlan lateral(const Unit& unit) const {
    return {unit.access, relation(unit).params, relation(unit).arguments};
  }

  // A plan by the first parts of a key, where that is less work than to read the table. Takes what
  // it asks from `on`.
  std::optional<RowPlan> find_by_row(const Unit& unit, Conditions& on, const JoinedRows& joined) {
    std::vector<Typed> asked;
    for (const JoinCondition& condition : unit.own) asked.push_back(condition.typed);
    for (const JoinCondition& condition : on) {
      if (condition.pure) asked.push_back(condition.typed);
    }
    auto by_row = plan_for_row(relation(unit), asked, row_of_table_, joined.tables, binding_);
    if (!by_row || !is_less_work(*by_row, unit, joined)) return std::nullopt;
    std::erase_if(on, &JoinCondition::pure);
    return by_row;
  }
  bool is_less_work(const RowPlan& by_row, const Unit& unit, const JoinedRows& joined) {
    const double outer = rows_looked_for(joined);
    return sql::is_less_work({.outer = outer * kPlanOfRow,
                              .matches = outer * estimates_.read_by(*by_row.plan),
                              .by_index = true},
                             hash_work(unit, joined));
  }

  void add_rows(const JoinedRows& other, JoinedRows& joined) {
    const VarId row = binding_.fresh();
    const auto moved = [&](const JoinedRows& rows, std::string_view name) {
      const ExprPtr side = side_of(row, name);
      VariableValues parts = rows.parts;
      for (auto& [table, access] : parts) {
        access = replace_parts(access, [&](const ExprPtr& part) -> ExprPtr {
          const algebra::Var* const variable = variable_of(part);
          return variable != nullptr && variable->id == rows.row ? side : nullptr;
        });
      }
      return parts;
    };
    VariableValues parts = moved(joined, "left");
    for (auto& part : moved(other, "right")) parts.push_back(std::move(part));
    joined.parts = std::move(parts);
    joined.row = row;
    joined.tables |= other.tables;
  }

  // Null: there are none.
  Result<ExprPtr> condition_of(const Conditions& conditions, const JoinedRows& joined) {
    if (conditions.empty()) return ExprPtr();
    std::vector<Typed> parts;
    for (const JoinCondition& condition : conditions) parts.push_back(condition.typed);
    Typed all = parts.front();
    if (parts.size() > 1) {
      TRY(all, bind_junction(true, std::move(parts), binding_.calls()));
    }
    TRY(ExprPtr condition, as_condition(std::move(all), binding_.calls()));
    return algebra::lambda({joined.row}, joined.over_row(condition));
  }

  // --- Lookups by key ---

  // Fewer rows are looked for than are read otherwise.
  bool is_better(const Lookup& lookup, const Unit& unit, const JoinedRows& joined) {
    const double outer = rows_looked_for(joined);
    const double matches = outer * rows_of_key(lookup, unit, joined);
    return sql::is_less_work(
        {.outer = outer, .matches = matches, .by_index = lookup.key.index.has_value()},
        hash_work(unit, joined));
  }
  double rows_looked_for(const JoinedRows& joined) const {
    return wanted_ ? std::min(joined.rows, static_cast<double>(*wanted_) + 1) : joined.rows;
  }
  double rows_of_key(const Lookup& lookup, const Unit& unit, const JoinedRows& joined) {
    if (lookup.key.unique) return 1;
    std::vector<std::string> columns;
    for (const KeyPart& part : lookup.key.parts) columns.push_back(part.column->original_name);
    const auto values =
        estimates_.values(std::get<algebra::Scan>(relation(unit).plan->node).table, columns);
    if (values) return std::max(1.0, table_rows(unit) / *values);
    // There are as many keys as the table that they come from has rows.
    const bool is_of_one = std::has_single_bit(lookup.from);
    const auto table = static_cast<std::size_t>(std::countr_zero(lookup.from));
    const double keys = is_of_one ? estimates_.plan(*tables_[table].plan) : joined.rows;
    return std::max(1.0, table_rows(unit) / keys);
  }
  HashWork hash_work(const Unit& unit, const JoinedRows& joined) {
    return {.read = estimates_.read_by(*unit.access), .held = std::min(joined.rows, unit.rows)};
  }

  // A unique key, else one of as many parts as there may be.
  std::optional<Lookup> find_lookup(const Unit& unit, const Conditions& on,
                                    const JoinedRows& joined) const {
    const Scope& own = relation(unit).scope;
    const catalog::TableDefinition* const table = own.tables().front().definition;
    const bool is_stored = std::holds_alternative<algebra::Scan>(relation(unit).plan->node);
    if (table == nullptr || !is_stored) return std::nullopt;
    std::optional<Lookup> best;
    for (StoredKey& key : keys_of(*table, own)) {
      Lookup lookup{.key = std::move(key)};
      for (const KeyPart& part : lookup.key.parts) {
        if (!find_value(part, on, joined, lookup)) break;
      }
      if (lookup.values.size() != lookup.key.count || lookup.from == 0) continue;
      const auto rank = [](const Lookup& of) { return std::pair(of.key.unique, of.key.count); };
      if (!best || rank(lookup) > rank(*best)) best = std::move(lookup);
    }
    return best;
  }

  bool find_value(const KeyPart& part, const Conditions& conditions, const JoinedRows& joined,
                  Lookup& lookup) const {
    for (const JoinCondition& condition : conditions) {
      if (!condition.pure) continue;
      ExprPtr value = equal_to(condition.typed.expression, *part.column);
      if (value == nullptr) continue;
      const TableSet from = named(value);
      if (!is_within(from, joined.tables)) continue;
      lookup.values.push_back(std::move(value));
      lookup.from |= from;
      // A key of several parts finds nulls by nulls, which are not equal.
      const bool finds_nulls = lookup.key.count > 1 && part.column->typed.type.nullable;
      if (!finds_nulls) lookup.used.push_back(condition.typed.expression);
      return true;
    }
    return false;
  }

  // Conditions that hold of what is found are taken from `on`, which are part of the join where
  // rows without a match stay.
  Status look_up(const Lookup& lookup, const Unit& unit, bool keep_unmatched, Conditions& on,
                 JoinedRows& joined) {
    algebra::LookupJoin node{.outer = joined.plan,
                             .table = std::get<algebra::Scan>(relation(unit).plan->node).table,
                             .index = lookup.key.index,
                             .keep_unmatched = keep_unmatched};
    TRY(const ExprPtr key, key_of(lookup));
    node.key = algebra::lambda({joined.row}, joined.over_row(key));
    std::erase_if(on, [&](const JoinCondition& condition) {
      return std::ranges::find(lookup.used, condition.typed.expression) != lookup.used.end();
    });
    add_rows(rows_of(unit), joined);
    if (keep_unmatched) {
      TRY(node.condition, condition_of(on, joined));
    }
    joined.plan = algebra::make_plan(std::move(node));
    return {};
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

  std::span<const Relation> tables_;
  std::optional<std::uint64_t> wanted_;
  Binding& binding_;
  RowEstimates estimates_;
  std::vector<VarId> row_of_table_;
  ColumnFinder columns_;  // of the tables' rows
};

}  // namespace

ExprPtr JoinedRows::over_row(const ExprPtr& expression) const {
  return replace_variables(expression, parts);
}

Result<JoinedRows> plan_join(const JoinBlock& block, std::span<const Relation> tables,
                             std::optional<std::uint64_t> wanted, Binding& binding) {
  return JoinPlanner(tables, wanted, binding).plan(block);
}

}  // namespace octavo::sql
