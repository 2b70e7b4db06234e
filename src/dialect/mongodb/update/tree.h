#pragma once

// The places that an update changes, as a tree of the steps of their paths.

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "dialect/mongodb/update/modifier.h"
#include "dialect/mongodb/update/path.h"

namespace octavo::mongodb {

struct UpdateNode;
using UpdateNodePtr = std::shared_ptr<const UpdateNode>;

struct StepOrder {
  bool operator()(const std::string& a, const std::string& b) const { return comes_before(a, b); }
};

// A place with a modifier, or one with places below it: by names and perhaps by the position, or
// by filters of elements, never both.
struct UpdateNode {
  ModifierPtr modifier;
  std::map<std::string, UpdateNodePtr, StepOrder> names;
  UpdateNodePtr position;
  std::map<std::string, UpdateNodePtr, StepOrder> filtered;
};

// The tree with a modifier more; `tree` may be null. conflicting_update_operators where another
// one is at the path, above or below it.
Result<UpdateNodePtr> with_modifier(const UpdateNodePtr& tree, const std::vector<PathStep>& path,
                                    ModifierPtr modifier);

// Both trees at once, for elements that several steps stand for. `at`: the path there, for the
// message of a conflict.
Result<UpdateNodePtr> merged(const UpdateNodePtr& a, const UpdateNodePtr& b, std::string_view at);

}  // namespace octavo::mongodb
