// GeoJSON objects and GEOMETRY datums, as clients send them: a shape with everything that is asked
// of shapes, or an error. A shape touches itself, and is at no distance from itself.

#include "dialect/reql/text/geojson.h"

#include "base/assert.h"
#include "dialect/reql/read/json_in.h"
#include "fuzz.h"
#include "geometry/geojson.h"
#include "value/utf8.h"

namespace geometry = octavo::geometry;
namespace reql = octavo::reql;

namespace {
constexpr int kCells = 8;                 // as geospatial indexes take
constexpr std::size_t kMostBytes = 4096;  // polygons of thousands of edges only take time
}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = octavo::fuzz::input(data, size);
  if (size > kMostBytes || octavo::value::find_invalid_utf8(text)) return 0;
  const auto datum = reql::parse_json(text);
  if (!datum) return 0;
  static_cast<void>(reql::check_geometry(*datum));
  static_cast<void>(reql::position_argument(*datum));
  static_cast<void>(reql::geometry_type(*datum));
  if (!datum->is_object()) return 0;
  const auto shape = reql::shape_of(*datum);
  ASSERT(shape.has_value() == geometry::shape_of(*datum).has_value());
  if (!shape) return 0;
  ASSERT(shape->intersects(*shape));
  const auto cells = shape->covering(kCells);
  ASSERT(!cells.empty());
  ASSERT(!geometry::related_cells(cells).empty());
  if (shape->kind() == geometry::Shape::Kind::point) {
    ASSERT(shape->distance(*shape, geometry::kWgs84) == 0.0);
  }
  return 0;
}
