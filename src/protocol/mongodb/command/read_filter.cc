// Which indexes a query may use (index_filters.h).

#include <algorithm>
#include <utility>

#include "dialect/mongodb/type/type.h"
#include "protocol/mongodb/command/call.h"
#include "protocol/mongodb/command/collection.h"
#include "protocol/mongodb/command/read_access.h"
#include "protocol/mongodb/command/shared.h"

namespace octavo::mongodb {

using value::Value;

namespace {

// The operand of the stage, where it is one of that name.
const Value* operand_of(value::ArrayView stages, std::size_t at, std::string_view name) {
  if (at >= stages.size() || !stages[at].is_object()) return nullptr;
  return stages[at].find(name);
}

}  // namespace

void EngineCollections::look_for_filter(const ShapeParts& parts) {
  const IndexFilters& filters = call_.shared().index_filters;
  if (filters.none() || least_ || beyond_) return;
  const auto collection =
      find_collection(*call_.engine().catalog(), call_.database(), call_.collection());
  if (!collection) return;
  allowed_ = filters.indexes_for(collection->id(), query_shape(parts));
  is_filtered_ = allowed_.has_value();
  if (is_filtered_) hint_.reset();
}

void EngineCollections::look_for_filter(value::ArrayView stages, std::string_view collation) {
  const Value* const match = operand_of(stages, 0, "$match");
  const Value* const sort = operand_of(stages, match == nullptr ? 0 : 1, "$sort");
  look_for_filter({.query = match, .sort = sort, .projection = nullptr, .collation = collation});
}

bool EngineCollections::is_allowed(std::string_view name, const Value& key) const {
  if (!allowed_) return true;
  return std::ranges::any_of(*allowed_, [&](const Value& index) {
    return index.is_string() ? index.as_string() == name : equal(index, key);
  });
}

}  // namespace octavo::mongodb
