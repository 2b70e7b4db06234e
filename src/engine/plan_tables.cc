#include "engine/plan_tables.h"

#include "algebra/children.h"
#include "base/overloaded.h"

namespace octavo::engine {
namespace {

void add_tables(const algebra::PlanPtr& plan, std::vector<TableId>& tables);

void add_tables(const algebra::ExprPtr& expression, std::vector<TableId>& tables) {
  algebra::for_each_subplan(*expression, [&tables](const algebra::Subplan& subplan) {
    add_tables(subplan.plan, tables);
  });
}

void add_tables(const algebra::PlanPtr& plan, std::vector<TableId>& tables) {
  std::visit(Overloaded{
                 [&](const algebra::Scan& scan) { tables.push_back(scan.table); },
                 [&](const algebra::ScanBy& scan) { tables.push_back(scan.table); },
                 [&](const algebra::LookupJoin& join) { tables.push_back(join.table); },
                 [](const auto&) {},
             },
             plan->node);
  algebra::for_each_expression(
      *plan, [&](const algebra::ExprPtr& expression) { add_tables(expression, tables); });
  algebra::for_each_input(*plan, [&](const algebra::PlanPtr& input) { add_tables(input, tables); });
}

}  // namespace

std::vector<TableId> tables_of(const algebra::PlanPtr& plan) {
  std::vector<TableId> tables;
  add_tables(plan, tables);
  return tables;
}

std::vector<TableId> tables_of(const algebra::ExprPtr& expression) {
  std::vector<TableId> tables;
  if (expression != nullptr) add_tables(expression, tables);
  return tables;
}

}  // namespace octavo::engine
