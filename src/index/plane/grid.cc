#include "index/plane/grid.h"

#include <algorithm>
#include <cmath>
#include <deque>

namespace octavo::index {
namespace {

std::uint64_t interleave(std::uint64_t column, std::uint64_t row, int bits) {
  std::uint64_t cell = 0;
  for (int bit = bits; bit-- > 0;) {
    cell = cell << 2U | (column >> static_cast<unsigned>(bit) & 1U) << 1U |
           (row >> static_cast<unsigned>(bit) & 1U);
  }
  return cell;
}

// A square of 2^level cells on a side.
struct Square {
  std::uint64_t column = 0;  // of its least cell
  std::uint64_t row = 0;
  int level = 0;

  std::uint64_t side() const { return std::uint64_t{1} << static_cast<unsigned>(level); }
};

struct Cells {
  std::uint64_t columns[2];
  std::uint64_t rows[2];

  bool meets(const Square& square) const {
    return square.column <= columns[1] && square.column + square.side() > columns[0] &&
           square.row <= rows[1] && square.row + square.side() > rows[0];
  }
  bool has(const Square& square) const {
    return square.column >= columns[0] && square.column + square.side() - 1 <= columns[1] &&
           square.row >= rows[0] && square.row + square.side() - 1 <= rows[1];
  }
};

CellNumbers numbers_of(const Square& square, int bits) {
  const std::uint64_t first = interleave(square.column, square.row, bits);
  const auto doubled = static_cast<unsigned>(2 * square.level);
  const std::uint64_t count_less_one =
      doubled >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << doubled) - 1;
  return {first, first + count_less_one};
}

void append(std::vector<CellNumbers>& ranges, std::vector<CellNumbers> more) {
  std::ranges::sort(more, {}, &CellNumbers::first);
  for (const CellNumbers& range : more) {
    if (!ranges.empty() && ranges.back().last + 1 == range.first) {
      ranges.back().last = range.last;
    } else {
      ranges.push_back(range);
    }
  }
}

}  // namespace

std::uint64_t Grid::line_of(double coordinate) const {
  const auto lines = std::ldexp(1.0, bits_);
  const double line = std::floor((coordinate - least_) / (most_ - least_) * lines);
  // Not a number is in the first cell: whoever asks looks at the points themselves.
  if (!(line > 0.0)) return 0;
  return static_cast<std::uint64_t>(std::min(line, lines - 1.0));
}

std::uint64_t Grid::cell_of(const geometry::PlanePoint& point) const {
  return interleave(line_of(point.x), line_of(point.y), bits_);
}

// Squares that are not wholly within are cut into quarters, the large ones first.
std::vector<CellNumbers> Grid::cells_of(const geometry::PlaneBox& box,
                                        std::size_t max_ranges) const {
  const Cells wanted{.columns = {line_of(box.least.x), line_of(box.most.x)},
                     .rows = {line_of(box.least.y), line_of(box.most.y)}};
  std::vector<CellNumbers> found;
  std::deque<Square> cut = {{.level = bits_}};
  while (!cut.empty() && found.size() + cut.size() < max_ranges) {
    const Square square = cut.front();
    cut.pop_front();
    if (square.level == 0 || wanted.has(square)) {
      found.push_back(numbers_of(square, bits_));
      continue;
    }
    const int level = square.level - 1;
    const std::uint64_t half = std::uint64_t{1} << static_cast<unsigned>(level);
    for (const std::uint64_t right : {std::uint64_t{0}, half}) {
      for (const std::uint64_t up : {std::uint64_t{0}, half}) {
        const Square quarter{
            .column = square.column + right, .row = square.row + up, .level = level};
        if (wanted.meets(quarter)) cut.push_back(quarter);
      }
    }
  }
  for (const Square& square : cut) found.push_back(numbers_of(square, bits_));
  std::vector<CellNumbers> ranges;
  append(ranges, std::move(found));
  return ranges;
}

}  // namespace octavo::index
