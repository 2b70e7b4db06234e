// The operators of geometry, which this version has no indexes for and refuses.

#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/match/field_operators.h"

namespace octavo::mongodb {
namespace {

using algebra::ExprPtr;

// Nothing but an index answers these.
Result<ExprPtr> refuse_near(const FieldCall& call) {
  if (call.place.context.place != FilterPlace::query) {
    return error(5626500, "$geoNear, $near, and $nearSphere are not allowed in this context");
  }
  return error(ErrorCode::no_query_execution_plans,
               "error processing query: unable to find index for $geoNear query");
}

Result<ExprPtr> refuse_geometry(const FieldCall& call) {
  return error(ErrorCode::not_implemented, "{} is not supported", call.name);
}

constexpr FieldOperator kRows[] = {
    {"$geoIntersects", refuse_geometry}, {"$geoNear", refuse_near},
    {"$geoWithin", refuse_geometry},     {"$near", refuse_near},
    {"$nearSphere", refuse_near},        {"$within", refuse_geometry},
};

}  // namespace

std::span<const FieldOperator> geometry_operators() { return kRows; }

}  // namespace octavo::mongodb
