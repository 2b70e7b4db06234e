#include "exec/testing/tables.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "algebra/children.h"
#include "base/assert.h"
#include "function/family.h"
#include "value/notation.h"

namespace octavo::exec::testing_support {
namespace {

// The tables that a plan reads, each with those of its indexes that are used.
using Used = std::map<TableId, std::set<IndexId>>;

void add_used(const algebra::Plan& plan, Used& out) {
  const auto add = [&out](const auto& node) {
    std::set<IndexId>& indexes = out[node.table];
    if (node.index) indexes.insert(*node.index);
  };
  if (const auto* scan = std::get_if<algebra::Scan>(&plan.node)) add(*scan);
  if (const auto* scan = std::get_if<algebra::ScanBy>(&plan.node)) add(*scan);
  if (const auto* join = std::get_if<algebra::LookupJoin>(&plan.node)) add(*join);
  algebra::for_each_input(plan, [&out](const algebra::PlanPtr& input) { add_used(*input, out); });
}

}  // namespace

const Table& table_of(const Tables& tables, TableId id) {
  const auto found = std::ranges::find(tables, id, &Table::id);
  ASSERT(found != tables.end());
  return *found;
}

std::string print(const std::vector<value::Value>& rows) {
  std::string out;
  for (const value::Value& row : rows) {
    out += "  ";
    value::write_notation(row, out);
    out += '\n';
  }
  return out;
}

std::string print(const Case& failing) {
  std::string out = algebra::print(failing.plan, function::name_of) + "\n";
  Used used;
  add_used(*failing.plan, used);
  for (const auto& [id, indexes] : used) {
    const Table& table = table_of(failing.tables, id);
    out += fmt::format("table {}, {} rows\n", raw(id), table.rows.size());
    for (const TableIndex& index : table.indexes) {
      if (!indexes.contains(index.id)) continue;
      out += fmt::format("  index {}{}: {}\n", raw(index.id), index.multi ? " (multi)" : "",
                         algebra::print(index.function, function::name_of));
    }
    out += print(table.rows);
  }
  return out;
}

}  // namespace octavo::exec::testing_support
