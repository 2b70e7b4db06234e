#include "geometry/shape.h"

#include <s2/mutable_s2shape_index.h>
#include <s2/s2cap.h>
#include <s2/s2cell_id.h>
#include <s2/s2cell_union.h>
#include <s2/s2error.h>
#include <s2/s2latlng.h>
#include <s2/s2loop.h>
#include <s2/s2polygon.h>
#include <s2/s2polyline.h>
#include <s2/s2region_coverer.h>
#include <s2/s2shape_index_buffered_region.h>

#include <algorithm>
#include <numbers>
#include <utility>
#include <variant>

#include "base/assert.h"
#include "base/overloaded.h"

namespace octavo::geometry {
namespace {

// Radians (some nanometres on the earth): a point this near to a line is on it. Points in the
// middle of an edge are in general not representable.
constexpr double kOnEdge = 1e-15;

S2Point to_point(const Position& position) {
  return S2LatLng::FromDegrees(position.latitude, position.longitude).ToPoint();
}
Position to_position(const S2Point& point) {
  const S2LatLng coordinates(point);
  return {coordinates.lng().degrees(), coordinates.lat().degrees()};
}

std::vector<S2Point> to_points(std::span<const Position> positions) {
  std::vector<S2Point> points;
  points.reserve(positions.size());
  for (const Position& position : positions) points.push_back(to_point(position));
  return points;
}

std::unique_ptr<S2Loop> make_loop(const Ring& ring, bool normalize = true) {
  constexpr std::size_t kMinVertices = 3;
  if (ring.size() <= kMinVertices) return nullptr;
  const std::span<const Position> open(ring.data(), ring.size() - 1);
  auto loop = std::make_unique<S2Loop>(to_points(open), S2Debug::DISABLE);
  S2Error error;
  if (loop->FindValidationError(&error)) return nullptr;
  if (normalize) loop->Normalize();
  return loop;
}

// Shell and holes as they are, or, where they share edges, what is left of the shell without the
// holes: that may be nothing.
std::unique_ptr<S2Polygon> make_polygon(std::vector<std::unique_ptr<S2Loop>> loops) {
  std::vector<std::unique_ptr<S2Loop>> copies;
  for (const auto& loop : loops) copies.emplace_back(loop->Clone());
  auto polygon = std::make_unique<S2Polygon>(std::move(copies), S2Debug::DISABLE);
  S2Error error;
  if (!polygon->FindValidationError(&error)) return polygon;
  polygon = std::make_unique<S2Polygon>(std::move(loops.front()), S2Debug::DISABLE);
  for (std::size_t i = 1; i < loops.size(); ++i) {
    const S2Polygon hole(std::move(loops[i]), S2Debug::DISABLE);
    auto rest = std::make_unique<S2Polygon>();
    rest->InitToDifference(*polygon, hole);
    polygon = std::move(rest);
  }
  return polygon;
}

bool is_on(const S2Point& point, const S2Polyline& line) {
  int next_vertex = 0;
  return S1Angle(line.Project(point, &next_vertex), point).radians() <= kOnEdge;
}
bool is_in(const S2Point& point, const S2Polygon& polygon) {
  return polygon.Contains(point) || polygon.GetDistanceToBoundary(point).radians() <= kOnEdge;
}

bool any_vertex_on(const S2Polyline& vertices, const S2Polyline& line) {
  for (int i = 0; i < vertices.num_vertices(); ++i) {
    if (is_on(vertices.vertex(i), line)) return true;
  }
  return false;
}

using Point = S2Point;
using Line = std::unique_ptr<const S2Polyline>;
using Polygon = std::unique_ptr<const S2Polygon>;

// One overload for each pair; the other way round is the same question.
bool meet(const Point& a, const Point& b) { return a == b; }
bool meet(const Point& a, const Line& b) { return is_on(a, *b); }
bool meet(const Point& a, const Polygon& b) { return is_in(a, *b); }
bool meet(const Line& a, const Point& b) { return meet(b, a); }
bool meet(const Line& a, const Line& b) {
  return a->Intersects(*b) || any_vertex_on(*a, *b) || any_vertex_on(*b, *a);
}
bool meet(const Line& a, const Polygon& b) { return b->Intersects(*a); }
bool meet(const Polygon& a, const Point& b) { return meet(b, a); }
bool meet(const Polygon& a, const Line& b) { return meet(b, a); }
bool meet(const Polygon& a, const Polygon& b) { return a->Intersects(*b); }

}  // namespace

struct Shape::Geometry {
  std::variant<Point, Line, Polygon> node;  // in the order of Kind
};

Shape::Kind Shape::kind() const { return static_cast<Kind>(geometry_->node.index()); }

Shape Shape::point(const Position& position) {
  return Shape(std::make_shared<Geometry>(Geometry{to_point(position)}));
}

std::optional<Shape> Shape::line(std::span<const Position> positions) {
  if (positions.size() < 2) return std::nullopt;
  auto line = std::make_unique<S2Polyline>(to_points(positions), S2Debug::DISABLE);
  S2Error error;
  if (line->FindValidationError(&error)) return std::nullopt;
  return Shape(std::make_shared<Geometry>(Geometry{Line(std::move(line))}));
}

std::optional<Shape> Shape::polygon(const Ring& ring) {
  return polygon(std::span<const Ring>(&ring, 1));
}

std::optional<Shape> Shape::polygon(std::span<const Ring> rings) {
  std::vector<std::unique_ptr<S2Loop>> loops;
  for (const Ring& ring : rings) {
    std::unique_ptr<S2Loop> loop = make_loop(ring);
    if (loop == nullptr) return std::nullopt;
    if (!loops.empty() && !loops.front()->Contains(*loop)) return std::nullopt;
    loops.push_back(std::move(loop));
  }
  if (loops.empty()) return std::nullopt;
  std::unique_ptr<S2Polygon> polygon = make_polygon(std::move(loops));
  return Shape(std::make_shared<Geometry>(Geometry{Polygon(std::move(polygon))}));
}

std::optional<Shape> Shape::wound_polygon(const Ring& ring) {
  std::unique_ptr<S2Loop> loop = make_loop(ring, false);
  if (loop == nullptr) return std::nullopt;
  // S2Polygon inverts a lone loop for nothing but the whole sphere's sake: the loop stays as it is.
  auto polygon = std::make_unique<S2Polygon>(std::move(loop), S2Debug::DISABLE);
  return Shape(std::make_shared<Geometry>(Geometry{Polygon(std::move(polygon))}));
}

namespace {

// Twice and more what `is_on` and `is_in` forgive.
S1Angle covering_margin() { return S1Angle::Radians(4 * kOnEdge); }

S2Cap to_cap(const Cap& cap, S1Angle margin) {
  return {to_point(cap.center), S1Angle::Radians(cap.radius) + margin};
}

std::vector<std::uint64_t> ids_of(const S2CellUnion& cells) {
  std::vector<std::uint64_t> ids;
  ids.reserve(cells.cell_ids().size());
  for (const S2CellId cell : cells.cell_ids()) ids.push_back(cell.id());
  std::ranges::sort(ids);
  return ids;
}

}  // namespace

std::vector<std::uint64_t> covering(const Cap& cap, int max_cells) {
  S2RegionCoverer::Options options;
  options.set_max_cells(max_cells);
  S2RegionCoverer coverer(options);
  return ids_of(coverer.GetCovering(to_cap(cap, covering_margin())));
}

std::vector<std::uint64_t> Shape::covering(int max_cells) const {
  S2RegionCoverer::Options options;
  options.set_max_cells(max_cells);
  S2RegionCoverer coverer(options);
  const S1Angle margin = covering_margin();
  const S2CellUnion cells = std::visit(
      Overloaded{
          [&](const Point& point) { return coverer.GetCovering(S2Cap(point, margin)); },
          [&](const Line& line) {
            MutableS2ShapeIndex index;
            index.Add(std::make_unique<S2Polyline::Shape>(line.get()));
            return coverer.GetCovering(S2ShapeIndexBufferedRegion(&index, S1ChordAngle(margin)));
          },
          [&](const Polygon& polygon) { return coverer.GetCovering(*polygon); },
      },
      geometry_->node);
  return ids_of(cells);
}

std::vector<CellRange> related_cells(const std::vector<std::uint64_t>& covering) {
  std::vector<CellRange> ranges;
  for (const std::uint64_t id : covering) {
    S2CellId cell(id);
    ranges.push_back({cell.range_min().id(), cell.range_max().id()});
    while (!cell.is_face()) {
      cell = cell.parent();
      ranges.push_back({cell.id(), cell.id()});
    }
  }
  std::ranges::sort(ranges, {}, &CellRange::first);
  std::vector<CellRange> disjoint;
  for (const CellRange& range : ranges) {
    if (!disjoint.empty() && range.first <= disjoint.back().last) {
      disjoint.back().last = std::max(disjoint.back().last, range.last);
    } else {
      disjoint.push_back(range);
    }
  }
  return disjoint;
}

bool Shape::intersects(const Shape& other) const {
  return std::visit([](const auto& a, const auto& b) { return meet(a, b); }, geometry_->node,
                    other.geometry_->node);
}

bool Shape::includes(const Shape& other) const {
  ASSERT(kind() == Kind::polygon);
  const S2Polygon& polygon = *std::get<Polygon>(geometry_->node);
  switch (other.kind()) {
    case Kind::point: return is_in(std::get<Point>(other.geometry_->node), polygon);
    case Kind::line: return polygon.Contains(*std::get<Line>(other.geometry_->node));
    case Kind::polygon: return polygon.Contains(*std::get<Polygon>(other.geometry_->node));
  }
  std::unreachable();
}

namespace {

// The point of a shape that is nearest to one.
S2Point nearest_to(const S2Point& from, const Point& point) {
  (void)from;
  return point;
}
S2Point nearest_to(const S2Point& from, const Line& line) {
  int next_vertex = 0;
  return line->Project(from, &next_vertex);
}
S2Point nearest_to(const S2Point& from, const Polygon& polygon) { return polygon->Project(from); }

}  // namespace

double Shape::distance(const Shape& other, const Ellipsoid& ellipsoid) const {
  ASSERT(kind() == Kind::point);
  const S2Point& from = std::get<Point>(geometry_->node);
  const S2Point nearest =
      std::visit([&](const auto& node) { return nearest_to(from, node); }, other.geometry_->node);
  return geodesic_distance(ellipsoid, to_position(from), to_position(nearest));
}

double Shape::angle(const Shape& other) const {
  ASSERT(kind() == Kind::point);
  const S2Point& from = std::get<Point>(geometry_->node);
  const S2Point nearest =
      std::visit([&](const auto& node) { return nearest_to(from, node); }, other.geometry_->node);
  return S1Angle(from, nearest).radians();
}

bool Shape::is_within(const Cap& cap) const {
  const S1Angle radius = S1Angle::Radians(cap.radius);
  const S2Point center = to_point(cap.center);
  // What is nearest to the opposite point is farthest from the centre.
  const auto farthest = [&](S1Angle from_opposite) {
    return S1Angle::Radians(std::numbers::pi) - from_opposite;
  };
  const auto reaches = [&](const S2Point& nearest) {
    return farthest(S1Angle(-center, nearest)).radians() <= radius.radians() + kOnEdge;
  };
  return std::visit(
      Overloaded{
          [&](const Point& point) {
            return S1Angle(center, point).radians() <= radius.radians() + kOnEdge;
          },
          [&](const Line& line) { return reaches(nearest_to(-center, line)); },
          [&](const Polygon& polygon) { return reaches(nearest_to(-center, polygon)); },
      },
      geometry_->node);
}

}  // namespace octavo::geometry
