#include "dialect/sql/bind/access.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "algebra/children.h"
#include "dialect/sql/bind/access_terms.h"
#include "dialect/sql/bind/comparison.h"
#include "dialect/sql/bind/parameter_variable.h"
#include "dialect/sql/bind/stored_index.h"
#include "dialect/sql/function/operators.h"

namespace octavo::sql {
namespace {

using algebra::PlanPtr;
using catalog::TableDefinition;
using value::Value;

// What is known of one part of a key: some values, of which it is one, or a range of them.
struct PartBounds {
  std::vector<Value> values;  // each once
  algebra::Bound lower, upper;

  bool empty() const { return values.empty() && !lower.value && !upper.value; }
};

void add_value(Value value, std::vector<Value>& values) {
  if (std::ranges::find(values, value) == values.end()) values.push_back(std::move(value));
}

// The greater of two lower bounds, the less of two upper ones.
void tighten(algebra::Bound& bound, Value value, bool inclusive, bool is_lower) {
  if (bound.value) {
    const auto order = value::compare(value, *bound.value);
    if (order == 0) {
      bound.inclusive = bound.inclusive && inclusive;
      return;
    }
    if ((order > 0) != is_lower) return;
  }
  bound = {.value = std::move(value), .inclusive = inclusive};
}

class KeyBounds {
 public:
  KeyBounds(std::span<const ColumnBound> bounds, const CallContext& calls)
      : bounds_(bounds), calls_(calls) {}

  PartBounds of(const KeyPart& part) const {
    PartBounds known;
    for (const ColumnBound& bound : bounds_) {
      if (bound.column == part.column) add(bound, part, known);
    }
    return known;
  }

 private:
  void add(const ColumnBound& bound, const KeyPart& part, PartBounds& known) const {
    if (bound.are_keys && !part.by_comparison) return;
    std::vector<Value> values;
    for (const Value& value : bound.values) {
      auto key = bound.are_keys ? Result<Value>(value) : part.key_of(value, calls_);
      if (!key) return;
      add_value(*std::move(key), values);
    }
    using enum Relates;
    switch (bound.relates) {
      case equal:
        // Of two such conditions one is enough.
        if (known.values.empty() || values.size() < known.values.size()) {
          known.values = std::move(values);
        }
        return;
      case less: return tighten(known.upper, std::move(values.front()), false, false);
      case less_or_equal: return tighten(known.upper, std::move(values.front()), true, false);
      case greater: return tighten(known.lower, std::move(values.front()), false, true);
      case greater_or_equal: return tighten(known.lower, std::move(values.front()), true, true);
    }
  }

