#pragma once

// The rows of a table by their distance from a point, read from an index of places: one looks
// around the point in wider and wider rings, so that whoever wants few rows reads few.

#include <span>
#include <string>

#include "algebra/plan.h"
#include "dialect/mongodb/expression/variables.h"
#include "dialect/mongodb/geo/nearness.h"
#include "dialect/mongodb/index/special.h"

namespace octavo::mongodb {

struct NearestRows {
  TableId table{};
  IndexId index{};
  SpecialKind kind{};  // sphere or plane
  std::span<const std::string> path;
  Nearness nearness;
};
// Ascending by distance; those that are at no place, nearer or farther than wanted are not there.
algebra::PlanPtr plan_nearest(const NearestRows& wanted, const Variables& variables);

// 16433 for a centre beyond the limits of an index of a plane.
Status check_center(const SpecialIndex& index, const Nearness& nearness);

// Whether an index of that kind answers: GeoJSON needs the sphere, distances on a plane a plane.
bool answers_nearness(SpecialKind kind, const Nearness& nearness);

}  // namespace octavo::mongodb
