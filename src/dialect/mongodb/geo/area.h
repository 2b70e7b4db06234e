#pragma once

// What $geoWithin and $geoIntersects are about, read from their operands ({$geometry: …}, {$box:
// […]}, …).

#include <memory>
#include <optional>
#include <variant>

#include "base/result.h"
#include "dialect/mongodb/geo/location.h"
#include "geometry/plane.h"
#include "value/value.h"

namespace octavo::mongodb {

class Area {
 public:
  using PlaneShape =
      std::variant<geometry::PlaneBox, geometry::PlaneCircle, geometry::PlanePolygon>;

  // 2 BadValue for what is no area.
  static Result<Area> of_within(const value::Value& operand);
  static Result<Area> of_intersects(const value::Value& operand);

  bool contains(const Location& location) const;
  bool meets(const Location& location) const;

  // A rectangle that encloses it; nothing: no index of a plane answers.
  std::optional<geometry::PlaneBox> plane_bounds() const;

 private:
  using Shape = std::variant<geometry::Figure, geometry::Cap, PlaneShape>;
  struct Reader;

  explicit Area(Shape shape) : shape_(std::move(shape)) {}

  Shape shape_;
};

// What an index of kind `geo` is asked for, of an operand that was checked; nothing: no such index
// answers.
std::optional<value::Value> sphere_area(const value::Value& operand);

// The degrees that a cap lies in; nothing where they go over a pole or the end of the longitudes.
std::optional<geometry::PlaneBox> degrees_around(const geometry::Cap& cap);

// Operands of tests in filters: documents of $geoWithin or $geoIntersects as bytes, by which a
// thread remembers the areas that were read last. Those that do not read give an error.
enum class AreaUse : std::uint8_t { within, intersects };
value::Value area_operand(const value::Value& given);
Result<value::Value> given_area(const value::Value& operand);
Result<std::shared_ptr<const Area>> area_of_operand(const value::Value& operand, AreaUse use);

}  // namespace octavo::mongodb
