#pragma once

// The tree of a projection while it is parsed (operations.h).

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "algebra/expr.h"
#include "base/result.h"
#include "value/value.h"

namespace octavo::mongodb {

// The codes of errors for two paths of which one is below the other, or that are the same.
enum class PathClash : std::uint8_t { of_projections, of_fields };

class ProjectionTree {
 public:
  explicit ProjectionTree(PathClash clash) : clash_(clash) {}

  // A field that is kept or dropped.
  Status add(const std::vector<std::string>& path);
  // One that is there whether others are kept or dropped.
  Status add_always(const std::vector<std::string>& path);
  Status add_computed(const std::vector<std::string>& path, algebra::ExprPtr expression);

  bool empty() const { return root_.children.empty(); }
  bool has(const std::string& name) const;  // at the top
  // At the top, before all others.
  void add_first(const std::string& name);

  // Of what is kept, or of what is dropped.
  value::Value kept() const { return as_value(root_, true); }
  value::Value dropped() const { return as_value(root_, false); }
  // Of the fields at the top that are kept, whole or in part.
  value::Value names() const;
  const std::vector<algebra::ExprPtr>& computed() const { return computed_; }

 private:
  struct Node {
    std::string name;
    // Nothing: it has children. Below 0: kept or dropped, or neither; else the number of what is
    // computed.
    std::optional<std::int64_t> leaf;
    std::vector<Node> children;  // in the order in which they came
  };
  static constexpr std::int64_t kWhole = -1;
  static constexpr std::int64_t kAlways = -2;

  Status add_leaf(const std::vector<std::string>& path, std::int64_t leaf);
  std::unexpected<Error> collision(const std::vector<std::string>& path, std::size_t depth) const;
  static value::Value as_value(const Node& node, bool kept);

  PathClash clash_;
  Node root_;
  std::vector<algebra::ExprPtr> computed_;
};

}  // namespace octavo::mongodb
