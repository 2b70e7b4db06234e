// The operators of geometry.

#include <algorithm>

#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/geo/area.h"
#include "dialect/mongodb/geo/nearness.h"
#include "dialect/mongodb/match/field_operators.h"
#include "dialect/mongodb/match/operations.h"

namespace octavo::mongodb {
namespace {

using algebra::ExprPtr;
using value::Field;
using value::Value;

constexpr std::string_view kNears[] = {"$near", "$nearSphere", "$geoNear"};
constexpr std::string_view kDistances[] = {"$maxDistance", "$minDistance", "$uniqueDocs"};

bool is_one_of(std::span<const std::string_view> names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

// Where the document of operators begins with one of these, only what limits it may follow.
Status check_beside(const FieldCall& call) {
  const auto fields = call.beside.as_object();
  if (fields.front().name != call.name) {
    return error(ErrorCode::bad_value, "near must be first in: {}", call.text());
  }
  for (const Field& field : fields.subspan(1)) {
    if (is_one_of(kDistances, field.name)) continue;
    if (is_one_of(kNears, field.name)) {
      return error(ErrorCode::bad_value, "Too many geoNear expressions");
    }
    return error(34413, "invalid argument in geo near query: {}", field.name);
  }
  return {};
}

Result<ExprPtr> parse_near(const FieldCall& call) {
  if (call.place.context.place != FilterPlace::query) {
    return error(5626500, "$geoNear, $near, and $nearSphere are not allowed in this context");
  }
  TRY_STATUS(check_beside(call));
  TRY(const Nearness nearness, parse_nearness(call.name, call.operand, call.beside));
  if (!call.place.top) {
    return error(ErrorCode::bad_value, "geoNear must be top-level expr");
  }
  return test(op::kNear, call.place, call.subject.names, nearness_operand(nearness));
}

// Said by the one of $near that it stands beside.
Result<ExprPtr> parse_distance_of_near(const FieldCall& call) {
  const bool beside_near = is_one_of(kNears, call.beside.as_object().front().name);
  if (beside_near) return ExprPtr();
  return error(ErrorCode::bad_value, "unknown operator: {}", call.name);
}

Result<ExprPtr> parse_within(const FieldCall& call) {
  TRY_STATUS(Area::of_within(call.operand));
  return test(op::kGeoWithin, call.place, call.subject.names, area_operand(call.operand));
}

Result<ExprPtr> parse_intersects(const FieldCall& call) {
  TRY_STATUS(Area::of_intersects(call.operand));
  return test(op::kGeoIntersects, call.place, call.subject.names, area_operand(call.operand));
}

constexpr FieldOperator kRows[] = {
    {"$geoIntersects", parse_intersects},
    {"$geoNear", parse_near},
    {"$geoWithin", parse_within},
    {"$maxDistance", parse_distance_of_near},
    {"$minDistance", parse_distance_of_near},
    {"$near", parse_near},
    {"$nearSphere", parse_near},
    {"$uniqueDocs", parse_distance_of_near},
    {"$within", parse_within},
};

}  // namespace

std::span<const FieldOperator> geometry_operators() { return kRows; }

}  // namespace octavo::mongodb
