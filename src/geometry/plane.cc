#include "geometry/plane.h"

#include <algorithm>
#include <cmath>

namespace octavo::geometry {
namespace {

bool is_between(double a, double b, double value) {
  return value >= std::min(a, b) && value <= std::max(a, b);
}

// On an edge that is parallel to an axis, or on a corner.
bool is_on_border(const PlanePoint& from, const PlanePoint& to, const PlanePoint& point) {
  if (from == point) return true;
  if (from.y == to.y) return point.y == from.y && is_between(from.x, to.x, point.x);
  return from.x == to.x && point.x == from.x && is_between(from.y, to.y, point.y);
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

// A ray to the right crosses the border an odd number of times; it begins on what it lies on.
bool PlanePolygon::contains(const PlanePoint& point) const {
  bool inside = false;
  for (std::size_t i = 0; i < corners.size(); ++i) {
    const PlanePoint& from = corners[i];
    const PlanePoint& to = corners[(i + 1) % corners.size()];
    if (is_on_border(from, to, point)) return true;
    if ((point.y > from.y) == (point.y > to.y)) continue;
    const double crossing = (point.y - from.y) * (to.x - from.x) / (to.y - from.y) + from.x;
    if (point.x <= crossing) inside = !inside;
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
