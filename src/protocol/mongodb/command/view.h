#pragma once

// Views: pipelines over a collection or another view, kept under this protocol's name as
// {viewOn: "c", pipeline: […]}.

#include "base/result.h"
#include "catalog/model.h"
#include "dialect/mongodb/pipeline/collections.h"
#include "value/value.h"

namespace octavo::mongodb {

class CommandCall;

inline constexpr std::size_t kMaxViewDepth = 20;

// What there is under a name, with views over views put together. 165 where they go too deep, 5
// where they come back to themselves. A view of another protocol cannot be read here (166).
Result<FoundCollection> resolve_view(CommandCall& call, const CollectionName& name);

}  // namespace octavo::mongodb
