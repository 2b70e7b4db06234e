#pragma once

// Views: pipelines over a collection or another view, kept under this protocol's name as
// {viewOn: "c", pipeline: […]}.

#include <functional>
#include <string_view>

#include "base/result.h"
#include "catalog/model.h"
#include "dialect/mongodb/pipeline/collections.h"
#include "value/value.h"

namespace octavo::mongodb {

class CommandCall;

inline constexpr std::size_t kMaxViewDepth = 20;
// How many names a pipeline and the views in it may read, each as often as it stands there: views
// within views multiply.
inline constexpr std::size_t kMostNamesRead = 10'000;

// What there is under a name, with views over views put together. 165 where they go too deep. A
// view of another protocol cannot be read here (166). Of each name on the way the right to read is
// asked before it is looked at, and then `look_at`, if there is one.
using LookAtName = std::function<Status(const CollectionName& name)>;
Result<FoundCollection> resolve_view(CommandCall& call, const CollectionName& name,
                                     const LookAtName& look_at = nullptr);

// Whether `pipeline` over `on` may be the view that the command names: the errors of the pipeline
// as it would be read now; 5 where it comes back to itself, 165 where views lie too deep below it,
// 195 where it is too large.
Status check_view(CommandCall& call, std::string_view on, const value::Value& pipeline,
                  const value::Value* collation);

}  // namespace octavo::mongodb
