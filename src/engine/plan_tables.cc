#include "engine/plan_tables.h"

namespace octavo::engine {
namespace {

class Visitor {
 public:
  explicit Visitor(std::vector<TableId>& tables) : tables_(tables) {}
  void visit(const algebra::PlanPtr& plan) {
    std::visit([this](const auto& node) { add(node); }, plan->node);
  }

 private:
  void add(const algebra::Scan& node) { tables_.push_back(node.table); }
  void add(const algebra::Values&) {}
  void add(const algebra::LookupJoin& node) {
    tables_.push_back(node.table);
    visit(node.outer);
  }
  void add(const algebra::Union& node) {
    for (const auto& input : node.inputs) visit(input);
  }
  template <class Node>
  void add(const Node& node) {
    visit(node.input);
  }

  std::vector<TableId>& tables_;
};

}  // namespace

std::vector<TableId> tables_of(const algebra::PlanPtr& plan) {
  std::vector<TableId> tables;
  Visitor(tables).visit(plan);
  return tables;
}

}  // namespace octavo::engine
