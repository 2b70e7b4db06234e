// $geoNear (MongoDB manual, "$geoNear (aggregation)").

#include <algorithm>
#include <cmath>
#include <utility>

#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/expression/parse.h"
#include "dialect/mongodb/match/filter.h"
#include "dialect/mongodb/match/metadata.h"
#include "dialect/mongodb/match/operations.h"
#include "dialect/mongodb/pipeline/documents.h"
#include "dialect/mongodb/pipeline/names.h"
#include "dialect/mongodb/pipeline/stage_tables.h"
#include "dialect/mongodb/type/print.h"

namespace octavo::mongodb {
namespace {

using algebra::ExprPtr;
using algebra::PlanPtr;
using value::Field;
using value::Value;

constexpr std::string_view kFields[] = {"near",        "distanceField",      "key",
                                        "query",       "maxDistance",        "minDistance",
                                        "includeLocs", "distanceMultiplier", "spherical"};

struct GeoNear {
  Nearness nearness;
  std::vector<std::string> path;  // of the places
  std::vector<std::string> distance_field;
  std::vector<std::string> place_field;  // empty: it is not wanted
  double factor = 1.0;
  ExprPtr query;  // a lambda; null: all
};

// A value that no document is needed for.
Result<Value> constant_operand(const Value& given, const Variables& variables, std::uint32_t code,
                               std::string_view name) {
  TRY(const ExprPtr expression, parse_expression(given, variables));
  const Value* const constant = constant_of(expression);
  if (constant != nullptr) return *constant;
  return error(code, "$geoNear requires a constant {} argument", name);
}

Result<double> number_operand(std::string_view name, const Value& given) {
  if (!given.is_number()) {
    return error(ErrorCode::type_mismatch, "$geoNear {} must be a number: {}", name, print(given));
  }
  const double number = given.to_double();
  if (number >= 0.0) return number;
  return error(ErrorCode::bad_value, "{} must be non-negative", name);
}

Result<std::vector<std::string>> path_operand(std::string_view name, const Value& given,
                                              std::uint32_t no_string) {
  if (given.is_string()) return split_path(given.as_string());
  return error(no_string, "$geoNear requires that '{}' option is a String", name);
}

class Reader {
 public:
  Reader(const Value& operand, StageContext& context) : operand_(operand), context_(context) {}

  Result<GeoNear> read() {
    for (const Field& field : operand_.as_object()) {
      if (std::ranges::find(kFields, field.name) == std::end(kFields)) {
        return error(ErrorCode::bad_value, "Unknown argument to $geoNear: {}", field.name);
      }
    }
    TRY_STATUS(read_fields());
    TRY_STATUS(read_center());
    TRY_STATUS(read_distances());
    TRY_STATUS(read_query());
    TRY_STATUS(read_path());
    return std::move(geo_);
  }

 private:
  Status read_fields() {
    if (const Value* const field = operand_.find("distanceField")) {
      TRY(geo_.distance_field, path_operand("distanceField", *field, 16606));
    }
    if (const Value* const field = operand_.find("includeLocs")) {
      TRY(geo_.place_field, path_operand("includeLocs", *field, 16607));
    }
    if (const Value* const factor = operand_.find("distanceMultiplier")) {
      TRY(geo_.factor, number_operand("distanceMultiplier", *factor));
    }
    return {};
  }

  Status read_center() {
    const Value* const near = operand_.find("near");
    if (near == nullptr) return error(5860400, "$geoNear requires a 'near' argument");
    TRY(const Value center, constant_operand(*near, context_.variables, 5860402, "near"));
    if (!center.is_object() && !center.is_array()) {
      return error(5860401,
                   "$geoNear requires near argument to be a GeoJSON object or a legacy "
                   "point (array): {}",
                   print(center));
    }
    const Value* const spherical = operand_.find("spherical");
    TRY(geo_.nearness, parse_center(center, spherical != nullptr && is_on(*spherical)));
    return {};
  }

  static bool is_on(const Value& flag) {
    if (flag.type() == value::Type::boolean) return flag.as_boolean();
    return flag.is_number() && flag.to_double() != 0.0;
  }