  std::span<const ColumnBound> bounds_;
  const CallContext& calls_;
};

// Keys to read, and how good that is.
struct Access : AccessRank {
  std::optional<IndexId> index;
  std::variant<algebra::KeyRange, algebra::KeySet> keys;
};

constexpr std::size_t kMostKeys = 1000;

// Keys of several parts are arrays: all that begin with `first`, whose next part has these bounds.
algebra::KeyRange range_within(const std::vector<Value>& first, const PartBounds& next,
                               std::size_t parts) {
  const auto end = [&](const algebra::Bound& bound, bool is_lower) -> algebra::Bound {
    std::vector<Value> key = first;
    if (!bound.value) {
      if (key.empty()) return {};
      // Behind all keys that begin so, or before them.
      if (!is_lower) key.push_back(Value::max_key());
      return {.value = Value::array(std::move(key)), .inclusive = true};
    }
    key.push_back(*bound.value);
    const bool past_equal = is_lower != bound.inclusive;
    if (past_equal && key.size() < parts) key.push_back(Value::max_key());
    return {.value = Value::array(std::move(key)), .inclusive = bound.inclusive};
  };
  return {.lower = end(next.lower, true), .upper = end(next.upper, false)};
}

std::optional<Access> access_by(const StoredKey& key, const KeyBounds& bounds) {
  Access access;
  access.index = key.index;
  if (key.count == 1) {
    PartBounds known = bounds.of(key.parts.front());
    if (known.empty()) return std::nullopt;
    access.parts = 1;
    access.equal = !known.values.empty();
    access.one_row = key.unique && known.values.size() == 1;
    if (access.equal) {
      access.keys = algebra::KeySet{.keys = std::move(known.values)};
    } else {
      access.keys = algebra::KeyRange{.lower = known.lower, .upper = known.upper};
    }
    return access;
  }
  std::vector<Value> first;
  PartBounds next;
  for (const KeyPart& part : key.parts) {
    next = bounds.of(part);
    if (next.values.size() != 1) break;
    first.push_back(std::move(next.values.front()));
    next = {};
  }
  access.parts = first.size();
  access.equal = !first.empty();
  if (first.size() == key.count) {
    access.one_row = key.unique;
    access.keys = algebra::KeySet{.keys = {Value::array(std::move(first))}};
    return access;
  }
  if (key.misses_nulls) return std::nullopt;
  if (first.empty() && !next.lower.value && !next.upper.value) return std::nullopt;
  access.keys = range_within(first, next, key.count);
  return access;
}

bool is_better(const Access& access, const std::optional<Access>& best) {
  if (const auto* set = std::get_if<algebra::KeySet>(&access.keys)) {
    if (set->keys.size() > kMostKeys) return false;
  }
  return !best || access.rank() < best->rank();
}

// Whether nothing was said yet of which keys to read.
bool reads_all(const algebra::Scan& scan) {
  const auto* const range = std::get_if<algebra::KeyRange>(&scan.keys);
  return range != nullptr && !range->lower.value && !range->upper.value && !scan.index;
}

}  // namespace

const TableDefinition* table_of(TableId scanned, const Scope& scope) {
  if (scope.tables().size() != 1) return nullptr;
  const TableDefinition* const table = scope.tables().front().definition;
  return table != nullptr && table->id == scanned ? table : nullptr;
}

namespace {

bool is_integer(const Value& value) {
  return value.type() == value::Type::int64 || value.type() == value::Type::uint64;
}

// Whether all keys that a scan reads relate so to the value.
bool keys_relate(const algebra::Scan& scan, Relates relates, const Value& value) {
  if (const auto* const set = std::get_if<algebra::KeySet>(&scan.keys)) {
    return relates == Relates::equal && set->keys.size() == 1 && set->keys.front() == value;
  }
  const auto& range = std::get<algebra::KeyRange>(scan.keys);
  const auto within = [&](const algebra::Bound& bound, bool inclusive, bool is_lower) {
    if (!bound.value || !is_integer(*bound.value)) return false;
    const auto order = value::compare(*bound.value, value);
    if (order == 0) return inclusive || !bound.inclusive;
    return (order > 0) == is_lower;
  };
  switch (relates) {
    case Relates::equal: return false;
    case Relates::less: return within(range.upper, false, false);
    case Relates::less_or_equal: return within(range.upper, true, false);
    case Relates::greater: return within(range.lower, false, true);
    case Relates::greater_or_equal: return within(range.lower, true, true);
  }
  return false;
}

// The same of keys that are known once the statement runs: integers that are its parameters.
bool keys_relate(const algebra::ScanBy& by, Relates relates, const algebra::ExprPtr& value) {
  const auto* const variable = std::get_if<algebra::Var>(&value->node);
  const auto* const constant = std::get_if<algebra::Const>(&value->node);
  const bool is_known = variable != nullptr ? is_parameter_variable(variable->id)
                                            : constant != nullptr && is_integer(constant->value);
  if (!is_known) return false;
  const auto ends_at = [&](const algebra::ScanBy::End& end, bool inclusive) {
    return end.value != nullptr && algebra::equal(end.value, value) &&
           (inclusive || !end.inclusive);
  };
  switch (relates) {
    case Relates::equal: return by.keys.size() == 1 && algebra::equal(by.keys.front(), value);
    case Relates::less: return ends_at(by.upper, false);
    case Relates::less_or_equal: return ends_at(by.upper, true);
    case Relates::greater: return ends_at(by.lower, false);
    case Relates::greater_or_equal: return ends_at(by.lower, true);
  }
  return false;
}

}  // namespace

PlanPtr restrict_scan(PlanPtr plan, std::span<const Typed> conditions, const Scope& scope,
                      const Binding& binding) {
  const CallContext& calls = binding.calls();
  const auto* const scan = std::get_if<algebra::Scan>(&plan->node);
  if (scan == nullptr || !reads_all(*scan)) return plan;
  const TableDefinition* const table = table_of(scan->table, scope);
  if (table == nullptr) return plan;
  std::vector<ColumnBound> bounds;
  for (const Typed& condition : conditions) {
    std::ranges::move(bounds_of(condition.expression, scope), std::back_inserter(bounds));
  }
  const std::vector<StoredKey> keys = keys_of(*table, scope);
  const KeyBounds known(bounds, calls);
  std::optional<Access> best;
  for (const StoredKey& key : keys) {
    auto access = access_by(key, known);
    if (access && is_better(*access, best)) best = std::move(access);
  }
  const auto computed = access_by_terms(conditions, keys, scope, binding);
  // Parameters that are variables say of a key what they would as constants, beside those.
  const bool is_as_good = computed && best && !(best->rank() < computed->rank());
  const bool wins_ties = binding.context().reuse != nullptr;
  if (computed && (!best || computed->rank() < best->rank() || (wins_ties && is_as_good))) {
    algebra::ScanBy by = computed->scan;
    by.table = scan->table;
    return algebra::make_plan(std::move(by));
  }
  if (!best) return plan;
  return algebra::make_plan(
      algebra::Scan{.table = scan->table, .index = best->index, .keys = std::move(best->keys)});
}

std::vector<bool> said_by_keys(const PlanPtr& plan, std::span<const Typed> conditions,
                               const Scope& scope) {
  std::vector<bool> said(conditions.size(), false);
  const auto* const scan = std::get_if<algebra::Scan>(&plan->node);
  const auto* const by = std::get_if<algebra::ScanBy>(&plan->node);
  const TableDefinition* table = nullptr;
  if (scan != nullptr && !scan->index) table = table_of(scan->table, scope);
  if (by != nullptr && !by->index) table = table_of(by->table, scope);
  if (table == nullptr || table->key_columns.size() > 1) return said;
  // Integers are compared as keys are, and no row of a declared table has anything else.
  const auto is_key = [&](const ColumnTerm& term) {
    const Type& type = term.column->typed.type;
    return term.column->original_name == table->primary_key && table->declared() &&
           table->find_column(table->primary_key) != nullptr && type.is_integer();
  };
  for (std::size_t i = 0; i < conditions.size(); ++i) {
    const auto terms = whole_terms_of(conditions[i].expression, scope);
    said[i] = terms && std::ranges::all_of(*terms, [&](const ColumnTerm& term) {
                if (!is_key(term)) return false;
                if (by != nullptr) return keys_relate(*by, term.relates, term.value);
                const auto* const constant = std::get_if<algebra::Const>(&term.value->node);
                return constant != nullptr && is_integer(constant->value) &&
                       keys_relate(*scan, term.relates, constant->value);
              });
  }
  return said;
}

}  // namespace octavo::sql
