#include "dialect/mongodb/geo/nearness.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/type/print.h"

namespace octavo::mongodb {
namespace {

using geometry::PlanePoint;
using value::Value;

constexpr double kWiden = 4.0;
// Of what may be a first look: this part of the greatest distance.
constexpr double kFirstRing = 1.0 / (1U << 20U);

std::string_view kind_of(const Value& given) {
  const Value* const type = given.find("type");
  if (type == nullptr) return "Point";
  return type->is_string() ? type->as_string() : std::string_view();
}

Result<PlanePoint> parse_point(const Value& given) {
  const Value* const coordinates = given.is_object() ? given.find("coordinates") : nullptr;
  if (coordinates == nullptr) {
    TRY(const PlanePoint pair, parse_pair(given));
    const auto figure = parse_geojson(given);
    if (!figure) return std::unexpected(figure.error());
    return pair;
  }
  if (kind_of(given) != "Point") {
    return error(ErrorCode::bad_value, "invalid point in geo near query $geometry argument: {}",
                 print(given));
  }
  const auto position = geometry::position_of(*coordinates);
  if (!position) {
    return error(ErrorCode::bad_value, "invalid point in geo near query $geometry argument: {}  {}",
                 print(given), flaw_text(position.error(), given));
  }
  return PlanePoint{.x = position->longitude, .y = position->latitude};
}

Result<double> parse_distance(std::string_view name, const Value& given) {
  if (!given.is_number()) {
    return error(ErrorCode::bad_value, "{} must be a number", name);
  }
  const double distance = given.to_double();
  if (!(distance >= 0.0) || !std::isfinite(distance)) {
    return error(ErrorCode::bad_value, "{} must be non-negative", name);
  }
  return distance;
}

// Codes of distances beside a pair.
struct Legacy {
  std::uint32_t no_number;
  std::uint32_t negative;
};
Result<double> parse_legacy_distance(std::string_view name, const Value& given,
                                     const Legacy& codes) {
  if (!given.is_number()) return error(codes.no_number, "{} must be a number", name);
  const double distance = given.to_double();
  if (!(distance >= 0.0)) return error(codes.negative, "{} must be non-negative", name);
  return distance;
}

void limit(Nearness& nearness) {
  nearness.most = std::min(nearness.most, Nearness::farthest(nearness.spherical, nearness.geojson));
}

Result<Nearness> parse_modern(const Value& operand) {
  Nearness nearness{.spherical = true, .geojson = true};
  nearness.most = Nearness::farthest(true, true);
  bool has_center = false;
  for (const value::Field& field : operand.as_object()) {
    if (field.name == "$geometry") {
      if (!field.value.is_object() && !field.value.is_array()) {
        return error(ErrorCode::bad_value, "$geometry must be an object: {}", print(field.value));
      }
      TRY(nearness.center, parse_point(field.value));
      has_center = true;
    } else if (field.name == "$minDistance") {
      TRY(nearness.least, parse_distance(field.name, field.value));
    } else if (field.name == "$maxDistance") {
      TRY(nearness.most, parse_distance(field.name, field.value));
    } else {
      return error(ErrorCode::bad_value, "invalid argument in geo near query: {}", field.name);
    }
  }
  if (!has_center)
    return error(ErrorCode::bad_value, "$near requires a point, given {}", print(operand));
  limit(nearness);
  return nearness;
}

Status read_legacy_distances(const Value& from, Nearness& nearness) {
  if (const Value* const least = from.find("$minDistance")) {
    TRY(nearness.least, parse_legacy_distance("$minDistance", *least, {16893, 16894}));
  }
  if (const Value* const most = from.find("$maxDistance")) {
    TRY(nearness.most, parse_legacy_distance("$maxDistance", *most, {16895, 16896}));
  }
  return {};
}

}  // namespace

double Nearness::farthest(bool spherical, bool geojson) {
  if (!spherical) return std::numeric_limits<double>::infinity();
  return geojson ? std::numbers::pi * kEarthRadius : std::numbers::pi;
}

std::optional<double> Nearness::distance_to(const Location& location) const {
  if (!spherical) {
    if (!location.point) return std::nullopt;
    return geometry::plane_distance(center, *location.point);
  }
  if (!location.figure) return std::nullopt;
  const double angle = location.figure->angle_from({.longitude = center.x, .latitude = center.y});
  return geojson ? angle * kEarthRadius : angle;
}

Value nearness_operand(const Nearness& nearness) {
  return Value::array({Value::float64(nearness.center.x), Value::float64(nearness.center.y),
                       Value::boolean(nearness.spherical), Value::boolean(nearness.geojson),
                       Value::float64(nearness.least), Value::float64(nearness.most)});
}

Result<Nearness> nearness_of_operand(const Value& operand) {
  constexpr std::size_t kParts = 6;
  const auto wrong = [] {
    return fail(Code::type_mismatch,
                "a distance of a filter is of another form than its test takes");
  };
  if (!operand.is_array() || operand.as_array().size() != kParts) return wrong();
  const auto parts = operand.as_array();
  for (const std::size_t i : {0U, 1U, 4U, 5U}) {
    if (!parts[i].is_number()) return wrong();
  }
  for (const std::size_t i : {2U, 3U}) {
    if (parts[i].type() != value::Type::boolean) return wrong();
  }
  return Nearness{.center = {parts[0].to_double(), parts[1].to_double()},
                  .spherical = parts[2].as_boolean(),
                  .geojson = parts[3].as_boolean(),
                  .least = parts[4].to_double(),
                  .most = parts[5].to_double()};
}

Result<Nearness> parse_nearness(std::string_view name, const Value& operand, const Value& beside) {
  if (!operand.is_object() && !operand.is_array()) {
    return error(ErrorCode::bad_value, "near must be first in: {}", print(beside));
  }
  const bool modern = operand.is_object() && (operand.as_object().empty() ||
                                              operand.as_object().front().name.starts_with('$'));
  if (modern) return parse_modern(operand);
  const bool is_geojson = operand.is_object() && operand.find("coordinates") != nullptr;
  if (is_geojson) {
    TRY(Nearness nearness, parse_center(operand, true));
    TRY_STATUS(read_legacy_distances(beside, nearness));
    limit(nearness);
    return nearness;
  }
  Nearness nearness{.spherical = name == "$nearSphere"};
  nearness.most = Nearness::farthest(nearness.spherical, false);
  // [x, y, greatest distance]
  if (operand.is_array() && operand.as_array().size() == 3) {
    const auto parts = operand.as_array();
    TRY(nearness.center, parse_pair(Value::array({parts[0], parts[1]})));
    TRY(nearness.most, parse_distance("$maxDistance", parts[2]));
  } else {
    TRY(nearness.center, parse_pair(operand));
  }
  const auto& [x, y] = nearness.center;
  if (nearness.spherical && !(std::abs(x) <= 180.0 && std::abs(y) <= 90.0)) {
    return error(ErrorCode::bad_value, "Legacy point is out of bounds for spherical query");
  }
  TRY_STATUS(read_legacy_distances(beside, nearness));
  limit(nearness);
  return nearness;
}

Result<Nearness> parse_center(const Value& near, bool spherical) {
  const bool geojson = near.find("type") != nullptr || near.find("coordinates") != nullptr;
  Nearness nearness{.spherical = spherical || geojson, .geojson = geojson};
  nearness.most = Nearness::farthest(nearness.spherical, geojson);
  if (geojson) {
    TRY(nearness.center, parse_point(near));
    return nearness;
  }
  TRY(nearness.center, parse_pair(near));
  const auto& [x, y] = nearness.center;
  if (nearness.spherical && !(std::abs(x) <= 180.0 && std::abs(y) <= 90.0)) {
    return error(ErrorCode::bad_value, "Legacy point is out of bounds for spherical query");
  }
  return nearness;
}

std::vector<double> rings(const Nearness& nearness) {
  // A plane has no end: then what is beyond the largest coordinates of degrees comes last.
  constexpr double kPlane = 720.0;
  const double scale =
      std::isfinite(nearness.most) ? nearness.most : std::max(kPlane, nearness.least);
  std::vector<double> ends;
  for (double end = std::max(scale * kFirstRing, nearness.least * 2.0); end < scale;
       end *= kWiden) {
    ends.push_back(end);
  }
  if (!std::isfinite(nearness.most)) ends.push_back(scale);
  ends.push_back(nearness.most);
  return ends;
}

}  // namespace octavo::mongodb
