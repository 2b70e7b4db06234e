#pragma once

// Distances and directions on an ellipsoid of revolution, after C. F. F. Karney, «Algorithms for
// geodesics», J. Geodesy 87 (2013) 43–55, with series to the sixth order: good to some nanometres
// on the earth for any two points. Equation numbers in the source file are the paper's.

#include <utility>

namespace octavo::geometry {

struct Ellipsoid {
  double equatorial_radius = 1.0;  // metres
  double flattening = 0.0;         // [0, 1)

  double polar_radius() const { return equatorial_radius * (1.0 - flattening); }
  friend bool operator==(const Ellipsoid&, const Ellipsoid&) = default;
};
constexpr Ellipsoid kWgs84{6378137.0, 1.0 / 298.257223563};
constexpr Ellipsoid kUnitSphere{1.0, 0.0};

struct Position {
  double longitude = 0.0;  // degrees, as is the latitude
  double latitude = 0.0;
};

// The length of the shortest line between two points, in the unit of the radius.
double geodesic_distance(const Ellipsoid& ellipsoid, const Position& from, const Position& to);

// Where one arrives `distance` from `start` in the direction `azimuth` (degrees from north,
// clockwise).
Position geodesic_destination(const Ellipsoid& ellipsoid, const Position& start, double azimuth,
                              double distance);

}  // namespace octavo::geometry
