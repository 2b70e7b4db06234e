// Geometry. Terms that read an index of a table (GET_INTERSECTING, GET_NEAREST) are with the other
// access terms.

#include <fmt/format.h>

#include <vector>

#include "dialect/reql/access.h"
#include "dialect/reql/error.h"
#include "dialect/reql/geo_options.h"
#include "dialect/reql/numbers.h"
#include "dialect/reql/read/term.h"
#include "dialect/reql/stream/stream.h"
#include "dialect/reql/text/geojson.h"

namespace octavo::reql {
namespace {

using geometry::Ellipsoid;
using geometry::Position;
using geometry::Ring;
using geometry::Shape;

// All of these depend on floating point results that may differ between machines, so they may not
// take part in an index, as in RethinkDB; POINT computes nothing.
constexpr std::uint16_t kComputes = kNotDeterministic;

Result<Value> geometry_argument(Args& args, std::size_t i) {
  TRY(Value datum, args.datum(i));
  if (const Status status = check_geometry(datum); !status) return args.at(i, fail(status.error()));
  return datum;
}

struct Geometry {
  Value datum;
  Shape shape;
};
Result<Geometry> shape_argument(Args& args, std::size_t i) {
  TRY(Value datum, geometry_argument(args, i));
  Result<Shape> shape = shape_of(datum);
  if (!shape) return args.at(i, fail(std::move(shape).error()));
  return Geometry{std::move(datum), *std::move(shape)};
}

Result<Val> geojson(Env&, Args& args) {
  TRY(const Value object, args.object(0));
  std::vector<Field> fields;
  for (const Field& field : object.as_object()) {
    if (field.name == "bbox") continue;  // derivable, and not kept
    if (field.name != "type" && field.name != "coordinates" && field.name != "crs") {
      return fail_logic(
          fmt::format("Unrecognized field `{}` found in geometry object.", field.name));
    }
    fields.push_back(field);
  }
  if (const Result<Shape> shape = shape_of(object); !shape) return fail(shape.error());
  return Val(Value::geometry(std::move(fields)));
}

Result<Val> to_geojson(Env&, Args& args) {
  TRY(const Value datum, geometry_argument(args, 0));
  const value::ObjectView fields = datum.as_object();
  return Val(make_object({fields.begin(), fields.end()}));
}

Result<Val> point(Env&, Args& args) {
  Position at;
  TRY(at.longitude, args.number(0));
  TRY(at.latitude, args.number(1));
  TRY(Value made, make_point(at));
  return Val(std::move(made));
}

Result<std::vector<Position>> positions_of(Args& args) {
  std::vector<Position> positions;
  for (std::size_t i = 0; i < args.size(); ++i) {
    TRY(const Value datum, args.datum(i));
    const Result<Position> at = position_argument(datum);
    if (!at) return args.at(i, fail(at.error()));
    positions.push_back(*at);
  }
  return positions;
}

Result<Val> line(Env&, Args& args) {
  TRY(const std::vector<Position> positions, positions_of(args));
  TRY(Value made, make_line(positions));
  return Val(std::move(made));
}

Result<Val> polygon(Env&, Args& args) {
  TRY(Ring shell, positions_of(args));
  TRY(Value made, make_polygon({std::move(shell)}));
  return Val(std::move(made));
}

Result<Val> fill(Env&, Args& args) {
  TRY(const Value datum, geometry_argument(args, 0));
  TRY(Ring shell, line_positions(datum));
  TRY(Value made, make_polygon({std::move(shell)}));
  return Val(std::move(made));
}

// The only ring of a Polygon without holes.
Result<Ring> shell_of(Args& args, std::size_t i, const Value& datum) {
  TRY(const std::string type, geometry_type(datum));
  if (type != "Polygon") {
    return args.at(i, fail_logic(fmt::format("Expected a Polygon but found a {}.", type)));
  }
  TRY(std::vector<Ring> rings, polygon_rings(datum));
  if (rings.size() != 1) {
    return args.at(i, fail_logic("Expected a Polygon with only an outer shell.  This one has "
                                 "holes."));
  }
  return std::move(rings.front());
}

Result<Val> polygon_sub(Env&, Args& args) {
  TRY(const Geometry outer, shape_argument(args, 0));
  TRY(const Geometry inner, shape_argument(args, 1));
  TRY(Ring shell, shell_of(args, 0, outer.datum));
  TRY(Ring hole, shell_of(args, 1, inner.datum));
  if (!outer.shape.includes(inner.shape)) {
    return fail_logic("The second argument to `polygon_sub` is not contained in the first one.");
  }
  TRY(Value made, make_polygon({std::move(shell), std::move(hole)}));
  return Val(std::move(made));
}

Result<Val> distance(Env&, Args& args) {
  TRY(const Geometry first, shape_argument(args, 0));
  TRY(const Geometry second, shape_argument(args, 1));
  TRY(const Ellipsoid ellipsoid, ellipsoid_option(args));
  TRY(const double unit, unit_option(args));
  const bool from_first = first.shape.kind() == Shape::Kind::point;
  if (!from_first && second.shape.kind() != Shape::Kind::point) {
    TRY(const std::string type, geometry_type(second.datum));
    return args.at(
        1, fail_logic(fmt::format("Expected geometry of type `Point` but found `{}`.", type)));
  }
  const double metres = from_first ? first.shape.distance(second.shape, ellipsoid)
                                   : second.shape.distance(first.shape, ellipsoid);
  // Multiplied by the inverse, as clients do it when they compare.
  return Val(number(unit == 1.0 ? metres : metres * (1.0 / unit)));
}

Result<Val> circle(Env&, Args& args) {
  constexpr std::int64_t kDefaultVertices = 32;
  constexpr std::int64_t kMaxVertices = 100'000;
  TRY(const Value center, args.datum(0));
  const Result<Position> at = position_argument(center);
  if (!at) return args.at(0, fail(at.error()));
  TRY(const double radius, args.number(1));
  TRY(const std::optional<bool> filled, args.option_boolean("fill"));
  TRY(const std::optional<std::int64_t> wanted, args.option_integer("num_vertices"));
  TRY(const Ellipsoid ellipsoid, ellipsoid_option(args));
  TRY(const double unit, unit_option(args));
  const std::int64_t vertices = wanted.value_or(kDefaultVertices);
  if (vertices <= 0) {
    return args.at("num_vertices", fail_logic("num_vertices must be positive."));
  }
  if (vertices > kMaxVertices) return fail(array_too_large(kMaxVertices));
  TRY(std::vector<Position> ring,
      circle_around(*at, radius * unit, static_cast<std::uint32_t>(vertices), ellipsoid));
  if (!filled.value_or(true)) {
    TRY(Value made, make_line(ring));
    return Val(std::move(made));
  }
  TRY(Value made, make_polygon({std::move(ring)}));
  return Val(std::move(made));
}

Status expect_polygon(const Value& datum) {
  TRY(const std::string type, geometry_type(datum));
  if (type == "Polygon") return {};
  return fail_logic(fmt::format("Expected geometry of type `Polygon` but found `{}`.", type));
}

Result<bool> does_intersect(const Value& datum, const Shape& other) {
  TRY_STATUS(check_geometry(datum));
  TRY(const Shape shape, shape_of(datum));
  return shape.intersects(other);
}

Result<bool> does_include(const Value& datum, const Shape& other) {
  TRY_STATUS(check_geometry(datum));
  TRY_STATUS(expect_polygon(datum));
  TRY(const Shape shape, shape_of(datum));
  return shape.includes(other);
}

// `subject` restricted to rows that the term holds for: row → term(row, other).
Result<Val> keep_matching(Env& env, const Args& args, const Val& subject, const Value& other) {
  constexpr algebra::VarId kRow{0};
  Transform transform;
  transform.kind = Transform::Kind::filter;
  transform.function.lambda =
      algebra::lambda({kRow}, algebra::call(term::id(args.term().number),
                                            {algebra::variable(kRow), algebra::constant(other)}));
  if (is_selection(subject)) {
    TRY(Selection selection, to_selection(env, subject));
    TRY(selection.rows, selection.rows->transformed(env, std::move(transform)));
    return Val::selection(std::move(selection));
  }
  TRY(const StreamPtr rows, to_sequence(env, subject));
  TRY(StreamPtr kept, rows->transformed(env, std::move(transform)));
  return stream_val(env, std::move(kept));
}

// On one geometry a boolean; on a sequence the elements for which it holds.
template <Result<bool> (*kPredicate)(const Value&, const Shape&)>
Result<Val> predicate(Env& env, Args& args) {
  TRY(const Val subject, args.val(0));
  TRY(const Geometry other, shape_argument(args, 1));
  if (subject.is_sequence_like()) return keep_matching(env, args, subject, other.datum);
  TRY(const Value datum, to_datum(env, subject));
  const Result<bool> holds = kPredicate(datum, other.shape);
  if (!holds) return args.at(0, fail(holds.error()));
  return Val(Value::boolean(*holds));
}

constexpr Term kTerms[] = {
    {157, "geojson", 1, 1, {}, kComputes, geojson},
    {158, "to_geojson", 1, 1, {}, kScalar, to_geojson},
    {159, "point", 2, 2, {}, kScalar, point},
    {160, "line", 2, -1, {}, kComputes, line},
    {161, "polygon", 3, -1, {}, kComputes, polygon},
    {162, "distance", 2, 2, {"geo_system", "unit"}, kComputes, distance},
    {163, "intersects", 2, 2, {}, kComputes, predicate<does_intersect>},
    {164, "includes", 2, 2, {}, kComputes, predicate<does_include>},
    {165, "circle", 2, 2, {"geo_system", "unit", "fill", "num_vertices"}, kComputes, circle},
    {167, "fill", 1, 1, {}, kComputes, fill},
    {171, "polygon_sub", 2, 2, {}, kComputes, polygon_sub},
};

}  // namespace

std::span<const Term> geo_terms() { return kTerms; }

}  // namespace octavo::reql
