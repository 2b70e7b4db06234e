#include "protocol/mongodb/command/view.h"

#include <utility>
#include <vector>

#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/expression/collation.h"
#include "protocol/mongodb/command/call.h"
#include "protocol/mongodb/command/collation.h"
#include "protocol/mongodb/command/collection.h"

namespace octavo::mongodb {

using value::Value;

Result<FoundCollection> resolve_view(CommandCall& call, const CollectionName& name) {
  const auto state = call.engine().catalog();
  FoundCollection found{.base = name, .view = {}};
  for (std::size_t depth = 0;; ++depth) {
    const auto* const view = find_view(*state, found.base.database, found.base.collection);
    if (view == nullptr) return found;
    if (depth == kMaxViewDepth) {
      return error(ErrorCode::view_depth_limit_exceeded,
                   "View depth too deep or view cycle detected; maximum depth is {}",
                   kMaxViewDepth);
    }
    const Value& form = view->forms.of(kProtocolName);
    if (!found.is_view) found.collation = collation_name(own_collation(*view));
    found.is_view = true;
    const Value* const base = form.find("viewOn");
    const Value* const pipeline = form.find("pipeline");
    if (base == nullptr || !base->is_string() || pipeline == nullptr || !pipeline->is_array()) {
      return error(ErrorCode::command_not_supported_on_view,
                   "Namespace {}.{} is a view of another protocol, which cannot be read here",
                   found.base.database, found.base.collection);
    }
    const auto stages = pipeline->as_array();
    found.view.insert(found.view.begin(), stages.begin(), stages.end());
    found.base.collection = base->as_string();
  }
}

}  // namespace octavo::mongodb
