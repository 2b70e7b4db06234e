#include "geometry/geodesic.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "base/random.h"

namespace octavo::geometry {
namespace {

TEST(Geodesic, DistancesOnTheSphere) {
  EXPECT_EQ(geodesic_distance(kUnitSphere, {10, 20}, {10, 20}), 0.0);
  EXPECT_NEAR(geodesic_distance(kUnitSphere, {0, 0}, {90, 0}), M_PI / 2, 1e-15);
  EXPECT_NEAR(geodesic_distance(kUnitSphere, {0, 0}, {180, 0}), M_PI, 1e-15);
  EXPECT_NEAR(geodesic_distance(kUnitSphere, {0, 90}, {77, -90}), M_PI, 1e-15);
  EXPECT_NEAR(geodesic_distance(kUnitSphere, {-170, 0}, {170, 0}), M_PI / 9, 1e-15);
}

struct Known {
  Position from;
  Position to;
  double metres;
};

// Reference values of the method's author (GeographicLib 2.1), among them nearly antipodal points,
// where the usual iterations do not converge.
TEST(Geodesic, KnownDistancesOnTheEarth) {
  const std::vector<Known> known{
      {{0, 0}, {180, 0}, 20003931.458625447},  // over a pole: shorter than the equator
      {{0, 0}, {0, 1}, 110574.38855779878},
      {{0, 0}, {1, 0}, 111319.49079327357},  // along the equator
      {{-122, 37}, {-123, 37}, 89011.262538352},
      {{0, -30}, {179.8, 29.9}, 19989832.82761},  // Karney 2013, table 5
      {{-73.8, 40.6}, {103.98944, 1.359167}, 15352133.970861141},
  };
  for (const Known& one : known) {
    EXPECT_NEAR(geodesic_distance(kWgs84, one.from, one.to), one.metres, 1e-3);
    EXPECT_EQ(geodesic_distance(kWgs84, one.from, one.to),
              geodesic_distance(kWgs84, one.to, one.from));
  }
}

TEST(Geodesic, DestinationIsAtTheDistance) {
  Random random(7);
  for (int i = 0; i < 2000; ++i) {
    const Position start{random.uniform() * 360 - 180, random.uniform() * 180 - 90};
    const double azimuth = random.uniform() * 360 - 180;
    const double distance = std::pow(10.0, random.uniform() * 7);  // 1 m … 10,000 km
    const Position end = geodesic_destination(kWgs84, start, azimuth, distance);
    EXPECT_NEAR(geodesic_distance(kWgs84, start, end), distance, 2e-8)
        << start.longitude << ' ' << start.latitude << ' ' << azimuth << ' ' << distance;
    EXPECT_LE(std::fabs(end.longitude), 180.0);
    EXPECT_LE(std::fabs(end.latitude), 90.0);
  }
}

TEST(Geodesic, FlatEllipsoids) {
  const Ellipsoid flat{1000.0, 0.05};
  const Position end = geodesic_destination(flat, {10, 20}, 30, 500);
  EXPECT_NEAR(geodesic_distance(flat, {10, 20}, end), 500, 1e-6);
}

}  // namespace
}  // namespace octavo::geometry
