// How MemoryHost runs plans: each node gives all of its rows.

#include <algorithm>
#include <map>
#include <set>

#include "algebra/index_answers.h"
#include "algebra/key_range.h"
#include "dialect/reql/testing/memory_host.h"
#include "value/indexable.h"

namespace octavo::reql {
namespace {

bool answers_areas(const IndexInfo& index) {
  return (index.answers & algebra::index_answers::kAreas) != 0;
}

}  // namespace

Result<Value> MemoryHost::apply(const algebra::ExprPtr& lambda, const Value& row) {
  return evaluate_lambda(lambda, std::span<const Value>(&row, 1), context_);
}

// Null, objects and errors are not in an index.
Result<std::vector<Value>> MemoryHost::index_keys(const IndexInfo& index, const Value& row) {
  const Result<Value> value = apply(index.function, row);
  std::vector<Value> keys;
  if (!value) return keys;
  const auto add = [&keys](const Value& key) {
    if (value::indexable(key)) keys.push_back(key);
  };
  if (index.multi && value->is_array()) {
    for (const Value& element : value->as_array()) add(element);
  } else {
    add(*value);
  }
  return keys;
}

Result<MemoryHost::Rows> MemoryHost::run_scan(const algebra::Scan& scan) {
  const Table* table = find(scan.table);
  if (table == nullptr) return fail(Code::not_found, "The table is gone.");
  // (key, row) in key order, ties in primary key order.
  std::vector<std::pair<Value, Value>> entries;
  const IndexInfo* index = nullptr;
  for (const IndexInfo& other : table->info.indexes) {
    if (scan.index && other.id == *scan.index) index = &other;
  }
  if (scan.index && index == nullptr) return fail(Code::not_found, "The index is gone.");
  for (const auto& [key, row] : table->rows) {
    // Of an index over areas every row may match: what is wanted is checked by the plan.
    if (index == nullptr || answers_areas(*index)) {
      entries.emplace_back(key, row);
      continue;
    }
    TRY(const std::vector<Value> keys, index_keys(*index, row));
    for (const Value& each : keys) entries.emplace_back(each, row);
  }
  std::vector<std::pair<std::pair<Value, std::size_t>, Value>> sorted;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    sorted.emplace_back(std::pair(entries[i].first, i), entries[i].second);
  }
  std::sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) {
    const auto ordering = order(a.first.first, b.first.first);
    return ordering == 0 ? a.first.second < b.first.second : ordering < 0;
  });
  Rows rows;
  if (index != nullptr && answers_areas(*index)) {
    for (const auto& [key, row] : sorted) rows.push_back(row);
  } else if (const auto* range = std::get_if<algebra::KeyRange>(&scan.keys)) {
    for (const auto& [key, row] : sorted) {
      if (algebra::contains(*range, key.first, order)) rows.push_back(row);
    }
  } else {
    for (const Value& wanted : std::get<algebra::KeySet>(scan.keys).keys) {
      for (const auto& [key, row] : sorted) {
        if (same(key.first, wanted)) rows.push_back(row);
      }
    }
  }
  if (scan.order == algebra::Direction::descending) std::reverse(rows.begin(), rows.end());
  return rows;
}

// `needed`: how many rows a limit above lets through.
Result<MemoryHost::Rows> MemoryHost::run_sort(const algebra::Sort& sort,
                                              std::optional<std::uint64_t> needed) {
  TRY(Rows rows, run_plan(sort.input));
  const std::uint64_t held = std::min<std::uint64_t>(rows.size(), needed.value_or(rows.size()));
  if (sort.most && held > sort.most->rows) {
    return fail(Code::resource_exhausted, sort.most->refusal);
  }
  if (sort.ties == algebra::Direction::descending) std::reverse(rows.begin(), rows.end());
  const auto before = [&sort](const std::vector<Value>& a, const std::vector<Value>& b) {
    for (std::size_t i = 0; i < sort.keys.size(); ++i) {
      const auto ordering = value::compare(a[i], b[i], sort.order);
      if (ordering == 0) continue;
      return (ordering < 0) == (sort.keys[i].direction == algebra::Direction::ascending);
    }
    return false;
  };
  std::multimap<std::vector<Value>, Value, decltype(before)> sorted(before);
  for (Value& row : rows) {
    std::vector<Value> keys;
    for (const algebra::SortKey& key : sort.keys) {
      const Result<Value> found = apply(key.key, row);
      if (!found && found.error().code != Code::missing_value) return fail(found.error());
      keys.push_back(found ? *found : Value::min_key());
    }
    sorted.emplace(std::move(keys), std::move(row));
  }
  rows.clear();
  for (auto& [keys, row] : sorted) rows.push_back(std::move(row));
  return rows;
}

