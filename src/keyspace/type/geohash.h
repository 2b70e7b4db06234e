#pragma once

// Places on the globe as 52-bit scores of a sorted set: longitude and latitude cut into 2^26
// steps each, their bits interleaved, so that near places tend to have near scores.

#include <array>
#include <cstdint>
#include <string>

namespace octavo::keyspace {

struct GeoPoint {
  double longitude = 0;
  double latitude = 0;
};

constexpr double kMaxLongitude = 180.0;
constexpr double kMaxLatitude = 85.05112878;  // of the Mercator projection

bool geo_point_is_valid(const GeoPoint& point);
std::uint64_t geo_score(const GeoPoint& point);
GeoPoint geo_point(std::uint64_t score);                    // the middle of its cell
double geo_distance(const GeoPoint& a, const GeoPoint& b);  // metres, on a sphere
std::string geo_hash_text(const GeoPoint& point);           // 11 characters, geohash.org

// What is searched for: a circle, or a box with sides along the meridians.
struct GeoShape {
  GeoPoint center;
  bool is_circle = true;
  double radius_m = 0;
  double width_m = 0;
  double height_m = 0;

  // Metres from the center, or a negative number when the point is outside.
  double distance_inside(const GeoPoint& point) const;
};

// The score ranges [first, last) of the up to nine cells that cover the shape: the center's cell,
// then north, south, east, west, and the corners. Empty ranges are left out.
struct GeoRange {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
};
struct GeoRanges {
  std::array<GeoRange, 9> ranges{};
  std::size_t count = 0;
};
GeoRanges geo_cover(const GeoShape& shape);

}  // namespace octavo::keyspace
