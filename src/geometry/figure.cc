#include "geometry/figure.h"

#include <algorithm>
#include <limits>

namespace octavo::geometry {

bool Figure::intersects(const Figure& other) const {
  return std::ranges::any_of(shapes, [&](const Shape& mine) {
    return std::ranges::any_of(other.shapes,
                               [&](const Shape& others) { return mine.intersects(others); });
  });
}

bool Figure::is_within(const Figure& area) const {
  return std::ranges::all_of(shapes, [&](const Shape& shape) {
    return std::ranges::any_of(area.shapes, [&](const Shape& polygon) {
      return polygon.kind() == Shape::Kind::polygon && polygon.includes(shape);
    });
  });
}

bool Figure::is_within(const Cap& cap) const {
  return std::ranges::all_of(shapes, [&](const Shape& shape) { return shape.is_within(cap); });
}

double Figure::angle_from(const Position& point) const {
  const Shape from = Shape::point(point);
  double nearest = std::numeric_limits<double>::infinity();
  for (const Shape& shape : shapes) nearest = std::min(nearest, from.angle(shape));
  return nearest;
}

std::vector<std::uint64_t> Figure::covering(int max_cells) const {
  const auto each = static_cast<int>(static_cast<std::size_t>(max_cells) / shapes.size());
  std::vector<std::uint64_t> cells;
  for (const Shape& shape : shapes) {
    const auto some = shape.covering(std::max(each, 1));
    cells.insert(cells.end(), some.begin(), some.end());
  }
  std::ranges::sort(cells);
  const auto repeats = std::ranges::unique(cells);
  cells.erase(repeats.begin(), repeats.end());
  return cells;
}

}  // namespace octavo::geometry
