#include "dialect/mongodb/project/tree.h"

#include <algorithm>

#include "dialect/mongodb/error/error.h"

namespace octavo::mongodb {

using value::Value;

Status ProjectionTree::add(const std::vector<std::string>& path) { return add_leaf(path, kWhole); }

Status ProjectionTree::add_always(const std::vector<std::string>& path) {
  return add_leaf(path, kAlways);
}

Status ProjectionTree::add_computed(const std::vector<std::string>& path,
                                    algebra::ExprPtr expression) {
  TRY_STATUS(add_leaf(path, static_cast<std::int64_t>(computed_.size())));
  computed_.push_back(std::move(expression));
  return {};
}

Status ProjectionTree::add_leaf(const std::vector<std::string>& path, std::int64_t leaf) {
  Node* node = &root_;
  for (std::size_t depth = 0; depth < path.size(); ++depth) {
    auto child = std::ranges::find(node->children, path[depth], &Node::name);
    const bool last = depth + 1 == path.size();
    if (child == node->children.end()) {
      node->children.push_back({.name = path[depth], .leaf = std::nullopt, .children = {}});
      child = std::prev(node->children.end());
    } else if (last || child->leaf) {
      return collision(path, depth + 1);
    }
    node = &*child;
  }
  node->leaf = leaf;
  return {};
}

std::unexpected<Error> ProjectionTree::collision(const std::vector<std::string>& path,
                                                 std::size_t depth) const {
  const auto whole = fmt::format("{}", fmt::join(path, "."));
  const auto upper = fmt::format("{}", fmt::join(std::span(path).first(depth), "."));
  if (clash_ == PathClash::of_fields) {
    return error(40176,
                 "specification contains two conflicting paths. Cannot specify both '{}' and '{}'",
                 whole, upper);
  }
  if (depth == path.size()) return error(31250, "Path collision at {}", whole);
  return error(31249, "Path collision at {} remaining portion {}", whole,
               fmt::join(std::span(path).subspan(depth), "."));
}

bool ProjectionTree::has(const std::string& name) const {
  return std::ranges::find(root_.children, name, &Node::name) != root_.children.end();
}

void ProjectionTree::add_first(const std::string& name) {
  root_.children.insert(root_.children.begin(), {.name = name, .leaf = kWhole, .children = {}});
}

Value ProjectionTree::as_value(const Node& node, bool kept) {
  std::vector<value::Field> fields;
  for (const Node& child : node.children) {
    if (!child.leaf) {
      Value below = as_value(child, kept);
      if (!below.as_object().empty()) fields.push_back({child.name, std::move(below)});
    } else if (*child.leaf >= 0) {
      fields.push_back({child.name, Value::int64(*child.leaf)});
    } else if (kept || *child.leaf == kWhole) {
      fields.push_back({child.name, Value::boolean(true)});
    }
  }
  return Value::object(std::move(fields));
}

Value ProjectionTree::names() const {
  std::vector<Value> names;
  for (const Node& child : root_.children) {
    if (!child.leaf || *child.leaf < 0) names.push_back(Value::string(child.name));
  }
  return Value::array(std::move(names));
}

}  // namespace octavo::mongodb
