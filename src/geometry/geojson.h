#pragma once

// GeoJSON (RFC 7946) of the kinds that there are shapes for.

#include <optional>

#include "geometry/shape.h"
#include "value/value.h"

namespace octavo::geometry {

// The shape of a Point, LineString or Polygon, an object or a geometry. nullopt when it is none;
// what is wrong with it is for a dialect to say in its own words.
std::optional<Shape> shape_of(const value::Value& geojson);

}  // namespace octavo::geometry
