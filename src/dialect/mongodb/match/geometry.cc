// Where values at a path are: within an area, or near to a point.

#include <algorithm>
#include <limits>

#include "dialect/mongodb/geo/area.h"
#include "dialect/mongodb/geo/nearness.h"
#include "dialect/mongodb/match/nearest.h"
#include "dialect/mongodb/match/operation_tables.h"
#include "dialect/mongodb/match/operations.h"
#include "dialect/mongodb/match/predicate.h"

namespace octavo::mongodb {
namespace {

using value::Value;

Result<bool> within(const Value* value, const Value& operand) {
  TRY(const auto area, area_of_operand(operand, AreaUse::within));
  const auto location = value == nullptr ? std::nullopt : location_of(*value);
  return location && area->contains(*location);
}

Result<bool> intersects(const Value* value, const Value& operand) {
  TRY(const auto area, area_of_operand(operand, AreaUse::intersects));
  const auto location = value == nullptr ? std::nullopt : location_of(*value);
  return location && area->meets(*location);
}

constexpr Predicate kPredicates[] = {
    {op::kGeoWithin, "match.geo_within", Leaf::elements, within},
    {op::kGeoIntersects, "match.geo_intersects", Leaf::elements, intersects},
};

Result<std::optional<Nearest>> nearest_of(LazyArguments& arguments) {
  TRY(const Item object, arguments.evaluate(0));
  TRY(const value::ArrayView names, names_of(arguments.expression(1)));
  TRY(const Value* const operand, operand_of(arguments.expression(2)));
  TRY(const Nearness nearness, nearness_of_operand(*operand));
  if (!object) return std::optional<Nearest>();
  return nearest_at(*object, names, nearness);
}

Result<Item> is_near(const OperationCall& /*call*/, LazyArguments& arguments) {
  TRY(const Value* const operand, operand_of(arguments.expression(2)));
  TRY(const Nearness nearness, nearness_of_operand(*operand));
  TRY(const auto nearest, nearest_of(arguments));
  return Item(Value::boolean(nearest && nearest->distance >= nearness.least &&
                             nearest->distance <= nearness.most));
}

Result<Item> distance(const OperationCall& /*call*/, LazyArguments& arguments) {
  TRY(const auto nearest, nearest_of(arguments));
  if (!nearest) return Item();
  constexpr std::size_t kFactor = 3;
  if (arguments.size() <= kFactor) return Item(Value::float64(nearest->distance));
  TRY(const Item factor, arguments.evaluate(kFactor));
  if (!factor || !factor->is_number()) return fail(Code::type_mismatch, "a factor is no number");
  return Item(Value::float64(nearest->distance * factor->to_double()));
}

Result<Item> place(const OperationCall& /*call*/, LazyArguments& arguments) {
  TRY(auto nearest, nearest_of(arguments));
  if (!nearest) return Item();
  return Item(std::move(nearest->place));
}

constexpr OperationRow kOperations[] = {
    {.number = op::kNear,
     .name = "match.near",
     .least = 3,
     .flags = operation_flag::kReadsPath,
     .lazy = is_near},
    {.number = op::kDistance,
     .name = "match.distance",
     .least = 3,
     .flags = operation_flag::kReadsPath,
     .lazy = distance},
    {.number = op::kNearestPlace,
     .name = "match.nearest_place",
     .least = 3,
     .flags = operation_flag::kReadsPath,
     .lazy = place},
};

}  // namespace

std::span<const Predicate> geometry_predicates() { return kPredicates; }
std::span<const OperationRow> geometry_operations() { return kOperations; }

std::optional<Nearest> nearest_at(const Value& object, value::ArrayView names,
                                  const Nearness& nearness) {
  std::optional<Nearest> nearest;
  auto visit = [&](const Value* found, std::size_t /*position*/) {
    const auto location = found == nullptr ? std::nullopt : location_of(*found);
    const auto distance = location ? nearness.distance_to(*location) : std::nullopt;
    if (distance && (!nearest || *distance < nearest->distance)) nearest = {*distance, *found};
    return false;
  };
  Walk<decltype(visit)>(Leaf::elements, visit).from(&object, names);
  return nearest;
}

}  // namespace octavo::mongodb
