// GET_INTERSECTING and GET_NEAREST. The index finds the rows that may match; what they hold is
// looked at again, as an index knows the cells around a geometry and not the geometry.

#include <fmt/format.h>

#include <algorithm>
#include <numbers>
#include <utility>

#include "algebra/index_answers.h"
#include "dialect/reql/access.h"
#include "dialect/reql/context.h"
#include "dialect/reql/geo_options.h"
#include "dialect/reql/numbers.h"
#include "dialect/reql/purity.h"
#include "dialect/reql/read/term.h"
#include "dialect/reql/stream/stream.h"
#include "dialect/reql/text/geojson.h"

namespace octavo::reql {
namespace {

constexpr double kDefaultMaxDistance = 100'000;  // metres
constexpr std::int64_t kDefaultMaxResults = 100;

// The search for the nearest rows starts in a circle this part of the largest, and goes on in wider
// ones until there are enough.
constexpr double kFirstCircle = 1.0 / 1024;
constexpr double kWiden = 4.0;
// The circles are polygons, which have to enclose them: the vertices are somewhat outside. Beyond
// this part of the quarter of a meridian everything is looked at.
constexpr std::uint32_t kCircleVertices = 32;
constexpr double kCircleMargin = 1.02;
constexpr double kLargestCircle = 0.7;

// The table's geo index that the option names.
Result<const IndexInfo*> geo_index(Args& args, const TableInfo& table) {
  const std::string_view name = args.term().name;
  TRY(const std::optional<Value> given, args.option_string("index"));
  if (!given) return fail_logic(fmt::format("{} requires an index argument.", name));
  if (given->as_string() == table.primary_key) {
    return fail_logic(fmt::format("{} cannot use the primary index.", name));
  }
  TRY(const IndexInfo* const index, usable_index(table, given->as_string()));
  if ((index->answers & algebra::index_answers::kAreas) == 0) {
    return fail_logic(
        fmt::format("Index `{}` is not a geospatial index.  {} can only be used with "
                    "a geospatial index.",
                    index->name, name));
  }
  return index;
}

// The rows whose indexed geometry may touch `area`; all that are in the index without one.
StreamPtr candidates(const TablePtr& table, const IndexInfo& index,
                     const std::optional<Value>& area) {
  algebra::Scan scan{.table = table->id, .index = index.id, .keys = {}, .order = {}};
  if (area) scan.keys = algebra::KeySet{.keys = {*area}};
  return std::make_shared<PlanStream>(table, algebra::make_plan(std::move(scan)));
}

Result<Val> get_intersecting(Env& env, Args& args) {
  TRY(const TablePtr table, args.table(0));
  TRY(const Value area, args.datum(1));
  TRY(const IndexInfo* const index, geo_index(args, *table));
  if (Status checked = check_geometry(area); !checked) {
    return args.at(1, std::unexpected(std::move(checked).error()));
  }
  TRY_STATUS(shape_of(area));
  const StreamPtr rows = candidates(table, *index, area);
  const algebra::VarId row = own_variable(1);
  const algebra::ExprPtr value = call(term::kFuncall, {index->function, var(row)});
  Transform transform{
      .kind = Transform::Kind::filter,
      .function = make_lambda({row}, call(term::kGeoTest, {value, constant(area)}), {})};
  if (index->multi) {  // a document comes once for each of its geometries that match
    transform = {
        .kind = Transform::Kind::unwind,
        .function = make_lambda({row}, call(term::kGeoRows, {var(row), value, constant(area)}), {}),
        .feed_name = "get_intersecting"};
  }
  TRY(StreamPtr matching, rows->transformed(env, std::move(transform)));
  return Val::selection({.table = table, .rows = std::move(matching)});
}

struct Nearest {
  geometry::Position center;
  geometry::Ellipsoid ellipsoid;
  double metres_per_unit = 1.0;
  double max_distance = kDefaultMaxDistance;
  std::int64_t max_results = kDefaultMaxResults;
};

Result<Nearest> nearest_options(Args& args, const Value& center) {
  Nearest nearest;
  TRY(nearest.center, position_argument(center));
  TRY(nearest.ellipsoid, ellipsoid_option(args));
  TRY(nearest.metres_per_unit, unit_option(args));
  TRY(const std::optional<double> distance, args.option_number("max_dist"));
  if (distance) nearest.max_distance = *distance * nearest.metres_per_unit;
  if (!(nearest.max_distance > 0.0)) {
    return args.at("max_dist", fail_logic("max_dist must be positive."));
  }
  TRY(const std::optional<std::int64_t> results, args.option_integer("max_results"));
  nearest.max_results = results.value_or(kDefaultMaxResults);
  if (nearest.max_results <= 0) {
    return args.at("max_results", fail_logic("max_results must be positive."));
  }
  return nearest;
}

struct Found {
  double metres = 0;
  std::size_t place = 0;  // in the order of the index, for rows at the same distance
  Value row;
};

// Adds `row` once for each of its geometries that is near enough.
Status measure(const Nearest& nearest, const Value& indexed, const Value& row,
               std::vector<Found>& found) {
  if (indexed.is_array()) {
    for (const Value& element : indexed.as_array()) {
      if (!element.is_array()) TRY_STATUS(measure(nearest, element, row, found));
    }
    return {};
  }
  if (indexed.type() != Type::geometry) return {};
  const Result<geometry::Shape> shape = shape_of(indexed);
  if (!shape) return {};  // such a row is not in the index
  const double metres = geometry::Shape::point(nearest.center).distance(*shape, nearest.ellipsoid);
  if (metres <= nearest.max_distance) found.push_back({metres, found.size(), row});
  return {};
}

// The rows within `radius`, by distance.
Result<std::vector<Found>> rows_within(Env& env, const TablePtr& table, const IndexInfo& index,
                                       const Nearest& nearest, double radius) {
  const double quarter = nearest.ellipsoid.polar_radius() * std::numbers::pi / 2.0;
  std::optional<Value> circle;
  if (radius * kCircleMargin < kLargestCircle * quarter) {
    TRY(std::vector<geometry::Position> ring,
        circle_around(nearest.center, radius * kCircleMargin, kCircleVertices, nearest.ellipsoid));
    TRY(circle, make_polygon({std::move(ring)}));
  }
  Nearest wanted = nearest;
  wanted.max_distance = radius;
  const Function function{.lambda = index.function, .captured = {}, .place = {}};
  std::vector<Found> found;
  RowsCharge charge(env.context());
  const StreamPtr rows = candidates(table, index, circle);
  TRY_STATUS(for_each_row(env, *rows, [&](const Value& row) -> Result<bool> {
    const Result<Value> indexed = call_datum(env, function, row);
    if (!indexed) {  // not in the index
      env.query().trail.clear();
      return true;
    }
    const std::size_t before = found.size();
    TRY_STATUS(measure(wanted, *indexed, row, found));
    if (found.size() > before) TRY_STATUS(charge.add(2));
    return true;
  }));
  std::ranges::sort(found, {}, [](const Found& f) { return std::pair(f.metres, f.place); });
  return found;
}

Result<Val> get_nearest(Env& env, Args& args) {
  TRY(const TablePtr table, args.table(0));
  TRY(const Value center, args.datum(1));
  TRY(const IndexInfo* const index, geo_index(args, *table));
  TRY(const Nearest nearest, nearest_options(args, center));
  const auto wanted = static_cast<std::size_t>(nearest.max_results);
  std::vector<Found> found;
  double radius = nearest.max_distance * kFirstCircle;
  while (true) {
    radius = std::min(radius, nearest.max_distance);
    TRY(found, rows_within(env, table, *index, nearest, radius));
    if (found.size() >= wanted || radius == nearest.max_distance) break;
    radius *= kWiden;
  }
  found.resize(std::min(found.size(), wanted));
  std::vector<Value> results;
  results.reserve(found.size());
  for (Found& each : found) {
    results.push_back(Value::object(
        {{"dist", number(each.metres / nearest.metres_per_unit)}, {"doc", std::move(each.row)}}));
  }
  TRY(Value array, make_array(std::move(results), env.array_limit()));
  return Val(std::move(array));
}

constexpr Term kTerms[] = {
    {166, "get_intersecting", 2, 2, {"index"}, kReadsData, get_intersecting, needs::kRead},
    {168,
     "get_nearest",
     2,
     2,
     {"index", "max_results", "max_dist", "geo_system", "unit"},
     kReadsData,
     get_nearest,
     needs::kRead},
};

}  // namespace

std::span<const Term> geo_index_terms() { return kTerms; }

}  // namespace octavo::reql
