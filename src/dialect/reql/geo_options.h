#pragma once

// The optional arguments `geo_system` and `unit`, and circles, which DISTANCE, CIRCLE and
// GET_NEAREST share.

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "dialect/reql/read/term.h"
#include "geometry/geodesic.h"

namespace octavo::reql {

Result<geometry::Ellipsoid> ellipsoid_option(Args& args);
// Metres in one unit; 1 when the option is not given.
Result<double> unit_option(Args& args);

// A closed ring of `vertices` points around `center`, beginning in the south, counterclockwise.
// The radius is in metres.
Result<std::vector<geometry::Position>> circle_around(const geometry::Position& center,
                                                      double radius, std::uint32_t vertices,
                                                      const geometry::Ellipsoid& ellipsoid);
// «Radius must be smaller than a quarter of the circumference …»
Status check_radius(double radius, const geometry::Ellipsoid& ellipsoid);

}  // namespace octavo::reql
