#include "dialect/mongodb/index/nearest_rows.h"

#include <cmath>
#include <limits>
#include <optional>
#include <utility>

#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/expression/parse.h"
#include "dialect/mongodb/geo/area.h"
#include "dialect/mongodb/match/operations.h"

namespace octavo::mongodb {
namespace {

using algebra::ExprPtr;
using algebra::PlanPtr;
using value::Value;

Value pair(double x, double y) { return Value::array({Value::float64(x), Value::float64(y)}); }

Value box_key(const geometry::PlaneBox& box) {
  return Value::array({pair(box.least.x, box.least.y), pair(box.most.x, box.most.y)});
}

// What of the index has all within the distance; nothing: all of it.
std::optional<Value> area_within(const NearestRows& wanted, double distance) {
  const Nearness& near = wanted.nearness;
  if (!std::isfinite(distance)) return std::nullopt;
  if (!near.spherical) {
    return box_key(geometry::PlaneCircle{.center = near.center, .radius = distance}.bounds());
  }
  // Somewhat more, for what rounding takes away.
  constexpr double kMargin = 1.0 + 1e-9;
  const geometry::Cap cap{.center = {.longitude = near.center.x, .latitude = near.center.y},
                          .radius = near.to_radians(distance) * kMargin};
  if (wanted.kind == SpecialKind::sphere) return geometry::area_of(cap);
  const auto box = degrees_around(cap);
  return box ? std::optional(box_key(*box)) : std::nullopt;
}

PlanPtr ring(const NearestRows& wanted, const Nearness& between, const Variables& variables) {
  std::vector<Value> names;
  for (const std::string& name : wanted.path) names.push_back(Value::string(name));
  const ExprPtr path = algebra::constant(Value::array(std::move(names)));
  const ExprPtr operand = algebra::constant(nearness_operand(between));
  const auto of_row = [&](std::uint16_t number) {
    const algebra::VarId row = variables.fresh();
    return row_lambda(row, call(number, {algebra::variable(row), path, operand}));
  };
  algebra::Scan scan{.table = wanted.table, .index = wanted.index};
  if (auto area = area_within(wanted, between.most)) {
    scan.keys = algebra::KeySet{{*std::move(area)}};
  }
  PlanPtr rows = algebra::make_plan(algebra::Filter{.input = algebra::make_plan(std::move(scan)),
                                                    .predicate = of_row(op::kNear)});
  return algebra::make_plan(algebra::Sort{.input = std::move(rows),
                                          .keys = {{.key = of_row(op::kDistance)}},
                                          .order = value::Order::bson});
}

}  // namespace

PlanPtr plan_nearest(const NearestRows& wanted, const Variables& variables) {
  algebra::Union all;
  Nearness between = wanted.nearness;
  for (const double end : rings(wanted.nearness)) {
    between.most = end;
    all.inputs.push_back(ring(wanted, between, variables));
    between.least = std::nextafter(end, std::numeric_limits<double>::infinity());
  }
  return all.inputs.size() == 1 ? all.inputs.front() : algebra::make_plan(std::move(all));
}

Status check_center(const SpecialIndex& index, const Nearness& nearness) {
  if (special_kind(index.pattern) != SpecialKind::plane) return {};
  const auto limit = [&](std::string_view name, double otherwise) {
    const Value* const given = index.spec.find(name);
    return given == nullptr ? otherwise : given->to_double();
  };
  const PlaneLimits limits;
  const double least = limit("min", limits.least);
  const double most = limit("max", limits.most);
  const auto is_in = [&](double coordinate) { return coordinate >= least && coordinate <= most; };
  if (is_in(nearness.center.x) && is_in(nearness.center.y)) return {};
  return error(16433, "point not in interval of [ {}, {} ] :: caused by :: {{ x: {}, y: {} }}",
               least, most, nearness.center.x, nearness.center.y);
}

bool answers_nearness(SpecialKind kind, const Nearness& nearness) {
  if (kind == SpecialKind::sphere) return nearness.spherical;
  return kind == SpecialKind::plane && !nearness.geojson;
}

}  // namespace octavo::mongodb
