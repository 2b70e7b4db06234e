#include "geometry/plane.h"

#include <gtest/gtest.h>

namespace octavo::geometry {
namespace {

TEST(Plane, CirclesAndBoxesHaveTheirEdges) {
  const PlaneCircle circle{.center = {0, 0}, .radius = 5};
  EXPECT_TRUE(circle.contains({3, 4}));
  EXPECT_FALSE(circle.contains({3, 4.001}));
  EXPECT_EQ(circle.bounds().least, (PlanePoint{-5, -5}));
  const PlaneBox box{.least = {0, 0}, .most = {2, 1}};
  EXPECT_TRUE(box.contains({2, 1}));
  EXPECT_FALSE(box.contains({2, 1.5}));
}

TEST(Plane, PolygonsMayBeConcaveAndOfAnyCourse) {
  const PlanePolygon notched{.corners = {{0, 0}, {4, 0}, {4, 4}, {2, 1}, {0, 4}}};
  const PlanePolygon reversed{.corners = {{0, 4}, {2, 1}, {4, 4}, {4, 0}, {0, 0}}};
  for (const PlanePolygon& polygon : {notched, reversed}) {
    EXPECT_TRUE(polygon.contains({1, 1}));
    EXPECT_TRUE(polygon.contains({2, 1}));
    EXPECT_TRUE(polygon.contains({4, 2}));
    EXPECT_FALSE(polygon.contains({2, 3}));
    EXPECT_FALSE(polygon.contains({5, 1}));
  }
  const PlanePolygon bow{.corners = {{0, 0}, {10, 10}, {10, 0}, {0, 10}}};
  EXPECT_TRUE(bow.contains({2, 2}));
  EXPECT_TRUE(bow.contains({5, 5}));
  EXPECT_FALSE(bow.contains({8, 8}));
  const PlanePolygon slope{.corners = {{0, 0}, {10, 10}, {10, 0}}};
  EXPECT_FALSE(slope.contains({5, 5}));
  EXPECT_EQ(notched.bounds().most, (PlanePoint{4, 4}));
}

}  // namespace
}  // namespace octavo::geometry
