#pragma once

// A tree of modifiers applied to a document.

#include <optional>

#include "dialect/mongodb/update/array_filter.h"
#include "dialect/mongodb/update/modifier.h"
#include "dialect/mongodb/update/tree.h"

namespace octavo::mongodb {

struct TreeApplication {
  const Application& application;
  const ArrayFilters& filters;
  std::optional<std::size_t> position;  // what $ stands for
};

// Nothing: the document stays as it is. bad_value where $ stands for nothing or a filter is about
// what is no array, path_not_viable where something else than a document is on the way to a place
// that a modifier would make.
Result<std::optional<value::Value>> apply_tree(const UpdateNode& tree,
                                               const TreeApplication& application);

}  // namespace octavo::mongodb
