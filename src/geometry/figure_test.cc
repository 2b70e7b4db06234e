#include "geometry/figure.h"

#include <gtest/gtest.h>

#include "geometry/geojson.h"

namespace octavo::geometry {
namespace {

using value::Value;

Value pair(double x, double y) { return Value::array({Value::float64(x), Value::float64(y)}); }

Value square(double least, double most) {
  return Value::array({Value::array({pair(least, least), pair(most, least), pair(most, most),
                                     pair(least, most), pair(least, least)})});
}

Value geojson(std::string_view type, Value coordinates) {
  return Value::object({{"type", Value::string(type)}, {"coordinates", std::move(coordinates)}});
}

Figure figure(std::string_view type, Value coordinates) {
  auto made = figure_of(geojson(type, std::move(coordinates)));
  EXPECT_TRUE(made) << type;
  return made ? *std::move(made) : Figure{{Shape::point({})}};
}

TEST(Figure, IsWithinWhatHoldsEachOfItsShapes) {
  const Figure area = figure("MultiPolygon", Value::array({square(0, 10), square(20, 30)}));
  EXPECT_TRUE(figure("MultiPoint", Value::array({pair(5, 5), pair(25, 25)})).is_within(area));
  EXPECT_FALSE(figure("MultiPoint", Value::array({pair(5, 5), pair(15, 15)})).is_within(area));
  EXPECT_FALSE(figure("LineString", Value::array({pair(5, 5), pair(25, 25)})).is_within(area));
  EXPECT_TRUE(figure("LineString", Value::array({pair(5, 5), pair(25, 25)})).intersects(area));
}

TEST(Figure, IsWithinACapByItsFarthestPoint) {
  const Cap cap{.center = {0, 0}, .radius = 0.1};  // some 5.7°
  EXPECT_TRUE(figure("Polygon", square(-2, 2)).is_within(cap));
  EXPECT_FALSE(figure("Polygon", square(-5, 5)).is_within(cap));
  EXPECT_FALSE(figure("LineString", Value::array({pair(-1, 0), pair(6, 0)})).is_within(cap));
}

TEST(Figure, CoveringsOfAreasMeetThoseOfWhatIsInThem) {
  const auto wanted = related_cells(covering_of_area(area_of({{0, 0}, 0.01}), 16));
  const auto is_found = [&](const Figure& stored) {
    for (const std::uint64_t cell : stored.covering(8)) {
      for (const CellRange& range : wanted) {
        if (cell >= range.first && cell <= range.last) return true;
      }
    }
    return false;
  };
  EXPECT_TRUE(is_found(figure("Point", pair(0.3, 0.3))));
  EXPECT_TRUE(is_found(figure("MultiPoint", Value::array({pair(80, 80), pair(0.1, 0)}))));
  EXPECT_FALSE(is_found(figure("Point", pair(90, 0))));
}

TEST(Figure, FlawsAreTold) {
  const auto flaw = [](std::string_view type, Value coordinates) {
    const auto made = figure_of(geojson(type, std::move(coordinates)));
    return made ? std::optional<Flaw>() : std::optional(made.error());
  };
  EXPECT_EQ(flaw("Point", pair(181, 0)), Flaw::out_of_range);
  EXPECT_EQ(flaw("Point", Value::array({Value::float64(1)})), Flaw::no_position);
  EXPECT_EQ(flaw("Feature", pair(0, 0)), Flaw::unknown_type);
  EXPECT_EQ(flaw("MultiPoint", Value::array({})), Flaw::no_positions);
  const Value open = Value::array({pair(0, 0), pair(1, 0), pair(1, 1), pair(0, 1)});
  EXPECT_EQ(flaw("Polygon", Value::array({open})), Flaw::open_ring);
  const Value bow = Value::array({pair(0, 0), pair(2, 2), pair(2, 0), pair(0, 2), pair(0, 0)});
  EXPECT_EQ(flaw("Polygon", Value::array({bow})), Flaw::bad_ring);
  const Value apart = Value::array({square(0, 1).as_array()[0], square(50, 51).as_array()[0]});
  EXPECT_EQ(flaw("Polygon", apart), Flaw::bad_holes);
  EXPECT_FALSE(
      flaw("Point", Value::array({Value::float64(1), Value::float64(2), Value::float64(3)})));
}

}  // namespace
}  // namespace octavo::geometry
