#include "geometry/geojson.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "value/json.h"

namespace octavo::geometry {
namespace {

std::optional<Shape> shape(std::string_view type, std::string_view coordinates) {
  const auto json = value::parse_json("{\"type\": \"" + std::string(type) +
                                      "\", \"coordinates\": " + std::string(coordinates) + "}");
  EXPECT_TRUE(json);
  return shape_of(*json);
}

TEST(GeoJson, MakesShapes) {
  EXPECT_EQ(shape("Point", "[1, 2.5]")->kind(), Shape::Kind::point);
  EXPECT_EQ(shape("LineString", "[[1, 2], [3, 4]]")->kind(), Shape::Kind::line);
  const auto framed = shape("Polygon",
                            "[[[0,0],[10,0],[10,10],[0,10],[0,0]],"
                            " [[4,4],[6,4],[6,6],[4,6],[4,4]]]");
  ASSERT_TRUE(framed);
  EXPECT_TRUE(framed->intersects(Shape::point({1, 1})));
  EXPECT_FALSE(framed->intersects(Shape::point({5, 5})));
}

TEST(GeoJson, RefusesWhatIsNoShape) {
  EXPECT_FALSE(shape_of(value::Value::object({})));
  EXPECT_FALSE(shape_of(value::Value::int64(1)));
  EXPECT_FALSE(shape("Feature", "[1, 2]"));
  EXPECT_FALSE(shape("point", "[1, 2]"));
  for (const std::string_view coordinates :
       {"1", "[]", "[1]", "[1, 2, 3]", "[\"1\", 2]", "[181, 0]", "[0, -91]", "[[1, 2]]"}) {
    EXPECT_FALSE(shape("Point", coordinates)) << coordinates;
  }
  for (const std::string_view coordinates :
       {"{}", "[]", "[[1, 2]]", "[[1, 2], [1, 2]]", "[1, 2]"}) {
    EXPECT_FALSE(shape("LineString", coordinates)) << coordinates;
  }
  for (const std::string_view coordinates :
       {"1", "[]", "[1]", "[[]]", "[[[0,0],[1,0],[0,0]]]", "[[[0,0],[1,0],[1,1],[0,1]]]",
        "[[[0,0],[2,2],[2,0],[0,2],[0,0]]]",
        "[[[0,0],[1,0],[1,1],[0,0]], [[5,5],[6,5],[6,6],[5,5]]]"}) {
    EXPECT_FALSE(shape("Polygon", coordinates)) << coordinates;
  }
}

}  // namespace
}  // namespace octavo::geometry
