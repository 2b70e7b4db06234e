#include "dialect/sql/bind/said_by_index.h"

#include <algorithm>
#include <optional>

#include "dialect/sql/bind/access.h"
#include "dialect/sql/bind/comparison.h"
#include "dialect/sql/bind/parameter_variable.h"
#include "dialect/sql/bind/stored_index.h"
#include "dialect/sql/function/fold.h"
#include "dialect/sql/function/operators.h"

namespace octavo::sql {
namespace {

using algebra::PlanPtr;
using catalog::TableDefinition;
using value::Value;

bool is_integer(const Value& value) {
  return value.type() == value::Type::int64 || value.type() == value::Type::uint64;
}

// The one part of an index's key; nothing: it has several, or is over something else.
std::optional<KeyPart> only_part(const TableDefinition& table, IndexId index, const Scope& scope) {
  for (const StoredKey& key : keys_of(table, scope)) {
    if (key.index == index && key.count == 1) return key.parts.front();
  }
  return std::nullopt;
}

// Whether the rows that a scan reads by the part are those of which the term is true. Of texts the
// key is what they are compared by.
bool is_said(const PlanPtr& plan, const KeyPart& part, const ColumnTerm& term,
             const Binding& binding) {
  const auto* const variable = std::get_if<algebra::Var>(&term.value->node);
  const bool is_known = variable != nullptr
                            ? is_parameter_variable(variable->id)
                            : std::holds_alternative<algebra::Const>(term.value->node);
  const Type& type = part.column->typed.type;
  if (!is_known || term.column != part.column || term.relates != Relates::equal) return false;
  if (part.by_comparison ? !type.is_text() : !type.is_integer()) return false;
  algebra::ExprPtr key = term.value;
  if (part.by_comparison) {
    auto made = comparison_key({term.value, type}, binding.calls());
    if (!made) return false;
    key = fold(*made, binding.calls());
  }
  if (const auto* const by = std::get_if<algebra::ScanBy>(&plan->node)) {
    return by->keys.size() == 1 && algebra::equal(by->keys.front(), key);
  }
  const auto* const set = std::get_if<algebra::KeySet>(&std::get<algebra::Scan>(plan->node).keys);
  const auto* const constant = std::get_if<algebra::Const>(&key->node);
  return set != nullptr && set->keys.size() == 1 && constant != nullptr &&
         (part.by_comparison || is_integer(constant->value)) &&
         set->keys.front() == constant->value;
}

}  // namespace

std::vector<bool> said_by_any_key(const PlanPtr& plan, std::span<const Typed> conditions,
                                  const Scope& scope, const Binding& binding) {
  const auto* const scan = std::get_if<algebra::Scan>(&plan->node);
  const auto* const by = std::get_if<algebra::ScanBy>(&plan->node);
  const auto index = scan != nullptr ? scan->index : by != nullptr ? by->index : std::nullopt;
  if (!index) return said_by_keys(plan, conditions, scope);
  std::vector<bool> said(conditions.size(), false);
  const TableDefinition* const table = table_of(scan != nullptr ? scan->table : by->table, scope);
  // Rows of a declared table have what its columns say, and nothing else.
  if (table == nullptr || !table->declared()) return said;
  const auto part = only_part(*table, *index, scope);
  if (!part) return said;
  for (std::size_t i = 0; i < conditions.size(); ++i) {
    const auto terms = whole_terms_of(conditions[i].expression, scope);
    said[i] = terms && std::ranges::all_of(*terms, [&](const ColumnTerm& term) {
                return is_said(plan, *part, term, binding);
              });
  }
  return said;
}

}  // namespace octavo::sql
