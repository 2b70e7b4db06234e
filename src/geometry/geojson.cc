#include "geometry/geojson.h"

#include <string_view>
#include <vector>

namespace octavo::geometry {
namespace {

using value::Type;
using value::Value;

constexpr std::size_t kRingPositions = 4;  // at least, the last one being the first again

bool in_range(const Position& at) {
  return at.longitude >= -180.0 && at.longitude <= 180.0 && at.latitude >= -90.0 &&
         at.latitude <= 90.0;
}

std::optional<Position> position_of(const Value& pair) {
  if (pair.type() != Type::array) return std::nullopt;
  const value::ArrayView elements = pair.as_array();
  if (elements.size() != 2) return std::nullopt;
  if (!elements[0].is_number() || !elements[1].is_number()) return std::nullopt;
  const Position at{.longitude = elements[0].to_double(), .latitude = elements[1].to_double()};
  return in_range(at) ? std::optional(at) : std::nullopt;
}

std::optional<std::vector<Position>> positions_of(const Value& list) {
  if (list.type() != Type::array) return std::nullopt;
  std::vector<Position> positions;
  positions.reserve(list.as_array().size());
  for (const Value& pair : list.as_array()) {
    const std::optional<Position> at = position_of(pair);
    if (!at) return std::nullopt;
    positions.push_back(*at);
  }
  return positions;
}

std::optional<Ring> ring_of(const Value& list) {
  std::optional<Ring> ring = positions_of(list);
  if (!ring || ring->size() < kRingPositions) return std::nullopt;
  const Position& first = ring->front();
  const Position& last = ring->back();
  const bool closed = first.longitude == last.longitude && first.latitude == last.latitude;
  return closed ? std::move(ring) : std::nullopt;
}

std::optional<Shape> point_of(const Value& coordinates) {
  const std::optional<Position> at = position_of(coordinates);
  return at ? std::optional(Shape::point(*at)) : std::nullopt;
}

std::optional<Shape> line_of(const Value& coordinates) {
  const auto positions = positions_of(coordinates);
  return positions ? Shape::line(*positions) : std::nullopt;
}

std::optional<Shape> polygon_of(const Value& coordinates) {
  if (coordinates.type() != Type::array || coordinates.as_array().size() == 0) return std::nullopt;
  std::vector<Ring> rings;
  for (const Value& list : coordinates.as_array()) {
    std::optional<Ring> ring = ring_of(list);
    if (!ring || !Shape::polygon(*ring)) return std::nullopt;
    rings.push_back(*std::move(ring));
  }
  return Shape::polygon(rings);
}

struct Kind {
  std::string_view name;
  std::optional<Shape> (*shape_of)(const Value& coordinates);
};
constexpr Kind kKinds[] = {{"Point", point_of}, {"LineString", line_of}, {"Polygon", polygon_of}};

}  // namespace

std::optional<Shape> shape_of(const Value& geojson) {
  const Value* type = geojson.find("type");
  const Value* coordinates = geojson.find("coordinates");
  if (type == nullptr || coordinates == nullptr || !type->is_string()) return std::nullopt;
  for (const Kind& kind : kKinds) {
    if (kind.name == type->as_string()) return kind.shape_of(*coordinates);
  }
  return std::nullopt;
}

}  // namespace octavo::geometry