  Status read_distances() {
    const auto limit = [&](std::string_view name, std::uint32_t code, double& into) -> Status {
      const Value* const given = operand_.find(name);
      if (given == nullptr) return {};
      TRY(const Value distance, constant_operand(*given, context_.variables, code, name));
      TRY(into, number_operand(name, distance));
      return {};
    };
    const double farthest = geo_.nearness.most;
    TRY_STATUS(limit("minDistance", 7555701, geo_.nearness.least));
    TRY_STATUS(limit("maxDistance", 7555702, geo_.nearness.most));
    geo_.nearness.most = std::min(geo_.nearness.most, farthest);
    return {};
  }

  Status read_query() {
    const Value* const query = operand_.find("query");
    if (query == nullptr) return {};
    if (!query->is_object()) {
      return error(ErrorCode::type_mismatch,
                   "$geoNear requires that 'query' option is an object: {}", print(*query));
    }
    if (asks_for_text(*query)) {
      return error(ErrorCode::bad_value,
                   "$geoNear, $near, and $nearSphere are not allowed with "
                   "$text");
    }
    TRY(geo_.query,
        parse_filter(*query, {.variables = context_.variables, .place = FilterPlace::match_stage}));
    return {};
  }

  Status read_path() {
    if (const Value* const key = operand_.find("key")) {
      if (!key->is_string()) {
        return error(ErrorCode::type_mismatch,
                     "$geoNear parameter 'key' must be of type string: {}", print(*key));
      }
      if (key->as_string().empty()) {
        return error(ErrorCode::bad_value, "$geoNear parameter 'key' cannot be the empty string");
      }
      TRY(geo_.path, split_path(key->as_string()));
      constexpr std::size_t kMostNames = 180;
      if (geo_.path.size() > kMostNames) {
        return error(5729100, "$geoNear parameter 'key' has more than {} components", kMostNames);
      }
      return {};
    }
    TRY(const FoundCollection found, context_.collections.find(context_.name));
    TRY(geo_.path, context_.collections.path_of_places(found.base));
    return {};
  }

  const Value& operand_;
  StageContext& context_;
  GeoNear geo_;
};

// The document with what was asked for of its distance.
ExprPtr with_results(const GeoNear& geo, algebra::VarId row) {
  const ExprPtr names = algebra::constant(names_of(geo.path));
  const ExprPtr nearness = algebra::constant(nearness_operand(geo.nearness));
  ExprPtr document = algebra::variable(row);
  if (!geo.distance_field.empty()) {
    document = set_path_call(std::move(document), geo.distance_field,
                             call(op::kDistance, {algebra::variable(row), names, nearness,
                                                  algebra::constant(Value::float64(geo.factor))}));
  }
  if (!geo.place_field.empty()) {
    document = set_path_call(std::move(document), geo.place_field,
                             call(op::kNearestPlace, {algebra::variable(row), names, nearness}));
  }
  return row_lambda(row, std::move(document));
}

Result<Step> parse_geo_near(const Value& operand, StageContext& context) {
  if (!operand.is_object() && !operand.is_array()) {
    return error(10065, "invalid parameter: expected an object ($geoNear)");
  }
  TRY(const GeoNear geo, Reader(operand.is_object() ? operand : Value::object({}), context).read());
  Step step;
  step.near = NearWanted{.path = geo.path, .nearness = geo.nearness};
  const ExprPtr results = with_results(geo, context.variables.fresh());
  step.plan = [results, query = geo.query](PlanPtr input) -> Result<PlanPtr> {
    if (query != nullptr) input = algebra::make_plan(algebra::Filter{std::move(input), query});
    return algebra::make_plan(algebra::Map{std::move(input), results});
  };
  step.changes.kind = Changes::Kind::anything;
  context.variables = with_distances(context.variables, algebra::constant(names_of(geo.path)),
                                     algebra::constant(nearness_operand(geo.nearness)));
  return step;
}

constexpr StageRow kStages[] = {
    {.name = "$geoNear",
     .flags = stage_flag::kNotInFacet | stage_flag::kKeepsDocuments,
     .parse = parse_geo_near},
};

}  // namespace

std::span<const StageRow> geo_near_stages() { return kStages; }

}  // namespace octavo::mongodb
