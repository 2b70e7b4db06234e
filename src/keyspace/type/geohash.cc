#include "keyspace/type/geohash.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace octavo::keyspace {
namespace {

constexpr double kEarthRadiusM = 6372797.560856;
constexpr double kMercatorMax = 20037726.37;
constexpr unsigned kMaxSteps = 26;

double radians(double degrees) { return degrees * (std::numbers::pi / 180.0); }
double degrees(double radians) { return radians / (std::numbers::pi / 180.0); }

// Spreads the low 32 bits to the even positions.
std::uint64_t spread(std::uint64_t bits) {
  bits = (bits | bits << 16) & 0x0000ffff0000ffff;
  bits = (bits | bits << 8) & 0x00ff00ff00ff00ff;
  bits = (bits | bits << 4) & 0x0f0f0f0f0f0f0f0f;
  bits = (bits | bits << 2) & 0x3333333333333333;
  return (bits | bits << 1) & 0x5555555555555555;
}
std::uint64_t gather(std::uint64_t bits) {
  bits &= 0x5555555555555555;
  bits = (bits | bits >> 1) & 0x3333333333333333;
  bits = (bits | bits >> 2) & 0x0f0f0f0f0f0f0f0f;
  bits = (bits | bits >> 4) & 0x00ff00ff00ff00ff;
  bits = (bits | bits >> 8) & 0x0000ffff0000ffff;
  return (bits | bits >> 16) & 0xffffffff;
}

// A cell of the grid with 2^steps columns and rows.
struct Cell {
  std::uint64_t column = 0;  // by longitude
  std::uint64_t row = 0;     // by latitude
  unsigned steps = 0;

  std::uint64_t bits() const { return spread(row) | spread(column) << 1; }
  double side(double span) const { return span / static_cast<double>(std::uint64_t{1} << steps); }
  double west() const {
    return -kMaxLongitude + static_cast<double>(column) * side(2 * kMaxLongitude);
  }
  double east() const {
    return -kMaxLongitude + static_cast<double>(column + 1) * side(2 * kMaxLongitude);
  }
  double south() const { return -kMaxLatitude + static_cast<double>(row) * side(2 * kMaxLatitude); }
  double north() const {
    return -kMaxLatitude + static_cast<double>(row + 1) * side(2 * kMaxLatitude);
  }
  // A point on the northern or eastern rim is in a row or column of its own, one behind the last:
  // moving along it stays there, moving across wraps around.
  Cell moved(int columns, int rows) const {
    const std::uint64_t mask = (std::uint64_t{1} << steps) - 1;
    const auto wrapped = [mask](std::uint64_t at, int by) {
      return by == 0 ? at : (at + static_cast<std::uint64_t>(by)) & mask;
    };
    return {wrapped(column, columns), wrapped(row, rows), steps};
  }
  GeoRange range() const {
    const unsigned shift = 2 * (kMaxSteps - steps);
    return {bits() << shift, (bits() + 1) << shift};
  }
};

std::uint64_t step_of(double value, double limit, unsigned steps) {
  const double offset = (value + limit) / (2 * limit);
  return static_cast<std::uint64_t>(offset * static_cast<double>(std::uint64_t{1} << steps));
}

Cell cell_of(const GeoPoint& point, unsigned steps, double max_latitude = kMaxLatitude) {
  return {step_of(point.longitude, kMaxLongitude, steps),
          step_of(point.latitude, max_latitude, steps), steps};
}

double latitude_distance(double a, double b) {
  return kEarthRadiusM * std::fabs(radians(b) - radians(a));
}

// How fine a grid still covers the radius with three by three cells.
unsigned steps_for(double radius_m, double latitude) {
  if (radius_m == 0) return kMaxSteps;
  int steps = 1;
  for (; radius_m < kMercatorMax; radius_m *= 2) ++steps;
  steps -= 2;
  // Cells are narrower towards the poles.
  if (std::fabs(latitude) > 66) --steps;
  if (std::fabs(latitude) > 80) --steps;
  return static_cast<unsigned>(std::clamp(steps, 1, static_cast<int>(kMaxSteps)));
}

struct Bounds {
  double west, south, east, north;
};

Bounds bounds_of(const GeoShape& shape) {
  const double height = shape.is_circle ? shape.radius_m : shape.height_m / 2;
  const double width = shape.is_circle ? shape.radius_m : shape.width_m / 2;
  const double latitude_delta = degrees(height / kEarthRadiusM);
  // The side nearer to the pole spans more degrees.
  const double polar = shape.center.latitude < 0 ? shape.center.latitude - latitude_delta
                                                 : shape.center.latitude + latitude_delta;
  const double longitude_delta = degrees(width / kEarthRadiusM / std::cos(radians(polar)));
  return {shape.center.longitude - longitude_delta, shape.center.latitude - latitude_delta,
          shape.center.longitude + longitude_delta, shape.center.latitude + latitude_delta};
}

}  // namespace

