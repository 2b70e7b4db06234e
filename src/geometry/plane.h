#pragma once

// Points and areas of a flat plane with coordinates of any unit.

#include <vector>

namespace octavo::geometry {

struct PlanePoint {
  double x = 0.0;
  double y = 0.0;

  friend bool operator==(const PlanePoint&, const PlanePoint&) = default;
};

double plane_distance(const PlanePoint& a, const PlanePoint& b);

// The edges belong to boxes and circles.
struct PlaneBox {
  PlanePoint least;
  PlanePoint most;

  bool contains(const PlanePoint& point) const;
  PlaneBox bounds() const { return *this; }
};

struct PlaneCircle {
  PlanePoint center;
  double radius = 0.0;

  bool contains(const PlanePoint& point) const;
  PlaneBox bounds() const;
};

// Between the corners in their order, and from the last to the first; what is enclosed twice is
// outside. Corners and edges parallel to an axis belong to it, of others those on the right.
struct PlanePolygon {
  std::vector<PlanePoint> corners;  // at least three

  bool contains(const PlanePoint& point) const;
  PlaneBox bounds() const;
};

}  // namespace octavo::geometry
