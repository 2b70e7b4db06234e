#include "geometry/geojson.h"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

namespace octavo::geometry {
namespace {

using value::Type;
using value::Value;

template <class T>
using Read = std::expected<T, Flaw>;

constexpr std::size_t kRingPositions = 4;  // at least, the last one being the first again
constexpr std::string_view kType = "type", kCoordinates = "coordinates", kRadius = "radius",
                           kGeometries = "geometries", kCap = "Cap";

bool in_range(const Position& at) {
  return at.longitude >= -180.0 && at.longitude <= 180.0 && at.latitude >= -90.0 &&
         at.latitude <= 90.0;
}

bool same(const Position& a, const Position& b) {
  return a.longitude == b.longitude && a.latitude == b.latitude;
}

// What differs between who reads.
struct Rules {
  // Pairs and nothing more; vertices that repeat are an error of the shape. Else a position may
  // have more numbers, and be an object of them.
  bool exact = false;
};

std::size_t size_of(const Value& pair) {
  if (pair.is_array()) return pair.as_array().size();
  return pair.is_object() ? pair.as_object().size() : 0;
}

Read<Position> read_position(const Value& pair, const Rules& rules) {
  const std::size_t count = size_of(pair);
  if (count < 2 || (rules.exact && (count > 2 || !pair.is_array()))) {
    return std::unexpected(Flaw::no_position);
  }
  const Value& first = pair.is_array() ? pair.as_array()[0] : pair.as_object()[0].value;
  const Value& second = pair.is_array() ? pair.as_array()[1] : pair.as_object()[1].value;
  if (!first.is_number() || !second.is_number()) return std::unexpected(Flaw::no_position);
  const Position at{.longitude = first.to_double(), .latitude = second.to_double()};
  if (!in_range(at)) return std::unexpected(Flaw::out_of_range);
  return at;
}

Read<std::vector<Position>> read_positions(const Value& list, const Rules& rules) {
  if (list.type() != Type::array) return std::unexpected(Flaw::no_positions);
  std::vector<Position> positions;
  positions.reserve(list.as_array().size());
  for (const Value& pair : list.as_array()) {
    const auto at = read_position(pair, rules);
    if (!at) return std::unexpected(at.error());
    positions.push_back(*at);
  }
  return positions;
}

Read<Ring> read_ring(const Value& list, const Rules& rules) {
  auto ring = read_positions(list, rules);
  if (!ring) return ring;
  if (ring->size() < kRingPositions) return std::unexpected(Flaw::short_ring);
  if (!same(ring->front(), ring->back())) return std::unexpected(Flaw::open_ring);
  return ring;
}

void drop_repeats(std::vector<Position>& positions, const Rules& rules) {
  if (rules.exact) return;
  const auto rest = std::ranges::unique(positions, same);
  positions.erase(rest.begin(), rest.end());
}

Read<Shape> made(std::optional<Shape> shape, Flaw flaw) {
  if (!shape) return std::unexpected(flaw);
  return *std::move(shape);
}

Read<Shape> read_point(const Value& coordinates, const Rules& rules) {
  const auto at = read_position(coordinates, rules);
  if (!at) return std::unexpected(at.error());
  return Shape::point(*at);
}

Read<Shape> read_line(const Value& coordinates, const Rules& rules) {
  auto positions = read_positions(coordinates, rules);
  if (!positions) return std::unexpected(positions.error());
  drop_repeats(*positions, rules);
  return made(Shape::line(*positions), Flaw::bad_line);
}

Read<Shape> read_polygon(const Value& coordinates, const Rules& rules) {
  if (coordinates.type() != Type::array || coordinates.as_array().empty()) {
    return std::unexpected(Flaw::no_positions);
  }
  std::vector<Ring> rings;
  for (const Value& list : coordinates.as_array()) {
    auto ring = read_ring(list, rules);
    if (!ring) return std::unexpected(ring.error());
    drop_repeats(*ring, rules);
    if (!Shape::polygon(*ring)) return std::unexpected(Flaw::bad_ring);
    rings.push_back(*std::move(ring));
  }
  return made(Shape::polygon(rings), Flaw::bad_holes);
}

using ReadShape = Read<Shape> (*)(const Value& coordinates, const Rules& rules);

// `several`: its coordinates are an array of those of the shape.
struct Kind {
  std::string_view name;
  ReadShape read;
  bool several = false;
};
constexpr Kind kKinds[] = {{"Point", read_point},
                           {"LineString", read_line},
                           {"Polygon", read_polygon},
                           {"MultiPoint", read_point, true},
                           {"MultiLineString", read_line, true},
                           {"MultiPolygon", read_polygon, true}};
constexpr std::string_view kCollection = "GeometryCollection";

const Kind* kind_of(const Value& geojson) {
  const Value* const type = geojson.find(kType);
  if (type == nullptr || !type->is_string()) return nullptr;
  const auto* const kind = std::ranges::find(kKinds, type->as_string(), &Kind::name);
  return kind == std::end(kKinds) ? nullptr : kind;
}

Read<Figure> read_kind(const Value& geojson, const Kind& kind) {
  const Value* const coordinates = geojson.find(kCoordinates);
  if (coordinates == nullptr) return std::unexpected(Flaw::no_positions);
  const bool no_array = kind.several && coordinates->type() != Type::array;
  if (no_array) return std::unexpected(Flaw::no_positions);
  Figure figure;
  const auto parts = kind.several ? coordinates->as_array() : value::ArrayView(coordinates, 1);
  if (parts.empty()) return std::unexpected(Flaw::no_positions);
  for (const Value& part : parts) {
    auto shape = kind.read(part, {});
    if (!shape) return std::unexpected(shape.error());
    figure.shapes.push_back(*std::move(shape));
  }
  return figure;
}

Read<Figure> read_collection(const Value& geojson) {
  const Value* const geometries = geojson.find(kGeometries);
  if (geometries == nullptr || geometries->type() != Type::array ||
      geometries->as_array().empty()) {
    return std::unexpected(Flaw::no_geometries);
  }
  Figure all;
  for (const Value& part : geometries->as_array()) {
    // A collection within one is none of GeoJSON's.
    const Kind* const kind = kind_of(part);
    if (kind == nullptr) return std::unexpected(Flaw::unknown_type);
    auto figure = read_kind(part, *kind);
    if (!figure) return figure;
    std::ranges::move(figure->shapes, std::back_inserter(all.shapes));
  }
  return all;
}

std::optional<Cap> cap_of(const Value& area) {
  const Value* const type = area.find(kType);
  const Value* const center = area.find(kCoordinates);
  const Value* const radius = area.find(kRadius);
  if (type == nullptr || !type->is_string() || type->as_string() != kCap) return std::nullopt;
  if (center == nullptr || radius == nullptr || !radius->is_number()) return std::nullopt;
  const auto at = read_position(*center, {});
  if (!at) return std::nullopt;
  return Cap{.center = *at, .radius = radius->to_double()};
}

}  // namespace

std::optional<Shape> shape_of(const Value& geojson) {
  const Kind* const kind = kind_of(geojson);
  const Value* const coordinates = geojson.find(kCoordinates);
  if (kind == nullptr || kind->several || coordinates == nullptr) return std::nullopt;
  auto shape = kind->read(*coordinates, {.exact = true});
  if (!shape) return std::nullopt;
  return *std::move(shape);
}

std::expected<Figure, Flaw> figure_of(const Value& geojson) {
  if (const Kind* const kind = kind_of(geojson)) return read_kind(geojson, *kind);
  const Value* const type = geojson.find(kType);
  if (type != nullptr && type->is_string() && type->as_string() == kCollection) {
    return read_collection(geojson);
  }
  return std::unexpected(Flaw::unknown_type);
}

std::expected<Position, Flaw> position_of(const Value& pair) { return read_position(pair, {}); }

std::expected<Ring, Flaw> ring_of(const Value& positions) {
  auto ring = read_ring(positions, {});
  if (ring) drop_repeats(*ring, {});
  return ring;
}

std::vector<std::uint64_t> covering_of_area(const Value& area, int max_cells) {
  if (const auto cap = cap_of(area)) return covering(*cap, max_cells);
  const auto figure = figure_of(area);
  return figure ? figure->covering(max_cells) : std::vector<std::uint64_t>();
}

Value area_of(const Cap& cap) {
  return Value::geometry(
      {{std::string(kType), Value::string(kCap)},
       {std::string(kCoordinates),
        Value::array({Value::float64(cap.center.longitude), Value::float64(cap.center.latitude)})},
       {std::string(kRadius), Value::float64(cap.radius)}});
}

}  // namespace octavo::geometry
