#include "dialect/sql/bind/join_links.h"

#include <algorithm>
#include <bit>
#include <string>

#include "algebra/children.h"
#include "dialect/sql/bind/access.h"
#include "dialect/sql/bind/column_origin.h"
#include "dialect/sql/bind/replace.h"
#include "dialect/sql/function/numbers.h"

namespace octavo::sql {
namespace {

using algebra::ExprPtr;

// What a key is computed of: texts are compared by another value.
const ExprPtr& value_of(const ExprPtr& key) {
  const auto* const call = std::get_if<algebra::Call>(&key->node);
  const bool is_text =
      call != nullptr && call->function == algebra::FunctionId{kFamily, op::kCollationKey};
  return is_text ? call->args.front() : key;
}

// Of several equalities of the table's same part one says it: the others' sides are equal as well.
void erase_same(const ExprPtr& right, std::vector<EqualKeys>& keys) {
  std::erase_if(keys, [&](const EqualKeys& sides) { return algebra::equal(sides.right, right); });
}

// The scan below filters.
const algebra::Plan& below_filters(const algebra::Plan& plan) {
  const algebra::Plan* below = &plan;
  while (const auto* const filter = std::get_if<algebra::Filter>(&below->node)) {
    below = filter->input.get();
  }
  return *below;
}

}  // namespace

JoinLinks::JoinLinks(std::span<const Relation> tables, Binding& binding)
    : tables_(tables), binding_(binding), estimates_(binding) {
  for (const Relation& table : tables) row_of_table_.push_back(table.scope.row());
  columns_ = [this](const ExprPtr& value) { return column_of(value); };
}

std::optional<StoredColumn> JoinLinks::column_of(const ExprPtr& value) const {
  const auto row = row_of_access(value);
  const auto table = row ? std::ranges::find(row_of_table_, *row) : row_of_table_.end();
  if (table == row_of_table_.end()) return std::nullopt;
  const auto number = static_cast<std::size_t>(table - row_of_table_.begin());
  return origin_of(*tables_[number].plan, *row, value);
}

double JoinLinks::share_of(const ExprPtr& condition) {
  return estimates_.share(std::span(&condition, 1), columns_);
}

TableSet JoinLinks::needs_of(std::size_t table) const {
  TableSet needs = 0;
  for (const ExprPtr& argument : tables_[table].arguments) needs |= named(argument);
  return needs;
}

const std::vector<StoredKey>& JoinLinks::keys_of_table(std::size_t table) {
  const auto [known, is_new] = keys_.try_emplace(table);
  const Scope& scope = tables_[table].scope;
  const catalog::TableDefinition* const definition = scope.tables().front().definition;
  if (is_new && definition != nullptr) known->second = keys_of(*definition, scope);
  return known->second;
}

// Whether entries of one key of the index lead to rows that lie beside each other: its columns are
// those that the primary key begins with.
Found JoinLinks::found_by(std::size_t table, std::optional<IndexId> index) const {
  if (!index) return Found::by_key;
  const catalog::TableDefinition* const definition =
      tables_[table].scope.tables().front().definition;
  if (definition == nullptr) return Found::by_index;
  const auto columns = key_columns_of(*definition, index);
  const auto primary = key_columns_of(*definition, std::nullopt);
  const bool begins = !columns.empty() && columns.size() <= primary.size() &&
                      std::ranges::equal(columns, std::span(primary).first(columns.size()));
  return begins ? Found::beside : Found::by_index;
}

Found JoinLinks::found_by(std::size_t table, const algebra::Plan& scan) const {
  std::optional<IndexId> index;
  if (const auto* const node = std::get_if<algebra::Scan>(&scan.node)) index = node->index;
  if (const auto* const node = std::get_if<algebra::ScanBy>(&scan.node)) index = node->index;
  return index ? found_by(table, index) : Found::in_order;
}

JoinUnit JoinLinks::unit_of(std::size_t number, JoinConditions own) {
  const Relation& table = tables_[number];
  std::vector<Typed> typed;
  for (const JoinCondition& condition : own) typed.push_back(condition.typed);
  JoinUnit unit{.number = number,
                .own = std::move(own),
                .access = restrict_scan(table.plan, typed, table.scope, binding_),
                .needs = needs_of(number)};
  for (const Typed& condition : typed) {
    unit.access = algebra::make_plan(
        algebra::Filter{.input = std::move(unit.access),
                        .predicate = algebra::lambda({table.scope.row()}, condition.expression)});
  }
  unit.rows = estimates_.plan(*unit.access);
  const algebra::Plan& read = below_filters(*unit.access);
  unit.cost = cost_of_reading(estimates_.plan(read), found_by(number, read));
  return unit;
}

// --- What conditions say ---

bool JoinLinks::becomes_known(const JoinCondition& condition, TableSet added, TableSet joined) {
  return condition.pure && (condition.tables & added) != 0 &&
         is_within(condition.tables, joined | added);
}

std::optional<EqualKeys> JoinLinks::keys_of_sides(const JoinCondition& condition, TableSet added,
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
  const bool apart = left != 0 && right != 0 && is_within(left, joined) && is_within(right, added);
  return apart ? keys : std::nullopt;
}

void JoinLinks::drop_said_twice(JoinConditions& on, TableSet added, TableSet joined) const {
  const auto key_of_unit = [&](const JoinCondition& condition) -> ExprPtr {
    auto keys = keys_of_sides(condition, added, joined);
    return keys ? keys->right : nullptr;
  };
  for (auto condition = on.begin(); condition != on.end();) {
    const ExprPtr key = condition->implied ? key_of_unit(*condition) : nullptr;
    const bool twice = key != nullptr && std::ranges::any_of(on, [&](const JoinCondition& other) {
                         const ExprPtr same = &other == &*condition ? nullptr : key_of_unit(other);
                         return same != nullptr && algebra::equal(same, key);
                       });
    condition = twice ? on.erase(condition) : condition + 1;
  }
}

const JoinLink& JoinLinks::link(const JoinUnit& unit, const JoinConditions& conditions,
                                TableSet joined) {
  const TableSet added = set_of(unit.number);
  TableSet beside = 0;
  for (const JoinCondition& condition : conditions) {
    if (becomes_known(condition, added, joined)) beside |= condition.tables;
  }
  beside &= joined;
  const auto [known, is_new] = links_.try_emplace({unit.number, beside});
  if (is_new) known->second = make_link(unit, conditions, beside);
  return known->second;
}

JoinLink JoinLinks::make_link(const JoinUnit& unit, const JoinConditions& conditions,
                              TableSet joined) {
  const TableSet added = set_of(unit.number);
  JoinConditions on;
  for (const JoinCondition& condition : conditions) {
    if (becomes_known(condition, added, joined)) on.push_back(condition);
  }
  drop_said_twice(on, added, joined);
  JoinLink link{.table_rows = table_rows(unit.number)};
  std::vector<EqualKeys> keys;
  for (const JoinCondition& condition : on) {
    if (auto sides = keys_of_sides(condition, added, joined)) {
      keys.push_back(*std::move(sides));
    } else {
      link.share *= share_of(condition.typed.expression);
    }
  }
  link.is_equal = !keys.empty();
  link.keys = values_of(unit, std::move(keys));
  if (unit.needs != 0) return link;
  JoinConditions all = on;
  all.insert(all.end(), unit.own.begin(), unit.own.end());
  if (const auto lookup = find_lookup(unit, all, joined)) {
    link.has_lookup = true;
    link.found = found_by(unit.number, lookup->key.index);
    link.matches = rows_of_key(*lookup, unit);
  } else if ((link.by_row = find_by_row(unit, on, joined))) {
    link.found = found_by(unit.number, below_filters(*link.by_row->plan));
    link.read_by_row = estimates_.read_by(*link.by_row->plan);
  }
  return link;
}

JoinWay JoinLinks::way_of(const JoinUnit& unit, const JoinLink& link, const Outer& outer) {
  JoinWay way{.rows = std::max(1.0, joined_rows(outer.rows, unit.rows, link.keys) * link.share)};
  if (unit.needs != 0) {
    way.kind = JoinWay::Kind::lateral;
    way.cost = outer.looks * unit.cost +
               cost_of(LookupWork{.outer = outer.looks, .matches = 0, .by_plan = true});
    return way;
  }
  way.cost =
      unit.cost + cost_of(HashWork{.left = outer.rows, .right = unit.rows, .made = way.rows});
  const auto offer = [&](JoinWay::Kind kind, const LookupWork& work) {
    const double cost = cost_of(work);
    if (cost > way.cost) return;
    way.cost = cost;
    way.kind = kind;
  };
  if (link.has_lookup) {
    const double matches = link.matches.value_or(std::max(1.0, link.table_rows / outer.rows));
    offer(JoinWay::Kind::lookup,
          {.outer = outer.looks, .matches = outer.looks * matches, .found = link.found});
  } else if (link.by_row) {
    offer(JoinWay::Kind::by_row, {.outer = outer.looks,
                                  .matches = outer.looks * link.read_by_row,
                                  .found = link.found,
                                  .by_plan = true});
  }
  return way;
}

// Of how many values the keys are: as many as a table has rows where they are a unique key of it.
JoinKeys JoinLinks::values_of(const JoinUnit& unit, std::vector<EqualKeys> keys) {
  JoinKeys values;
  take_unique(unit.number, &EqualKeys::right, keys, values);
  while (!keys.empty()) {
    const TableSet from = named(keys.front().left);
    const bool is_of_one = std::has_single_bit(from);
    const auto number = static_cast<std::size_t>(std::countr_zero(from));
    if (is_of_one && take_unique(number, &EqualKeys::left, keys, values)) continue;
    const double others = is_of_one ? table_rows(number) : 1;
    values.values.push_back(values_of(keys.front(), others, table_rows(unit.number)));
    erase_same(ExprPtr(keys.front().right), keys);
  }
  return values;
}

// `left` and `right`: rows of the tables that the sides are of. What is known of one side is
// true of both where nothing is known of the other: equal ones have the same values.
double JoinLinks::values_of(const EqualKeys& keys, double left, double right) {
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
bool JoinLinks::take_unique(std::size_t table, ExprPtr EqualKeys::* side,
                            std::vector<EqualKeys>& keys, JoinKeys& values) {
  for (const StoredKey& key : keys_of_table(table)) {
    if (!key.unique || key.parts.size() != key.count) continue;
    const auto part_of = [&](const KeyPart& part) {
      return std::ranges::find_if(keys, [&](const EqualKeys& sides) {
        return algebra::equal(value_of(sides.*side), part.column->typed.expression);
      });
    };
    const auto is_said = [&](const KeyPart& part) { return part_of(part) != keys.end(); };
    if (!std::ranges::all_of(key.parts, is_said)) continue;
    // Two parts may be equal to one of the other side: all are found before any is erased.
    std::vector<ExprPtr> said;
    for (const KeyPart& part : key.parts) said.push_back(part_of(part)->right);
    for (const ExprPtr& right : said) erase_same(right, keys);
    values.values.push_back(table_rows(table));
    return true;
  }
  return false;
}

// --- Keys by which rows are found ---

std::optional<double> JoinLinks::rows_of_key(const KeyLookup& lookup, const JoinUnit& unit) {
  if (lookup.key.unique) return 1;
  std::vector<std::string> columns;
  for (const KeyPart& part : lookup.key.parts) columns.push_back(part.column->original_name);
  const auto values =
      estimates_.values(std::get<algebra::Scan>(relation(unit).plan->node).table, columns);
  if (values) return std::max(1.0, table_rows(unit.number) / *values);
  // There are as many keys as the table that they come from has rows.
  if (!std::has_single_bit(lookup.from)) return std::nullopt;
  const auto table = static_cast<std::size_t>(std::countr_zero(lookup.from));
  return std::max(1.0, table_rows(unit.number) / table_rows(table));
}

std::optional<KeyLookup> JoinLinks::find_lookup(const JoinUnit& unit, const JoinConditions& on,
                                                TableSet joined) {
  const bool is_stored = std::holds_alternative<algebra::Scan>(relation(unit).plan->node);
  if (!is_stored) return std::nullopt;
  std::optional<KeyLookup> best;
  for (const StoredKey& key : keys_of_table(unit.number)) {
    KeyLookup lookup{.key = key};
    for (const KeyPart& part : key.parts) {
      if (!find_value(part, on, joined, lookup)) break;
    }
    if (lookup.values.size() != key.count || lookup.from == 0) continue;
    const auto rank = [](const KeyLookup& of) { return std::pair(of.key.unique, of.key.count); };
    if (!best || rank(lookup) > rank(*best)) best = std::move(lookup);
  }
  return best;
}

bool JoinLinks::find_value(const KeyPart& part, const JoinConditions& conditions, TableSet joined,
                           KeyLookup& lookup) const {
  for (const JoinCondition& condition : conditions) {
    if (!condition.pure) continue;
    ExprPtr value = equal_to(condition.typed.expression, *part.column);
    if (value == nullptr) continue;
    const TableSet from = named(value);
    if (!is_within(from, joined)) continue;
    lookup.values.push_back(std::move(value));
    lookup.from |= from;
    // A key of several parts finds nulls by nulls, which are not equal.
    const bool finds_nulls = lookup.key.count > 1 && part.column->typed.type.nullable;
    if (!finds_nulls) lookup.used.push_back(condition.typed.expression);
    return true;
  }
  return false;
}

std::optional<RowPlan> JoinLinks::find_by_row(const JoinUnit& unit, const JoinConditions& on,
                                              TableSet joined) {
  std::vector<Typed> asked;
  for (const JoinCondition& condition : unit.own) asked.push_back(condition.typed);
  for (const JoinCondition& condition : on) {
    if (condition.pure) asked.push_back(condition.typed);
  }
  return plan_for_row(relation(unit), asked, row_of_table_, joined, binding_);
}

}  // namespace octavo::sql
