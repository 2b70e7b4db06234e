#pragma once

// Several shapes as one: what GeoJSON calls MultiPoint, MultiLineString, MultiPolygon and
// GeometryCollection. A figure of one shape is that shape.

#include <cstdint>
#include <vector>

#include "geometry/shape.h"

namespace octavo::geometry {

struct Figure {
  std::vector<Shape> shapes;  // at least one

  bool intersects(const Figure& other) const;
  // Each shape lies within one of the polygons of `area`.
  bool is_within(const Figure& area) const;
  bool is_within(const Cap& cap) const;
  // From `point` to the nearest of the shapes, in radians.
  double angle_from(const Position& point) const;

  // As of shapes; about `max_cells` for all of them.
  std::vector<std::uint64_t> covering(int max_cells) const;
};

}  // namespace octavo::geometry
