// $text.

#include <algorithm>

#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/match/operations.h"
#include "dialect/mongodb/match/parse.h"
#include "dialect/mongodb/match/walk.h"
#include "dialect/mongodb/text/search.h"

namespace octavo::mongodb {
namespace {

using algebra::ExprPtr;
using value::Value;

constexpr std::string_view kText = "$text";
// Where a filter of documents may be below others.
constexpr std::string_view kBranches[] = {"$and", "$nor", "$or"};

bool asks(const Value& filter, std::size_t depth) {
  if (!is_document(filter) || depth > kMaxFilterDepth) return false;
  return std::ranges::any_of(filter.as_object(), [&](const value::Field& field) {
    if (field.name == kText) return true;
    if (std::ranges::find(kBranches, field.name) == std::end(kBranches)) return false;
    return field.value.is_array() &&
           std::ranges::any_of(field.value.as_array(),
                               [&](const Value& branch) { return asks(branch, depth + 1); });
  });
}

}  // namespace

bool asks_for_text(const Value& filter) { return asks(filter, 0); }

Result<ExprPtr> parse_text(const Value& operand, const Place& place) {
  const FilterPlace where = place.context.place;
  if (!place.top || (where != FilterPlace::query && where != FilterPlace::match_stage)) {
    return error(ErrorCode::bad_value, "{} is not allowed in this context", kText);
  }
  if (place.context.text_index == nullptr) {
    return error(ErrorCode::index_not_found, "text index required for $text query");
  }
  TRY(Value search, parse_text_search(operand, *place.context.text_index));
  return call(op::kText, {place.object, algebra::constant(std::move(search))});
}

}  // namespace octavo::mongodb
