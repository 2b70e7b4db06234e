#pragma once

// GEOMETRY datums and the shapes they describe.

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "dialect/reql/datum.h"
#include "geometry/shape.h"

namespace octavo::reql {

// «Expected type PTYPE<GEOMETRY> but found …» unless the datum is a geometry.
Status check_geometry(const Value& datum);
// "Point", "LineString" or "Polygon".
Result<std::string> geometry_type(const Value& geometry);

// The shape of a geometry, or of an object in GeoJSON's form; checks everything about it.
Result<geometry::Shape> shape_of(const Value& geojson);

// A Point, or an array of longitude and latitude.
Result<geometry::Position> position_argument(const Value& datum);
Result<std::vector<geometry::Position>> line_positions(const Value& geometry);
// The rings of a Polygon: its shell and its holes.
Result<std::vector<geometry::Ring>> polygon_rings(const Value& geometry);

// Geometries that were checked.
Result<Value> make_point(const geometry::Position& position);
Result<Value> make_line(const std::vector<geometry::Position>& positions);
// Closes rings that are open.
Result<Value> make_polygon(std::vector<geometry::Ring> rings);

}  // namespace octavo::reql
