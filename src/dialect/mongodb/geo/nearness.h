#pragma once

// What $near, $nearSphere and $geoNear ask for: documents by their distance from a point.

#include <optional>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "dialect/mongodb/geo/location.h"
#include "geometry/plane.h"
#include "value/value.h"

namespace octavo::mongodb {

// MongoDB's radius of the earth, in metres.
constexpr double kEarthRadius = 6'378'100.0;

struct Nearness {
  geometry::PlanePoint center;  // longitude and latitude where it is about the sphere
  bool spherical = false;
  bool geojson = false;  // the centre is GeoJSON's: distances are metres, else radians
  // Distances in the unit of results: metres, radians, or that of the plane. Both ends are in.
  double least = 0.0;
  double most = 0.0;

  // The greatest distance that there is.
  static double farthest(bool spherical, bool geojson);
  double to_radians(double distance) const { return geojson ? distance / kEarthRadius : distance; }
  // Nothing: it is nowhere on this surface.
  std::optional<double> distance_to(const Location& location) const;
};

// As an operand of operations, and back; an error for a value of another form.
value::Value nearness_operand(const Nearness& nearness);
Result<Nearness> nearness_of_operand(const value::Value& operand);

// The operand of $near or $nearSphere, and the document in which it stands ({$near: [0, 0],
// $maxDistance: 1}). 2 BadValue, and the codes of legacy distances.
Result<Nearness> parse_nearness(std::string_view name, const value::Value& operand,
                                const value::Value& beside);
// The centre of $geoNear: GeoJSON's Point or a pair.
Result<Nearness> parse_center(const value::Value& near, bool spherical);

// Where the search goes on after nothing more is found: distances, ascending, between which one
// looks one after the other. The last is `most`.
std::vector<double> rings(const Nearness& nearness);

}  // namespace octavo::mongodb
