#include "index/plane/plane_index.h"

#include <gtest/gtest.h>

#include "index/plane/grid.h"

namespace octavo::index {
namespace {

using geometry::PlaneBox;
using geometry::PlanePoint;

bool is_found(const Grid& grid, const PlaneBox& box, const PlanePoint& point,
              std::size_t ranges = 32) {
  const std::uint64_t cell = grid.cell_of(point);
  for (const CellNumbers& range : grid.cells_of(box, ranges)) {
    if (cell >= range.first && cell <= range.last) return true;
  }
  return false;
}

TEST(Grid, RangesHaveEveryPointOfTheBox) {
  for (const int bits : {1, 3, 26, 32}) {
    const Grid grid(-180, 180, bits);
    const PlaneBox box{.least = {-10.5, 3}, .most = {7, 44.25}};
    for (const std::size_t ranges : {1UL, 4UL, 32UL}) {
      EXPECT_TRUE(is_found(grid, box, {-10.5, 3}, ranges)) << bits;
      EXPECT_TRUE(is_found(grid, box, {7, 44.25}, ranges)) << bits;
      EXPECT_TRUE(is_found(grid, box, {0, 20}, ranges)) << bits;
    }
  }
}

TEST(Grid, FarPointsAreNotFound) {
  const Grid grid(-180, 180, 26);
  const PlaneBox box{.least = {1, 1}, .most = {2, 2}};
  EXPECT_FALSE(is_found(grid, box, {100, 100}));
  EXPECT_FALSE(is_found(grid, box, {-1, 1}));
  // What is beyond the square is in its outermost cells.
  EXPECT_TRUE(is_found(grid, {.least = {170, 170}, .most = {500, 500}}, {400, 400}));
}

TEST(Grid, FewRangesAreMade) {
  const Grid grid(0, 1, 32);
  EXPECT_LE(grid.cells_of({.least = {0.1, 0.1}, .most = {0.9, 0.2}}, 32).size(), 36U);
  EXPECT_EQ(grid.cells_of({.least = {-1, -1}, .most = {2, 2}}, 32).size(), 1U);
}

TEST(PlaneIndex, OptionsAreChecked) {
  using value::Value;
  const auto options = plane_options(Value::object({{"least", Value::int64(-5)}}));
  ASSERT_TRUE(options);
  EXPECT_EQ(options->find("least")->to_double(), -5.0);
  EXPECT_EQ(options->find("most"), nullptr);
  EXPECT_FALSE(plane_options(Value::object({{"bits", Value::int64(33)}})));
  EXPECT_FALSE(plane_options(Value::object({{"least", Value::int64(200)}})));
  EXPECT_FALSE(plane_options(Value::object({{"cells", Value::int64(2)}})));
}

}  // namespace
}  // namespace octavo::index
