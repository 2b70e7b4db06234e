#pragma once

#include "index/index.h"

namespace octavo::index {

// The index that a definition describes; `corrupt` when its stored function does not decode,
// `unsupported` for a kind that has no row in the registry's table.
Result<std::shared_ptr<const Index>> open_index(const catalog::IndexDefinition& definition);

}  // namespace octavo::index