Result<MemoryHost::Rows> MemoryHost::run_group(const algebra::Group& group) {
  TRY(const Rows rows, run_plan(group.input));
  struct Accumulated {
    std::uint64_t count = 0;
    double sum = 0;
    std::optional<Value> extreme;
  };
  ASSERT(group.aggregates.size() == 1);
  const algebra::Aggregate& aggregate = group.aggregates.front();
  std::map<Value, Accumulated, DatumLess> groups;
  if (group.keys.empty()) groups[Value::null()];
  for (const Value& row : rows) {
    std::vector<Value> key;
    for (const algebra::ExprPtr& function : group.keys) {
      TRY(Value part, apply(function, row));
      key.push_back(std::move(part));
    }
    const Value name = key.empty()       ? Value::null()
                       : key.size() == 1 ? key.front()
                                         : Value::array(std::move(key));
    if (aggregate.argument == nullptr) {
      ++groups[name].count;
      continue;
    }
    const Result<Value> given = apply(aggregate.argument, row);
    if (!given && given.error().code == Code::missing_value) {
      if (!aggregate.required) groups[name];
      continue;
    }
    TRY(const Value argument, given);
    Accumulated& into = groups[name];
    ++into.count;
    if (argument.is_number()) into.sum += argument.to_double();
    const bool smallest = aggregate.kind == algebra::AggregateKind::minimum;
    if (!into.extreme || (order(argument, *into.extreme) < 0) == smallest) into.extreme = argument;
  }
  Rows results;
  for (const auto& [name, from] : groups) {
    Value reduction;
    switch (aggregate.kind) {
      case algebra::AggregateKind::count:
        reduction = Value::int64(static_cast<std::int64_t>(from.count));
        break;
      case algebra::AggregateKind::sum: reduction = number(from.sum); break;
      case algebra::AggregateKind::average:
        if (from.count > 0) reduction = number(from.sum / static_cast<double>(from.count));
        break;
      case algebra::AggregateKind::minimum:
      case algebra::AggregateKind::maximum: reduction = from.extreme.value_or(Value::null()); break;
      case algebra::AggregateKind::function:
        return fail(Code::unsupported, "ReQL has no aggregates of its own.");
    }
    results.push_back(Value::object({{"group", name}, {"reduction", reduction}}));
  }
  return results;
}

Result<MemoryHost::Rows> MemoryHost::run_join(const algebra::LookupJoin& join) {
  TRY(const Rows outer, run_plan(join.outer));
  Rows results;
  for (const Value& left : outer) {
    TRY(const Value key, apply(join.key, left));
    if (key.is_null()) continue;
    TRY(const Rows matches, run_scan({.table = join.table,
                                      .index = join.index,
                                      .keys = algebra::KeySet{.keys = {key}},
                                      .order = {}}));
    for (const Value& right : matches) {
      results.push_back(Value::object({{"left", left}, {"right", right}}));
    }
  }
  return results;
}

Result<MemoryHost::Rows> MemoryHost::run_plan(const algebra::PlanPtr& plan) {
  Rows out;
  if (const auto* scan = std::get_if<algebra::Scan>(&plan->node)) return run_scan(*scan);
  if (const auto* values = std::get_if<algebra::Values>(&plan->node)) return values->rows;
  const auto* sorted = std::get_if<algebra::Sort>(&plan->node);
  if (sorted != nullptr) return run_sort(*sorted, std::nullopt);
  if (const auto* group = std::get_if<algebra::Group>(&plan->node)) return run_group(*group);
  if (const auto* join = std::get_if<algebra::LookupJoin>(&plan->node)) return run_join(*join);
  if (const auto* filter = std::get_if<algebra::Filter>(&plan->node)) {
    TRY(const Rows rows, run_plan(filter->input));
    for (const Value& row : rows) {
      TRY(const Value keep, apply(filter->predicate, row));
      if (keep.type() == Type::boolean && keep.as_boolean()) out.push_back(row);
    }
  } else if (const auto* map = std::get_if<algebra::Map>(&plan->node)) {
    TRY(const Rows rows, run_plan(map->input));
    for (const Value& row : rows) {
      TRY(Value mapped, apply(map->function, row));
      out.push_back(std::move(mapped));
    }
  } else if (const auto* unwind = std::get_if<algebra::Unwind>(&plan->node)) {
    TRY(const Rows rows, run_plan(unwind->input));
    for (const Value& row : rows) {
      TRY(const Value elements, apply(unwind->function, row));
      out.insert(out.end(), elements.as_array().begin(), elements.as_array().end());
    }
  } else if (const auto* limit = std::get_if<algebra::Limit>(&plan->node)) {
    const auto* sort = std::get_if<algebra::Sort>(&limit->input->node);
    std::optional<std::uint64_t> needed;
    if (limit->count) needed = limit->skip + *limit->count;
    TRY(const Rows rows, sort != nullptr ? run_sort(*sort, needed) : run_plan(limit->input));
    const std::uint64_t begin = std::min<std::uint64_t>(limit->skip, rows.size());
    const std::uint64_t count =
        std::min<std::uint64_t>(limit->count.value_or(rows.size()), rows.size() - begin);
    out.assign(rows.begin() + static_cast<std::ptrdiff_t>(begin),
               rows.begin() + static_cast<std::ptrdiff_t>(begin + count));
  } else if (const auto* distinct = std::get_if<algebra::Distinct>(&plan->node)) {
    TRY(const Rows rows, run_plan(distinct->input));
    std::set<Value, DatumLess> seen;
    for (const Value& row : rows) {
      if (seen.insert(row).second) out.push_back(row);
    }
  } else {
    for (const algebra::PlanPtr& input : std::get<algebra::Union>(plan->node).inputs) {
      TRY(const Rows rows, run_plan(input));
      out.insert(out.end(), rows.begin(), rows.end());
    }
  }
  return out;
}

}  // namespace octavo::reql
