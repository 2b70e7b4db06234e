#include "dialect/reql/text/geojson.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "dialect/reql/error.h"
#include "dialect/reql/messages.h"

namespace octavo::reql {
namespace {

using geometry::Position;
using geometry::Ring;
using geometry::Shape;

Result<Value> coordinates_of(const Value& geojson) {
  const Value* coordinates = geojson.find("coordinates");
  if (coordinates == nullptr) return missing_attribute("coordinates", geojson);
  TRY_STATUS(check_array(*coordinates));
  return *coordinates;
}

Status check_range(const Position& at) {
  if (!(at.longitude >= -180.0 && at.longitude <= 180.0)) {
    return fail_logic(fmt::format("Longitude must be between -180 and 180.  Got {}.",
                                  print_number(at.longitude)));
  }
  if (!(at.latitude >= -90.0 && at.latitude <= 90.0)) {
    return fail_logic(
        fmt::format("Latitude must be between -90 and 90.  Got {}.", print_number(at.latitude)));
  }
  return {};
}

Result<Position> to_position(const Value& pair) {
  TRY_STATUS(check_array(pair));
  const value::ArrayView elements = pair.as_array();
  if (elements.size() != 2) {
    return fail_logic(
        fmt::format("Expected point coordinate pair.  Got {} element array instead of a 2 element "
                    "one.",
                    elements.size()));
  }
  Position at;
  TRY(at.longitude, to_number(elements[0]));
  TRY(at.latitude, to_number(elements[1]));
  return at;
}

Result<std::vector<Position>> to_positions(const Value& list) {
  TRY_STATUS(check_array(list));
  std::vector<Position> positions;
  positions.reserve(list.as_array().size());
  for (const Value& pair : list.as_array()) {
    TRY(const Position at, to_position(pair));
    positions.push_back(at);
  }
  return positions;
}

bool same_position(const Position& a, const Position& b) {
  return a.longitude == b.longitude && a.latitude == b.latitude;
}

Result<Shape> point_shape(const Value& coordinates) {
  TRY(const Position at, to_position(coordinates));
  TRY_STATUS(check_range(at));
  return Shape::point(at);
}

Result<Shape> line_shape(const Value& coordinates) {
  TRY(const std::vector<Position> positions, to_positions(coordinates));
  for (const Position& at : positions) TRY_STATUS(check_range(at));
  if (positions.size() < 2) {
    return fail_logic("GeoJSON LineString must have at least two positions.");
  }
  std::optional<Shape> shape = Shape::line(positions);
  if (!shape) {
    return fail_logic("Invalid LineString.  Are there antipodal or duplicate vertices?");
  }
  return *std::move(shape);
}

Result<Ring> to_ring(const Value& list) {
  TRY(Ring ring, to_positions(list));
  for (const Position& at : ring) TRY_STATUS(check_range(at));
  if (ring.size() < 4) return fail_logic("GeoJSON LinearRing must have at least four positions.");
  if (!same_position(ring.front(), ring.back())) {
    return fail_logic("First and last vertex of GeoJSON LinearRing must be identical.");
  }
  if (!Shape::polygon(ring)) {
    return fail_logic(
        "Invalid LinearRing.  Are there antipodal or duplicate vertices? Is it "
        "self-intersecting?");
  }
  return ring;
}

Result<std::vector<Ring>> to_rings(const Value& coordinates) {
  std::vector<Ring> rings;
  for (const Value& list : coordinates.as_array()) {
    TRY(Ring ring, to_ring(list));
    rings.push_back(std::move(ring));
  }
  if (rings.empty()) return fail_logic("GeoJSON Polygon must have at least one LinearRing.");
  return rings;
}

Result<Shape> polygon_shape(const Value& coordinates) {
  TRY(const std::vector<Ring> rings, to_rings(coordinates));
  std::optional<Shape> shape = Shape::polygon(rings);
  if (!shape) return fail_logic("Invalid Polygon.  Are there holes outside of the shell?");
  return *std::move(shape);
}

struct GeometryKind {
  std::string_view name;
  Result<Shape> (*shape)(const Value& coordinates);
};
constexpr std::array kKinds{
    GeometryKind{"Point", point_shape},
    GeometryKind{"LineString", line_shape},
    GeometryKind{"Polygon", polygon_shape},
};
constexpr std::array<std::string_view, 6> kOtherKinds{"MultiPoint",   "MultiLineString",
                                                      "MultiPolygon", "GeometryCollection",
                                                      "Feature",      "FeatureCollection"};

// «Expected geometry of type `Point` but found `LineString`.»
Status expect_type(const Value& geometry, std::string_view expected) {
  TRY(const std::string type, geometry_type(geometry));
  if (type == expected) return {};
  return fail_logic(fmt::format("Expected geometry of type `{}` but found `{}`.", expected, type));
}

Value to_array(const Position& at) {
  return Value::array({number(at.longitude), number(at.latitude)});
}
Value to_array(const std::vector<Position>& positions) {
  std::vector<Value> elements;
  elements.reserve(positions.size());
  for (const Position& at : positions) elements.push_back(to_array(at));
  return Value::array(std::move(elements));
}

// Builds the datum and checks what it describes.
Result<Value> make_geometry(std::string_view type, Value coordinates) {
  Value geometry =
      Value::geometry({{"coordinates", std::move(coordinates)}, {"type", string(type)}});
  if (const Result<Shape> shape = shape_of(geometry); !shape) return fail(shape.error());
  return geometry;
}

}  // namespace

Status check_geometry(const Value& datum) {
  if (datum.type() == Type::geometry) return {};
  return type_error("PTYPE<GEOMETRY>", datum);
}

Result<std::string> geometry_type(const Value& geometry) {
  const Value* type = geometry.find("type");
  if (type == nullptr) return missing_attribute("type", geometry);
  TRY_STATUS(check_string(*type));
  return std::string(type->as_string());
}

Result<Shape> shape_of(const Value& geojson) {
  TRY(const std::string type, geometry_type(geojson));
  TRY(const Value coordinates, coordinates_of(geojson));
  for (const GeometryKind& kind : kKinds) {
    if (kind.name == type) return kind.shape(coordinates);
  }
  if (std::find(kOtherKinds.begin(), kOtherKinds.end(), type) != kOtherKinds.end()) {
    return fail_logic(fmt::format("GeoJSON type `{}` is not supported.", type));
  }
  return fail_logic(fmt::format("Unrecognized GeoJSON type `{}`.", type));
}

Result<Position> position_argument(const Value& datum) {
  if (datum.type() != Type::geometry) return to_position(datum);
  TRY_STATUS(expect_type(datum, "Point"));
  TRY(const Value coordinates, coordinates_of(datum));
  return to_position(coordinates);
}

Result<std::vector<Position>> line_positions(const Value& geometry) {
  TRY_STATUS(expect_type(geometry, "LineString"));
  TRY(const Value coordinates, coordinates_of(geometry));
  return to_positions(coordinates);
}

Result<std::vector<Ring>> polygon_rings(const Value& geometry) {
  TRY(const Value coordinates, coordinates_of(geometry));
  return to_rings(coordinates);
}

Result<Value> make_point(const Position& position) {
  return make_geometry("Point", to_array(position));
}

Result<Value> make_line(const std::vector<Position>& positions) {
  return make_geometry("LineString", to_array(positions));
}

Result<Value> make_polygon(std::vector<Ring> rings) {
  std::vector<Value> lists;
  for (Ring& ring : rings) {
    if (!ring.empty() && !same_position(ring.front(), ring.back())) ring.push_back(ring.front());
    lists.push_back(to_array(ring));
  }
  return make_geometry("Polygon", Value::array(std::move(lists)));
}

}  // namespace octavo::reql
