#include "dialect/reql/geo_options.h"

#include <fmt/format.h>

#include <array>
#include <numbers>

#include "dialect/reql/error.h"
#include "dialect/reql/messages.h"

namespace octavo::reql {
namespace {

using geometry::Ellipsoid;
using geometry::Position;

struct Unit {
  std::string_view name;
  double metres;
};
constexpr std::array kUnits{
    Unit{"m", 1.0},     Unit{"km", 1000.0}, Unit{"mi", 1609.344},
    Unit{"ft", 0.3048}, Unit{"nm", 1852.0},
};

Result<double> number_field(const Value& object, std::string_view name) {
  const Value* field = object.find(name);
  if (field == nullptr) return missing_attribute(name, object);
  return to_number(*field);
}

Result<Ellipsoid> to_ellipsoid(const Value& system) {
  if (system.is_object()) {
    TRY(const double radius, number_field(system, "a"));
    TRY(const double flattening, number_field(system, "f"));
    if (!(radius > 0.0)) return fail_logic("The equator radius `a` must be positive.");
    if (!(flattening >= 0.0 && flattening < 1.0)) {
      return fail_logic("The flattening `f` must be in the range [0, 1).");
    }
    return Ellipsoid{radius, flattening};
  }
  TRY_STATUS(check_string(system));
  if (system.as_string() == "WGS84") return geometry::kWgs84;
  if (system.as_string() == "unit_sphere") return geometry::kUnitSphere;
  return fail_logic(
      fmt::format("Unrecognized geo system \"{}\" (valid options: \"WGS84\", \"unit_sphere\").",
                  system.as_string()));
}

}  // namespace

Result<Ellipsoid> ellipsoid_option(Args& args) {
  TRY(const std::optional<Value> system, args.option_datum("geo_system"));
  if (!system) return geometry::kWgs84;
  Result<Ellipsoid> ellipsoid = to_ellipsoid(*system);
  if (!ellipsoid) return args.at("geo_system", fail(std::move(ellipsoid).error()));
  return ellipsoid;
}

Result<double> unit_option(Args& args) {
  TRY(const std::optional<Value> name, args.option_string("unit"));
  if (!name) return 1.0;
  for (const Unit& unit : kUnits) {
    if (unit.name == name->as_string()) return unit.metres;
  }
  return args.at("unit",
                 fail_logic(fmt::format("Unrecognized distance unit `{}`.", name->as_string())));
}

Status check_radius(double radius, const Ellipsoid& ellipsoid) {
  const double limit = ellipsoid.polar_radius() * std::numbers::pi / 2.0;
  if (radius < limit) return {};
  return fail_logic(fmt::format(
      "Radius must be smaller than a quarter of the circumference along the minor axis of the "
      "reference ellipsoid.  Got {}m, but must be smaller than {}m.",
      print_number(radius), print_number(limit)));
}

Result<std::vector<Position>> circle_around(const Position& center, double radius,
                                            std::uint32_t vertices, const Ellipsoid& ellipsoid) {
  if (!(radius > 0.0)) {
    return fail_logic(fmt::format("Radius must be positive.  Got {}.", print_number(radius)));
  }
  TRY_STATUS(check_radius(radius, ellipsoid));
  std::vector<Position> ring;
  ring.reserve(vertices + 1);
  for (std::uint32_t i = 0; i < vertices; ++i) {
    const double azimuth = -180.0 + 360.0 * i / vertices;
    ring.push_back(geometry::geodesic_destination(ellipsoid, center, azimuth, radius));
  }
  ring.push_back(ring.front());
  return ring;
}

}  // namespace octavo::reql
