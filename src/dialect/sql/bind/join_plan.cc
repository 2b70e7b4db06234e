#include "dialect/sql/bind/join_plan.h"

#include <algorithm>
#include <bit>
#include <string_view>

#include "dialect/sql/bind/join_links.h"
#include "dialect/sql/bind/join_order.h"
#include "dialect/sql/bind/replace.h"
#include "dialect/sql/error/error.h"
#include "dialect/sql/function/operators.h"

namespace octavo::sql {
namespace {

using algebra::ExprPtr;
using algebra::PlanPtr;
using algebra::VarId;
using Conditions = JoinConditions;
using Unit = JoinUnit;

class JoinPlanner {
 public:
  JoinPlanner(std::span<const Relation> tables, std::optional<std::uint64_t> wanted,
              Binding& binding)
      : tables_(tables), wanted_(wanted), binding_(binding), links_(tables, binding) {}

  Result<JoinedRows> plan(const JoinBlock& block) {
    Conditions pending = block.conditions;
    std::vector<Unit> units = units_of(block, pending);
    std::vector<const AttachedBlock*> attached;
    for (const AttachedBlock& each : block.attached) attached.push_back(&each);
    const auto order = order_of(units, pending, wanted_, links_);
    if (!order) return not_supported("LATERAL table that names tables around its join");
    JoinedRows joined = rows_of(units[order->front()]);
    auto next = order->begin() + 1;
    while (true) {
      add_filters(take_conditions(pending,
                                  [&](const JoinCondition& condition) {
                                    return condition.pure &&
                                           is_within(condition.tables, joined.tables);
                                  }),
                  joined);
      const bool is_ready = next != order->end() && is_within(units[*next].needs, joined.tables);
      const bool is_connected =
          is_ready && links_.link(units[*next], pending, joined.tables).is_equal;
      const auto outer = std::ranges::find_if(attached, [&](const AttachedBlock* each) {
        return is_within(named_outside(*each), joined.tables);
      });
      if (!is_connected && outer != attached.end()) {
        TRY_STATUS(attach(**outer, joined));
        attached.erase(outer);
      } else if (is_ready) {
        TRY_STATUS(join(units[*next], pending, joined));
        ++next;
      } else {
        break;
      }
    }
    if (next != order->end() || !attached.empty()) {
      return not_supported("LATERAL table that names tables around its join");
    }
    add_filters(std::move(pending), joined);
    return joined;
  }

 private:
  std::vector<Unit> units_of(const JoinBlock& block, Conditions& pending) {
    std::vector<Unit> units;
    for (std::size_t i = 0; i < tables_.size(); ++i) {
      if ((block.tables & set_of(i)) == 0) continue;
      units.push_back(
          links_.unit_of(i, take_conditions(pending, [i](const JoinCondition& condition) {
                           return condition.pure && condition.tables == set_of(i);
                         })));
    }
    return units;
  }

  JoinedRows rows_of(const Unit& unit) const {
    const VarId row = links_.relation(unit).scope.row();
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
      joined.rows = std::max(1.0, joined.rows * links_.share_of(condition.typed.expression));
    }
  }

  static bool is_never_true(const JoinCondition& condition) {
    const value::Value* const known = condition.typed.constant();
    return known != nullptr && *known != value::Value::boolean(true);
  }

  // Tables of others that have to be there before it.
  TableSet named_outside(const AttachedBlock& attached) const {
    const TableSet own = attached.block.all();
    TableSet named = 0;
    for (const JoinCondition& condition : attached.on) named |= condition.tables;
    for (std::size_t i = 0; i < tables_.size(); ++i) {
      if ((own & set_of(i)) != 0) named |= links_.needs_of(i);
    }
    return named & ~own;
  }

  // --- How it is joined ---

