#include "geometry/plane.h"

#include <algorithm>
#include <cmath>

namespace octavo::geometry {
namespace {

// Twice the area of the triangle, positive where `c` is to the left of the way from `a` to `b`.
double turn(const PlanePoint& a, const PlanePoint& b, const PlanePoint& c) {
  return (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x);
}

bool is_on(const PlanePoint& a, const PlanePoint& b, const PlanePoint& point) {
  return turn(a, b, point) == 0.0 && point.x >= std::min(a.x, b.x) &&
         point.x <= std::max(a.x, b.x) && point.y >= std::min(a.y, b.y) &&
         point.y <= std::max(a.y, b.y);
}

}  // namespace

double plane_distance(const PlanePoint& a, const PlanePoint& b) {
  return std::hypot(a.x - b.x, a.y - b.y);
}

bool PlaneBox::contains(const PlanePoint& point) const {
  return point.x >= least.x && point.x <= most.x && point.y >= least.y && point.y <= most.y;
}

bool PlaneCircle::contains(const PlanePoint& point) const {
  return plane_distance(center, point) <= radius;
}

PlaneBox PlaneCircle::bounds() const {
  return {.least = {center.x - radius, center.y - radius},
          .most = {center.x + radius, center.y + radius}};
}

// A ray to the right crosses the border an odd number of times.
bool PlanePolygon::contains(const PlanePoint& point) const {
  bool inside = false;
  for (std::size_t i = 0; i < corners.size(); ++i) {
    const PlanePoint& from = corners[i];
    const PlanePoint& to = corners[(i + 1) % corners.size()];
    if (is_on(from, to, point)) return true;
    if ((from.y > point.y) == (to.y > point.y)) continue;
    const bool upward = to.y > from.y;
    if ((turn(from, to, point) > 0.0) == upward) inside = !inside;
  }
  return inside;
}

PlaneBox PlanePolygon::bounds() const {
  PlaneBox box{.least = corners.front(), .most = corners.front()};
  for (const PlanePoint& corner : corners) {
    box.least = {std::min(box.least.x, corner.x), std::min(box.least.y, corner.y)};
    box.most = {std::max(box.most.x, corner.x), std::max(box.most.y, corner.y)};
  }
  return box;
}

}  // namespace octavo::geometry
