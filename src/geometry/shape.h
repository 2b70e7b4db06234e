#pragma once

// Points, lines and polygons on a sphere: edges are great circles, boundaries belong to the shape.
// Distances are measured on an ellipsoid.

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "geometry/geodesic.h"

namespace octavo::geometry {

using Ring = std::vector<Position>;  // closed: the last position repeats the first

// What is within an angle of a point.
struct Cap {
  Position center;
  double radius = 0.0;  // radians
};

class Shape {
 public:
  enum class Kind { point, line, polygon };

  static Shape point(const Position& position);
  // nullopt: fewer than two vertices, or neighbours that are equal or antipodal.
  static std::optional<Shape> line(std::span<const Position> positions);
  // Rings enclose the smaller side. nullopt: a ring with fewer than three vertices, with
  // neighbours as above, or that crosses itself.
  static std::optional<Shape> polygon(const Ring& ring);
  // An outer shell and holes in it. nullopt as well when a hole is not inside.
  static std::optional<Shape> polygon(std::span<const Ring> rings);
  // One ring that encloses what is to the left of its course, however large that is.
  static std::optional<Shape> wound_polygon(const Ring& ring);

  Kind kind() const;

  // At most about `max_cells` S2 cells (http://s2geometry.io) that cover the shape together, with a
  // margin in which touching points are found: shapes that intersect have cells of which one
  // contains the other. Ids, ascending.
  std::vector<std::uint64_t> covering(int max_cells) const;

  bool intersects(const Shape& other) const;
  // Whether no part of `other` is outside; `this` is a polygon.
  bool includes(const Shape& other) const;
  // From this point to the nearest point of `other`; 0 inside.
  double distance(const Shape& other, const Ellipsoid& ellipsoid) const;
  // The same as an angle at the centre of the sphere, in radians.
  double angle(const Shape& other) const;
  // Whether no part of it is farther from the centre of the cap than its radius.
  bool is_within(const Cap& cap) const;

 private:
  struct Geometry;  // on S2, which only shape.cc sees
  explicit Shape(std::shared_ptr<const Geometry> geometry) : geometry_(std::move(geometry)) {}

  std::shared_ptr<const Geometry> geometry_;
};

// As of shapes.
std::vector<std::uint64_t> covering(const Cap& cap, int max_cells);

// A range of cell ids, both ends in it.
struct CellRange {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
};
// Where the ids lie of all cells that contain one of `covering` or are inside of one: disjoint,
// ascending.
std::vector<CellRange> related_cells(const std::vector<std::uint64_t>& covering);

}  // namespace octavo::geometry
