#pragma once

#include "index/index.h"

namespace octavo::index {

// Simple, compound (the function gives an array), multi and expression indexes over
// order-preserving keys. A document whose function fails or gives a value that has no place in an
// index (null, an object) is not in the index.
Result<std::shared_ptr<const Index>> open_ordered_index(const catalog::IndexDefinition& definition);

}  // namespace octavo::index
