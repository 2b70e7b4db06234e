#include "dialect/mongodb/update/tree.h"

#include <span>

#include "dialect/mongodb/error/error.h"

namespace octavo::mongodb {
namespace {

std::string text_of(std::span<const PathStep> steps) {
  std::string text;
  for (const PathStep& step : steps) {
    if (!text.empty()) text += '.';
    text += to_string(step);
  }
  return text;
}

class Insertion {
 public:
  Insertion(const std::vector<PathStep>& path, ModifierPtr modifier)
      : path_(path), modifier_(std::move(modifier)) {}

  Result<UpdateNodePtr> into(const UpdateNodePtr& tree, std::size_t depth) {
    if (depth == path_.size()) {
      if (tree != nullptr) return conflict(depth);
      return std::make_shared<const UpdateNode>(
          UpdateNode{.modifier = modifier_, .names = {}, .position = nullptr, .filtered = {}});
    }
    if (tree != nullptr && tree->modifier != nullptr) return conflict(depth);
    UpdateNode node = tree == nullptr ? UpdateNode() : *tree;
    const PathStep& step = path_[depth];
    const bool filtered = step.kind == PathStep::Kind::filtered;
    const bool otherwise =
        filtered ? !node.names.empty() || node.position != nullptr : !node.filtered.empty();
    if (otherwise) return conflict(depth);
    UpdateNodePtr& child = slot(node, step);
    TRY(child, into(child, depth + 1));
    return std::make_shared<const UpdateNode>(std::move(node));
  }

 private:
  static UpdateNodePtr& slot(UpdateNode& node, const PathStep& step) {
    switch (step.kind) {
      case PathStep::Kind::name: return node.names[step.name];
      case PathStep::Kind::filtered: return node.filtered[step.name];
      case PathStep::Kind::position: break;
    }
    return node.position;
  }

  std::unexpected<Error> conflict(std::size_t depth) const {
    return error(ErrorCode::conflicting_update_operators,
                 "Updating the path '{}' would create a conflict at '{}'", text_of(path_),
                 text_of(std::span(path_).first(depth)));
  }

  const std::vector<PathStep>& path_;
  ModifierPtr modifier_;
};

using Children = std::map<std::string, UpdateNodePtr, StepOrder>;

Status merge_into(Children& children, const Children& others, std::string_view at) {
  for (const auto& [name, other] : others) {
    UpdateNodePtr& child = children[name];
    TRY(child, merged(child, other, fmt::format("{}.{}", at, name)));
  }
  return {};
}

}  // namespace

Result<UpdateNodePtr> with_modifier(const UpdateNodePtr& tree, const std::vector<PathStep>& path,
                                    ModifierPtr modifier) {
  return Insertion(path, std::move(modifier)).into(tree, 0);
}

Result<UpdateNodePtr> merged(const UpdateNodePtr& a, const UpdateNodePtr& b, std::string_view at) {
  if (a == nullptr) return b;
  if (b == nullptr) return a;
  const bool by_name =
      !a->names.empty() || a->position != nullptr || !b->names.empty() || b->position != nullptr;
  const bool by_filter = !a->filtered.empty() || !b->filtered.empty();
  if (a->modifier != nullptr || b->modifier != nullptr || (by_name && by_filter)) {
    return error(ErrorCode::conflicting_update_operators, "Update created a conflict at '{}'", at);
  }
  UpdateNode node = *a;
  TRY_STATUS(merge_into(node.names, b->names, at));
  TRY_STATUS(merge_into(node.filtered, b->filtered, at));
  TRY(node.position, merged(a->position, b->position, fmt::format("{}.$", at)));
  return std::make_shared<const UpdateNode>(std::move(node));
}

}  // namespace octavo::mongodb