bool geo_point_is_valid(const GeoPoint& point) {
  return point.longitude >= -kMaxLongitude && point.longitude <= kMaxLongitude &&
         point.latitude >= -kMaxLatitude && point.latitude <= kMaxLatitude;
}

std::uint64_t geo_score(const GeoPoint& point) { return cell_of(point, kMaxSteps).bits(); }

GeoPoint geo_point(std::uint64_t score) {
  const Cell cell{gather(score >> 1), gather(score), kMaxSteps};
  return {std::clamp((cell.west() + cell.east()) / 2, -kMaxLongitude, kMaxLongitude),
          std::clamp((cell.south() + cell.north()) / 2, -kMaxLatitude, kMaxLatitude)};
}

// Haversine.
double geo_distance(const GeoPoint& a, const GeoPoint& b) {
  const double v = std::sin((radians(b.longitude) - radians(a.longitude)) / 2);
  if (v == 0.0) return latitude_distance(a.latitude, b.latitude);
  const double u = std::sin((radians(b.latitude) - radians(a.latitude)) / 2);
  const double h = u * u + std::cos(radians(a.latitude)) * std::cos(radians(b.latitude)) * v * v;
  return 2.0 * kEarthRadiusM * std::asin(std::sqrt(h));
}

std::string geo_hash_text(const GeoPoint& point) {
  static constexpr char kAlphabet[] = "0123456789bcdefghjkmnpqrstuvwxyz";
  // The standard uses the whole range of latitudes.
  const std::uint64_t bits = cell_of(point, kMaxSteps, 90.0).bits();
  std::string text;
  for (unsigned i = 0; i < 10; ++i) text.push_back(kAlphabet[(bits >> (52 - (i + 1) * 5)) & 31]);
  return text + kAlphabet[0];  // the last character would need 55 bits
}

double GeoShape::distance_inside(const GeoPoint& point) const {
  constexpr double kOutside = -1;
  if (is_circle) {
    const double distance = geo_distance(center, point);
    return distance > radius_m ? kOutside : distance;
  }
  if (latitude_distance(point.latitude, center.latitude) > height_m / 2) return kOutside;
  const GeoPoint beside{center.longitude, point.latitude};
  if (geo_distance(point, beside) > width_m / 2) return kOutside;
  return geo_distance(center, point);
}

GeoRanges geo_cover(const GeoShape& shape) {
  const Bounds bounds = bounds_of(shape);
  const double radius =
      shape.is_circle ? shape.radius_m
                      : std::sqrt(std::pow(shape.width_m / 2, 2) + std::pow(shape.height_m / 2, 2));
  unsigned steps = steps_for(radius, shape.center.latitude);
  Cell center = cell_of(shape.center, steps);
  const bool too_fine =
      center.moved(0, 1).north() < bounds.north || center.moved(0, -1).south() > bounds.south ||
      center.moved(1, 0).east() < bounds.east || center.moved(-1, 0).west() > bounds.west;
  if (steps > 1 && too_fine) center = cell_of(shape.center, --steps);
  // Which sides the shape does not reach.
  const bool prune = steps >= 2;
  const bool no_south = prune && center.south() < bounds.south;
  const bool no_north = prune && center.north() > bounds.north;
  const bool no_west = prune && center.west() < bounds.west;
  const bool no_east = prune && center.east() > bounds.east;
  struct Move {
    int columns, rows;
  };
  constexpr Move kMoves[] = {{0, 0}, {0, 1},  {0, -1}, {1, 0},  {-1, 0},
                             {1, 1}, {-1, 1}, {1, -1}, {-1, -1}};
  GeoRanges out;
  for (const auto& [columns, rows] : kMoves) {
    if ((no_south && rows < 0) || (no_north && rows > 0) || (no_west && columns < 0) ||
        (no_east && columns > 0)) {
      continue;
    }
    const GeoRange range = center.moved(columns, rows).range();
    // On a very coarse grid neighbours coincide.
    const bool repeated = out.count > 0 && out.ranges[out.count - 1].first == range.first;
    if (!repeated) out.ranges[out.count++] = range;
  }
  return out;
}

}  // namespace octavo::keyspace
