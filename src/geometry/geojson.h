#pragma once

// GeoJSON (RFC 7946) of the kinds that there are shapes for.

#include <cstdint>
#include <expected>
#include <optional>

#include "geometry/figure.h"
#include "geometry/shape.h"
#include "value/value.h"

namespace octavo::geometry {

// The shape of a Point, LineString or Polygon, an object or a geometry. nullopt when it is none;
// what is wrong with it is for a dialect to say in its own words.
std::optional<Shape> shape_of(const value::Value& geojson);

// What is wrong with a figure.
enum class Flaw : std::uint8_t {
  unknown_type,   // no `type`, or none of GeoJSON's
  no_positions,   // coordinates that are no array, or too few
  no_position,    // something else in the place of a pair of numbers
  out_of_range,   // beyond ±180° and ±90°
  open_ring,      // the last position is not the first
  short_ring,     // fewer than four positions
  bad_line,       // fewer than two vertices, or opposite ones
  bad_ring,       // one that crosses itself, or has opposite neighbours
  bad_holes,      // not within the shell
  no_geometries,  // of a GeometryCollection
};

// A figure of any kind of GeoJSON but Feature. Positions may have more numbers than two or be
// objects of them, positions that repeat the one before are left out.
std::expected<Figure, Flaw> figure_of(const value::Value& geojson);

// A pair of numbers that are degrees; what follows them does not matter.
std::expected<Position, Flaw> position_of(const value::Value& pair);
// A ring that is closed: for polygons that are not made here.
std::expected<Ring, Flaw> ring_of(const value::Value& positions);

// Areas that are looked for: a figure, or {type: "Cap", coordinates: [longitude, latitude], radius:
// radians}, which is no GeoJSON and only an area. Empty: it is none.
std::vector<std::uint64_t> covering_of_area(const value::Value& area, int max_cells);
value::Value area_of(const Cap& cap);

}  // namespace octavo::geometry
