#pragma once

// A square of a plane cut into cells, 2^bits on a side, whose numbers follow the Z-order curve
// (G. M. Morton, 1966): each quarter of a square, and of its quarters, is one range of numbers.

#include <cstdint>
#include <optional>
#include <vector>

#include "geometry/plane.h"

namespace octavo::index {

struct CellNumbers {
  std::uint64_t first = 0;
  std::uint64_t last = 0;  // in it
};

class Grid {
 public:
  static constexpr int kMostBits = 32;

  // `bits`: 1 to kMostBits; `most` is above `least`.
  Grid(double least, double most, int bits) : least_(least), most_(most), bits_(bits) {}

  // The cell of a point, one beyond the square being in the nearest of its cells.
  std::uint64_t cell_of(const geometry::PlanePoint& point) const;
  // Ranges that have every cell which touches the box, ascending; about `max_ranges`.
  std::vector<CellNumbers> cells_of(const geometry::PlaneBox& box, std::size_t max_ranges) const;

 private:
  std::uint64_t line_of(double coordinate) const;

  double least_;
  double most_;
  int bits_;
};

}  // namespace octavo::index
