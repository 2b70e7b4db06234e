#pragma once

// What the operators of a statement did, node by node: for EXPLAIN ANALYZE. A statement without a
// profile pays nothing for it. One thread at a time uses it.

#include <cstdint>
#include <unordered_map>
#include <utility>
#include <variant>

#include "algebra/plan.h"
#include "exec/operator.h"

namespace octavo::exec {

// Sums over all times that operators of one node ran.
struct NodeWork {
  std::uint64_t loops = 0;  // how often it was begun
  std::uint64_t rows = 0;   // that it gave
  // Until its first rows were there, and until it was done, with what it reads from.
  std::int64_t first_ns = 0;
  std::int64_t total_ns = 0;
  // Where the operator of a node above does its work, and the time is that one's: the same, as far
  // as it counts them.
  bool within = false;
  std::uint64_t loops_within = 0;
  std::uint64_t rows_within = 0;
  // Of a LookupJoin: lookups, and rows that these found.
  std::uint64_t lookups = 0;
  std::uint64_t found = 0;
};

// By the nodes of the statement's plan, which outlives it.
class Profile {
 public:
  NodeWork& of(const algebra::Plan& node) { return works_[&node]; }
  // Null: it has not run.
  const NodeWork* find(const algebra::Plan& node) const {
    const auto found = works_.find(&node);
    return found == works_.end() ? nullptr : &found->second;
  }

 private:
  std::unordered_map<const algebra::Plan*, NodeWork> works_;  // references to these stay good
};

// The nodes of a plan of which operators are made now: with values in it a plan is a copy of the
// one that the statement has (`origin`).
class ProfiledNodes {
 public:
  ProfiledNodes(Profile& profile, algebra::PlanPtr plan, const algebra::Plan& origin)
      : plan_(std::move(plan)) {
    add(profile, *plan_, origin);
  }

  struct Node {
    const algebra::Plan* origin;
    NodeWork* work;
  };
  // Of a node or of what is in one; null: it is not of this plan.
  const Node* find(const algebra::Plan& plan) const {
    return std::visit([this](const auto& node) { return find(node); }, plan.node);
  }
  template <class Content>
  const Node* find(const Content& content) const {
    const auto found = nodes_.find(&content);
    return found == nodes_.end() ? nullptr : &found->second;
  }

 private:
  void add(Profile& profile, const algebra::Plan& plan, const algebra::Plan& origin);

  const algebra::PlanPtr plan_;  // so that nothing else has the addresses of its nodes
  std::unordered_map<const void*, Node> nodes_;
};

// The same rows, counted.
OperatorPtr make_profiled(OperatorPtr input, NodeWork& work);

}  // namespace octavo::exec
