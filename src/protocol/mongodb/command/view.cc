#include "protocol/mongodb/command/view.h"

#include <utility>
#include <vector>

#include "base/limits.h"
#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/expression/collation.h"
#include "dialect/mongodb/pipeline/pipeline.h"
#include "dialect/mongodb/type/bson_form.h"
#include "protocol/mongodb/command/call.h"
#include "protocol/mongodb/command/collation.h"
#include "protocol/mongodb/command/collection.h"
#include "protocol/mongodb/command/no_collections.h"
#include "protocol/mongodb/command/request_scope.h"
#include "protocol/mongodb/command/rights.h"

namespace octavo::mongodb {

using value::Value;

namespace {

std::unexpected<Error> too_deep() {
  return error(ErrorCode::view_depth_limit_exceeded,
               "View depth too deep or view cycle detected; maximum depth is {}", kMaxViewDepth);
}

// What a view's pipeline is planned over when it is defined: the names that there are, and no
// documents.
class NamesOfView final : public NoCollections {
 public:
  explicit NamesOfView(CommandCall& call)
      : call_(call), made_{.database = call.database(), .collection = call.collection()} {}

  Result<FoundCollection> find(const CollectionName& name) override {
    if (++names_ > kMostNamesRead) return too_deep();
    TRY_STATUS(call_.context().check());
    std::size_t depth = 0;
    return resolve_view(call_, name, [&](const CollectionName& on_the_way) -> Status {
      if (on_the_way == made_) {
        return error(ErrorCode::graph_contains_cycle, "View cycle detected: {}", call_.ns());
      }
      return ++depth > kMaxViewDepth ? too_deep() : Status();
    });
  }

 private:
  CommandCall& call_;
  const CollectionName made_;
  std::size_t names_ = 0;
};

}  // namespace

Result<FoundCollection> resolve_view(CommandCall& call, const CollectionName& name,
                                     const LookAtName& look_at) {
  const auto state = call.engine().catalog();
  FoundCollection found{.base = name, .view = {}};
  for (std::size_t depth = 0;; ++depth) {
    TRY_STATUS(
        require_on(call, catalog::Permission::read, found.base.database, found.base.collection));
    if (look_at) TRY_STATUS(look_at(found.base));
    const auto* const view = find_view(*state, found.base.database, found.base.collection);
    if (view == nullptr) return found;
    if (depth == kMaxViewDepth) return too_deep();
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

Status check_view(CommandCall& call, std::string_view on, const Value& pipeline,
                  const Value* collation) {
  constexpr std::size_t kMostBytes = 16 * kMiB;
  TRY_STATUS(check_view_pipeline(pipeline.as_array()));
  if (bson_size(pipeline) > kMostBytes) {
    return error(ErrorCode::view_pipeline_max_size_exceeded,
                 "View pipeline is too large and exceeds the maximum size of {} bytes", kMostBytes);
  }
  TRY(const RequestScope scope, RequestScope::make(call, nullptr, collation_name(collation)));
  NamesOfView names(call);
  const PipelineContext context{
      .collections = names, .variables = scope.variables(), .place = PipelinePlace::view};
  const PipelineSource source{.name = {call.database(), std::string(on)}};
  TRY([[maybe_unused]] const Pipeline planned, plan_pipeline(pipeline.as_array(), source, context));
  return {};
}

}  // namespace octavo::mongodb
