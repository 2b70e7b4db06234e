#include "geometry/shape.h"

#include <gtest/gtest.h>

namespace octavo::geometry {
namespace {

Ring box(double west, double south, double east, double north) {
  return {{west, south}, {east, south}, {east, north}, {west, north}, {west, south}};
}
Shape square() { return Shape::polygon(box(1, 1, 2, 2)).value(); }
Shape framed() {  // a square with a square hole
  const std::vector<Ring> rings{box(1, 1, 2, 2), box(1.1, 1.1, 1.9, 1.9)};
  return Shape::polygon(rings).value();
}
Shape line(const std::vector<Position>& positions) { return Shape::line(positions).value(); }

TEST(Shape, RefusesWhatIsNoShape) {
  EXPECT_FALSE(Shape::line(std::vector<Position>{{0, 0}}));
  EXPECT_FALSE(Shape::line(std::vector<Position>{{0, 0}, {0, 0}}));
  EXPECT_FALSE(Shape::polygon(Ring{{0, 0}, {0, 1}, {0, 0}}));
  EXPECT_FALSE(Shape::polygon(Ring{{0, 0}, {0, 1}, {1, 0}, {-1, 0.5}, {0, 0}}));  // crosses itself
  const std::vector<Ring> hole_outside{box(0, 0, 1, 1), box(2, 2, 3, 3)};
  EXPECT_FALSE(Shape::polygon(hole_outside));
}

TEST(Shape, BoundariesBelongToPolygons) {
  EXPECT_TRUE(square().intersects(Shape::point({1.5, 1.5})));
  EXPECT_TRUE(square().intersects(Shape::point({2, 2})));
  EXPECT_TRUE(square().intersects(Shape::point({2, 1.5})));
  EXPECT_FALSE(square().intersects(Shape::point({2.5, 2.5})));
  EXPECT_FALSE(framed().intersects(Shape::point({1.5, 1.5})));
  EXPECT_TRUE(framed().intersects(Shape::point({1.1, 1.1})));
}

TEST(Shape, AHoleAsLargeAsItsShellLeavesNothing) {
  const std::vector<Ring> rings{box(0, 0, 10, 10), box(0, 0, 10, 10)};
  const Shape nothing = Shape::polygon(rings).value();
  EXPECT_FALSE(nothing.intersects(Shape::point({0, 0})));
  EXPECT_FALSE(nothing.intersects(line({{0, 0}, {0, 10}})));
  EXPECT_FALSE(nothing.intersects(Shape::polygon(box(0, 0, 10, 10)).value()));
}

TEST(Shape, LinesAndPoints) {
  EXPECT_TRUE(line({{1, 0}, {2, 0}}).intersects(Shape::point({1.8, 0})));
  EXPECT_TRUE(Shape::point({1, 1.8}).intersects(line({{1, 1}, {1, 2}})));
  EXPECT_FALSE(line({{1, 1}, {2, 1}}).intersects(Shape::point({1.5, 1.5})));
  EXPECT_TRUE(line({{1, 1}, {2, 1}}).intersects(line({{2, 1}, {3, 1}})));
  EXPECT_TRUE(line({{0, -1}, {0, 1}}).intersects(line({{-1, 0}, {1, 0}})));
  EXPECT_FALSE(line({{0, 1}, {0, 2}}).intersects(line({{-1, 0}, {1, 0}})));
}

TEST(Shape, PolygonsThatTouchInAVertexDoNotMeet) {
  EXPECT_TRUE(square().intersects(Shape::polygon(box(1.5, 1.5, 2.5, 2.5)).value()));
  EXPECT_FALSE(square().intersects(Shape::polygon(box(2, 2, 3, 3)).value()));
  EXPECT_FALSE(framed().intersects(Shape::polygon(box(1.2, 1.2, 1.8, 1.8)).value()));
  EXPECT_FALSE(square().intersects(line({{2, 2}, {3, 3}})));
  EXPECT_TRUE(square().intersects(line({{1.5, 1.5}, {3, 3}})));
}

TEST(Shape, Inclusion) {
  EXPECT_TRUE(square().includes(square()));
  EXPECT_TRUE(square().includes(Shape::polygon(box(1.2, 1.2, 1.8, 1.8)).value()));
  EXPECT_FALSE(square().includes(Shape::polygon(box(1.5, 1.5, 2.5, 2.5)).value()));
  EXPECT_TRUE(square().includes(line({{1.5, 1.5}, {2, 2}})));
  EXPECT_FALSE(square().includes(line({{1.5, 1.5}, {3, 3}})));
  EXPECT_TRUE(square().includes(Shape::point({2, 2})));
  EXPECT_FALSE(framed().includes(Shape::point({1.5, 1.5})));
}

TEST(Shape, DistanceIsToTheNearestPoint) {
  const Shape origin = Shape::point({0, 0});
  EXPECT_EQ(origin.distance(origin, kWgs84), 0.0);
  EXPECT_EQ(origin.distance(line({{0, 0}, {0, 1}}), kWgs84), 0.0);
  EXPECT_NEAR(origin.distance(line({{5, -1}, {4, 2}}), kWgs84), 492471.499, 1e-3);
  const Ring triangle{{5, -1}, {4, 2}, {10, 10}, {5, -1}};
  EXPECT_NEAR(origin.distance(Shape::polygon(triangle).value(), kWgs84), 492471.499, 1e-3);
  EXPECT_EQ(Shape::point({1.5, 1.5}).distance(square(), kWgs84), 0.0);
}

}  // namespace
}  // namespace octavo::geometry