  Status join(const Unit& unit, Conditions& pending, JoinedRows& joined) {
    const TableSet added = set_of(unit.number);
    const JoinLink& link = links_.link(unit, pending, joined.tables);
    const JoinWay way = way_of(unit, link, joined);
    Conditions on = take_conditions(pending, [&](const JoinCondition& condition) {
      return JoinLinks::becomes_known(condition, added, joined.tables);
    });
    links_.drop_said_twice(on, added, joined.tables);
    TRY_STATUS(join_by(way, link, unit, false, on, joined));
    add_filters(std::move(on), joined);
    joined.rows = way.rows;
    binding_.estimate_rows(joined.plan, joined.rows);
    return {};
  }

  // Takes the conditions from `on` that hold of all pairs then.
  Status join_by(const JoinWay& way, const JoinLink& link, const Unit& unit, bool keep_unmatched,
                 Conditions& on, JoinedRows& joined) {
    Conditions all = on;
    all.insert(all.end(), unit.own.begin(), unit.own.end());
    const Conditions asked = keep_unmatched ? on : Conditions();
    switch (way.kind) {
      case JoinWay::Kind::lateral: return apply(lateral(unit), unit, keep_unmatched, asked, joined);
      case JoinWay::Kind::lookup:
        TRY_STATUS(look_up(*links_.find_lookup(unit, all, joined.tables), unit, keep_unmatched, all,
                           joined));
        on = std::move(all);
        return {};
      case JoinWay::Kind::by_row: {
        std::erase_if(on, &JoinCondition::pure);
        const Conditions rest = keep_unmatched ? on : Conditions();
        return apply(*link.by_row, unit, keep_unmatched, rest, joined);
      }
      case JoinWay::Kind::hash: break;
    }
    return hash(keep_unmatched ? algebra::JoinKind::left : algebra::JoinKind::inner, rows_of(unit),
                std::exchange(on, {}), joined);
  }

  JoinWay way_of(const Unit& unit, const JoinLink& link, const JoinedRows& joined) const {
    return JoinLinks::way_of(unit, link,
                             {.rows = joined.rows, .looks = rows_looked_for(joined.rows, wanted_)});
  }

  Status attach(const AttachedBlock& attached, JoinedRows& joined) {
    const double before = joined.rows;
    if (std::ranges::any_of(attached.on, is_never_true)) return attach_nothing(attached, joined);
    if (attached.block.attached.empty() && std::has_single_bit(attached.block.tables)) {
      Conditions own = attached.block.conditions;
      const auto number = static_cast<std::size_t>(std::countr_zero(attached.block.tables));
      const Unit unit =
          links_.unit_of(number, take_conditions(own, [](const JoinCondition& condition) {
                           return condition.pure && condition.tables != 0;
                         }));
      Conditions on = attached.on;
      on.insert(on.end(), own.begin(), own.end());
      const JoinLink link = links_.make_link(unit, on, joined.tables);
      const JoinWay way = way_of(unit, link, joined);
      TRY_STATUS(join_by(way, link, unit, true, on, joined));
      joined.rows = std::max(before, way.rows);
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
      nothing.parts.emplace_back(links_.rows()[i], algebra::variable(nothing.row));
      nothing.tables |= set_of(i);
    }
    return hash(algebra::JoinKind::left, std::move(nothing), {}, joined);
  }

  // Rows become pairs of what they were and those of `other`.
  Status hash(algebra::JoinKind kind, JoinedRows other, Conditions on, JoinedRows& joined) {
    algebra::Join node{.kind = kind, .left = joined.plan, .right = other.plan};
    node.hold_left = joined.rows < other.rows;
    std::erase_if(on, [&](const JoinCondition& condition) {
      const auto keys = links_.keys_of_sides(condition, other.tables, joined.tables);
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
    const Relation& table = links_.relation(unit);
    return {unit.access, table.params, table.arguments};
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

  // Conditions that hold of what is found are taken from `on`, which are part of the join where
  // rows without a match stay.
  Status look_up(const KeyLookup& lookup, const Unit& unit, bool keep_unmatched, Conditions& on,
                 JoinedRows& joined) {
    algebra::LookupJoin node{
        .outer = joined.plan,
        .table = std::get<algebra::Scan>(links_.relation(unit).plan->node).table,
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

  Result<ExprPtr> key_of(const KeyLookup& lookup) const {
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
  JoinLinks links_;
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
