#include "engine/plan_tables.h"

#include "algebra/children.h"

namespace octavo::engine {
namespace {

void add_tables(const algebra::PlanPtr& plan, std::vector<TableId>& tables) {
  if (const auto* scan = std::get_if<algebra::Scan>(&plan->node)) tables.push_back(scan->table);
  if (const auto* join = std::get_if<algebra::LookupJoin>(&plan->node)) {
    tables.push_back(join->table);
  }
  algebra::for_each_input(*plan, [&](const algebra::PlanPtr& input) { add_tables(input, tables); });
}

}  // namespace

std::vector<TableId> tables_of(const algebra::PlanPtr& plan) {
  std::vector<TableId> tables;
  add_tables(plan, tables);
  return tables;
}

}  // namespace octavo::engine
