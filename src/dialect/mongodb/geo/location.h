#pragma once

// Where a document is: what stands at a place that is asked about, GeoJSON or a legacy pair of
// coordinates ([x, y], or a document of two numbers).

#include <optional>
#include <string>

#include "base/result.h"
#include "geometry/figure.h"
#include "geometry/geojson.h"
#include "geometry/plane.h"
#include "value/value.h"

namespace octavo::mongodb {

struct Location {
  std::optional<geometry::Figure> figure;     // on the sphere; none for coordinates beyond it
  std::optional<geometry::PlanePoint> point;  // on a plane: of pairs and of GeoJSON's Point
};

// Nothing: it is no place.
std::optional<Location> location_of(const value::Value& stored);

// A legacy pair: two numbers, that more may follow.
std::optional<geometry::PlanePoint> pair_of(const value::Value& value);
// The same as a part of a query: finite numbers, and no more than two. 2 BadValue.
Result<geometry::PlanePoint> parse_pair(const value::Value& value);

// GeoJSON of a query; 2 BadValue in MongoDB's words.
Result<geometry::Figure> parse_geojson(const value::Value& given);
std::string flaw_text(geometry::Flaw flaw, const value::Value& given);

// A value as the index of kind `geo` takes it: GeoJSON, or a pair as a Point. Nothing: it is none.
std::optional<value::Value> sphere_value(const value::Value& stored);

// 16755 for what an index `2dsphere` has no place for, 13027 and others for `2d`.
Status check_sphere_value(const value::Value& stored);
// A pair, or an array of them, within the limits of the index.
struct PlaneLimits {
  double least = -180.0;
  double most = 180.0;
};
Status check_plane_value(const value::Value& stored, const PlaneLimits& limits);

}  // namespace octavo::mongodb
