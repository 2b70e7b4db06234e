#include "dialect/mongodb/geo/location.h"

#include <algorithm>
#include <cmath>

#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/type/print.h"

namespace octavo::mongodb {
namespace {

using geometry::Figure;
using geometry::Flaw;
using geometry::PlanePoint;
using geometry::Position;
using geometry::Shape;
using value::Value;

constexpr std::uint32_t kNoGeoKeys = 16755;
constexpr std::uint32_t kBeyondLimits = 13027;
constexpr std::uint32_t kNoPair = 13068;
constexpr std::uint32_t kNoLocation = 13654;

struct FlawText {
  Flaw flaw;
  std::string_view text;
};
constexpr FlawText kFlaws[] = {
    {Flaw::unknown_type, "unknown GeoJSON type"},
    {Flaw::no_positions, "GeoJSON coordinates must be an array of coordinates"},
    {Flaw::no_position, "Point must be an array or object of numbers"},
    {Flaw::out_of_range, "longitude/latitude is out of bounds"},
    {Flaw::open_ring, "Loop is not closed, first vertex does not equal last vertex"},
    {Flaw::short_ring, "Loop must have at least 3 different vertices"},
    {Flaw::bad_line, "GeoJSON LineString must have at least 2 vertices"},
    {Flaw::bad_ring, "Loop is not valid: edges cross, or vertices are opposite"},
    {Flaw::bad_holes, "Secondary loops not contained by first exterior loop"},
    {Flaw::no_geometries, "GeometryCollection geometries must be a nonempty array"},
};

bool is_geojson(const Value& value) {
  const Value* const type = value.find("type");
  return type != nullptr && type->is_string();
}

// The first numbers of an array or of a document.
std::optional<PlanePoint> numbers_of(const Value& value, std::size_t most) {
  const auto number = [](const Value& part) -> std::optional<double> {
    return part.is_number() ? std::optional(part.to_double()) : std::nullopt;
  };
  std::optional<double> x;
  std::optional<double> y;
  if (value.is_array()) {
    const auto parts = value.as_array();
    if (parts.size() < 2 || parts.size() > most) return std::nullopt;
    x = number(parts[0]);
    y = number(parts[1]);
  } else if (value.is_object()) {
    const auto parts = value.as_object();
    if (parts.size() < 2 || parts.size() > most) return std::nullopt;
    x = number(parts[0].value);
    y = number(parts[1].value);
  }
  if (!x || !y) return std::nullopt;
  return PlanePoint{.x = *x, .y = *y};
}

std::optional<Figure> on_sphere(const PlanePoint& pair) {
  const bool valid = pair.x >= -180.0 && pair.x <= 180.0 && pair.y >= -90.0 && pair.y <= 90.0;
  if (!valid) return std::nullopt;
  return Figure{{Shape::point({.longitude = pair.x, .latitude = pair.y})}};
}

Value as_geojson(const PlanePoint& pair) {
  return Value::geometry(
      {{"type", Value::string("Point")},
       {"coordinates", Value::array({Value::float64(pair.x), Value::float64(pair.y)})}});
}

}  // namespace

std::string flaw_text(Flaw flaw, const Value& given) {
  const auto* const row = std::ranges::find(kFlaws, flaw, &FlawText::flaw);
  return fmt::format("{}: {}", row->text, print(given));
}

std::optional<PlanePoint> pair_of(const Value& value) {
  return numbers_of(value, static_cast<std::size_t>(-1));
}

Result<PlanePoint> parse_pair(const Value& value) {
  if (!value.is_array() && !value.is_object()) {
    return error(ErrorCode::bad_value, "Point must be an array or object");
  }
  const auto pair = numbers_of(value, 2);
  if (!pair) {
    return error(ErrorCode::bad_value, "Point must only contain two numeric elements: {}",
                 print(value));
  }
  if (!std::isfinite(pair->x) || !std::isfinite(pair->y)) {
    return error(ErrorCode::bad_value, "Point coordinates must be finite numbers");
  }
  return *pair;
}

std::optional<Location> location_of(const Value& stored) {
  if (is_geojson(stored)) {
    auto figure = geometry::figure_of(stored);
    if (!figure) return std::nullopt;
    Location location;
    const Value* const type = stored.find("type");
    if (type->as_string() == "Point") location.point = pair_of(*stored.find("coordinates"));
    location.figure = *std::move(figure);
    return location;
  }
  const auto pair = pair_of(stored);
  if (!pair) return std::nullopt;
  return Location{.figure = on_sphere(*pair), .point = pair};
}

Result<Figure> parse_geojson(const Value& given) {
  if (is_geojson(given)) {
    auto figure = geometry::figure_of(given);
    if (!figure) return error(ErrorCode::bad_value, "{}", flaw_text(figure.error(), given));
    return *std::move(figure);
  }
  TRY(const PlanePoint pair, parse_pair(given));
  auto figure = on_sphere(pair);
  if (!figure) {
    return error(ErrorCode::bad_value, "Longitude/latitude is out of bounds, lng: {} lat: {}",
                 pair.x, pair.y);
  }
  return *std::move(figure);
}

std::optional<Value> sphere_value(const Value& stored) {
  if (is_geojson(stored)) {
    if (!geometry::figure_of(stored)) return std::nullopt;
    const auto fields = stored.as_object();
    return Value::geometry({fields.begin(), fields.end()});
  }
  const auto pair = pair_of(stored);
  if (!pair || !on_sphere(*pair)) return std::nullopt;
  return as_geojson(*pair);
}

Status check_sphere_value(const Value& stored) {
  if (stored.is_null() || stored.type() == value::Type::undefined) return {};
  if (is_geojson(stored)) {
    const auto figure = geometry::figure_of(stored);
    if (figure) return {};
    return error(kNoGeoKeys, "Can't extract geo keys: {} {}", print(stored),
                 flaw_text(figure.error(), stored));
  }
  const auto pair = pair_of(stored);
  if (pair && on_sphere(*pair)) return {};
  if (pair) {
    return error(kNoGeoKeys,
                 "Can't extract geo keys: {} longitude/latitude is out of bounds, lng: {} lat: {}",
                 print(stored), pair->x, pair->y);
  }
  return error(kNoGeoKeys, "Can't extract geo keys: unknown GeoJSON type: {}", print(stored));
}

Status check_plane_value(const Value& stored, const PlaneLimits& limits) {
  const auto check = [&](const Value& place) -> Status {
    const auto pair = pair_of(place);
    if (!pair) {
      return error(kNoPair, "geo field only has 1 element, or is no pair of numbers: {}",
                   print(place));
    }
    const bool within = pair->x >= limits.least && pair->x < limits.most &&
                        pair->y >= limits.least && pair->y < limits.most;
    // The upper limit itself is let in, as MongoDB does.
    const bool on_edge = pair->x >= limits.least && pair->x <= limits.most &&
                         pair->y >= limits.least && pair->y <= limits.most;
    if (within || on_edge) return {};
    return error(kBeyondLimits, "point not in interval of [ {}, {} ] :: caused by :: {}",
                 limits.least, limits.most, print(place));
  };
  if (stored.is_object() && stored.as_object().empty()) return {};
  if (!stored.is_object() && !stored.is_array()) {
    if (stored.is_null() || stored.type() == value::Type::undefined) return {};
    return error(kNoLocation, "location object expected, location array not in correct format");
  }
  const bool several =
      stored.is_array() && !stored.as_array().empty() && !stored.as_array().front().is_number();
  if (!several) return check(stored);
  for (const Value& place : stored.as_array()) TRY_STATUS(check(place));
  return {};
}

}  // namespace octavo::mongodb
