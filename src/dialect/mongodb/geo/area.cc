#include "dialect/mongodb/geo/area.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "base/limits.h"
#include "base/overloaded.h"
#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/type/print.h"
#include "value/document.h"

namespace octavo::mongodb {
namespace {

using geometry::Cap;
using geometry::Figure;
using geometry::PlaneBox;
using geometry::PlaneCircle;
using geometry::PlanePoint;
using geometry::PlanePolygon;
using value::Value;

// Of the operand, encoded: what is read of it takes several times as much.
constexpr std::size_t kMostAreaBytes = 4 * kMiB;

constexpr std::string_view kStrictWinding = "urn:x-mongodb:crs:strictwinding:EPSG:4326";
constexpr std::array<std::string_view, 2> kOrdinary = {"urn:ogc:def:crs:OGC:1.3:CRS84",
                                                       "EPSG:4326"};

// Whether rings enclose what is to the left of them; 2 for a reference system that is not known.
Result<bool> winds_strictly(const Value& geojson) {
  const Value* const system = geojson.find("crs");
  if (system == nullptr) return false;
  const Value* const type = system->find("type");
  const Value* const properties = system->find("properties");
  const Value* const name = properties == nullptr ? nullptr : properties->find("name");
  if (type == nullptr || !type->is_string() || type->as_string() != "name" || name == nullptr ||
      !name->is_string()) {
    return error(ErrorCode::bad_value, "GeoJSON CRS must be an object with a name: {}",
                 print(*system));
  }
  if (name->as_string() == kStrictWinding) return true;
  if (std::ranges::find(kOrdinary, name->as_string()) != kOrdinary.end()) return false;
  return error(ErrorCode::bad_value, "Unknown CRS name: {}", name->as_string());
}

std::string_view type_of(const Value& geojson) {
  const Value* const type = geojson.find("type");
  return type != nullptr && type->is_string() ? type->as_string() : std::string_view();
}

Result<Figure> wound_polygon(const Value& geojson) {
  const Value* const rings = geojson.find("coordinates");
  if (type_of(geojson) != "Polygon" || rings == nullptr || !rings->is_array() ||
      rings->as_array().size() != 1) {
    return error(ErrorCode::bad_value,
                 "Strict winding order is only supported by Polygons of a single ring: {}",
                 print(geojson));
  }
  const auto ring = geometry::ring_of(rings->as_array().front());
  if (!ring) return error(ErrorCode::bad_value, "{}", flaw_text(ring.error(), geojson));
  auto polygon = geometry::Shape::wound_polygon(*ring);
  if (!polygon) {
    return error(ErrorCode::bad_value, "{}", flaw_text(geometry::Flaw::bad_ring, geojson));
  }
  return Figure{{*std::move(polygon)}};
}

Result<PlanePolygon> parse_corners(const Value& operand) {
  if (!operand.is_array() && !operand.is_object()) {
    return error(ErrorCode::bad_value, "Polygon must be an array or object");
  }
  PlanePolygon polygon;
  const auto add = [&](const Value& corner) -> Status {
    TRY(const PlanePoint point, parse_pair(corner));
    polygon.corners.push_back(point);
    return {};
  };
  if (operand.is_array()) {
    for (const Value& corner : operand.as_array()) TRY_STATUS(add(corner));
  } else {
    for (const value::Field& corner : operand.as_object()) TRY_STATUS(add(corner.value));
  }
  if (polygon.corners.size() < 3) {
    return error(ErrorCode::bad_value, "Polygon must have at least 3 points");
  }
  return polygon;
}

Result<PlaneBox> parse_box(const Value& operand) {
  std::vector<Value> parts;
  if (operand.is_array()) parts.assign(operand.as_array().begin(), operand.as_array().end());
  if (operand.is_object()) {
    for (const value::Field& part : operand.as_object()) parts.push_back(part.value);
  }
  if (parts.size() != 2) {
    return error(ErrorCode::bad_value, "$box takes exactly 2 corners: {}", print(operand));
  }
  TRY(const PlanePoint a, parse_pair(parts[0]));
  TRY(const PlanePoint b, parse_pair(parts[1]));
  return PlaneBox{.least = {std::min(a.x, b.x), std::min(a.y, b.y)},
                  .most = {std::max(a.x, b.x), std::max(a.y, b.y)}};
}

Result<PlaneCircle> parse_circle(std::string_view name, const Value& operand) {
  std::vector<Value> parts;
  if (operand.is_array()) parts.assign(operand.as_array().begin(), operand.as_array().end());
  if (operand.is_object()) {
    for (const value::Field& part : operand.as_object()) parts.push_back(part.value);
  }
  if (parts.size() != 2) {
    return error(ErrorCode::bad_value, "{} takes a center and a radius: {}", name, print(operand));
  }
  TRY(const PlanePoint center, parse_pair(parts[0]));
  const double radius = parts[1].is_number() ? parts[1].to_double() : -1.0;
  // An endless one holds everything.
  if (!(radius >= 0.0)) {
    return error(ErrorCode::bad_value, "radius must be a non-negative number");
  }
  return PlaneCircle{.center = center, .radius = radius};
}

Result<Cap> parse_cap(const Value& operand) {
  TRY(const PlaneCircle circle, parse_circle("$centerSphere", operand));
  if (std::abs(circle.center.x) > 180.0 || std::abs(circle.center.y) > 90.0) {
    return error(ErrorCode::bad_value,
                 "Spherical circle would require crossing the poles, or "
                 "longitude/latitude is out of bounds, lng: {} lat: {}",
                 circle.center.x, circle.center.y);
  }
  return Cap{.center = {.longitude = circle.center.x, .latitude = circle.center.y},
             .radius = std::min(circle.radius, std::numbers::pi)};
}

}  // namespace

struct Area::Reader {
  static Result<Area> geometry(const Value& given, bool polygons) {
    if (!given.is_object() && !given.is_array()) {
      return error(ErrorCode::bad_value, "$geometry must be an object: {}", print(given));
    }
    if (given.is_object()) {
      TRY(const bool strict, winds_strictly(given));
      if (strict) {
        TRY(Figure figure, wound_polygon(given));
        return Area(std::move(figure));
      }
    }
    const std::string_view type = type_of(given);
    if (polygons && type != "Polygon" && type != "MultiPolygon") {
      return error(ErrorCode::bad_value, "$within not supported with provided geometry: {}",
                   print(given));
    }
    TRY(Figure figure, parse_geojson(given));
    return Area(std::move(figure));
  }
  static Result<Area> any_within(const Value& given) { return geometry(given, true); }
  static Result<Area> box(const Value& given) {
    TRY(const PlaneBox box, parse_box(given));
    return Area(PlaneShape(box));
  }
  static Result<Area> circle(const Value& given) {
    TRY(const PlaneCircle circle, parse_circle("$center", given));
    return Area(PlaneShape(circle));
  }
  static Result<Area> cap(const Value& given) {
    TRY(const Cap cap, parse_cap(given));
    return Area(cap);
  }
  static Result<Area> polygon(const Value& given) {
    TRY(PlanePolygon polygon, parse_corners(given));
    return Area(PlaneShape(std::move(polygon)));
  }

  struct Row {
    std::string_view name;
    Result<Area> (*read)(const Value& given);
  };
  static constexpr Row kRows[] = {{"$geometry", any_within},
                                  {"$box", box},
                                  {"$center", circle},
                                  {"$centerSphere", cap},
                                  {"$polygon", polygon}};

  // Beside the shape `$uniqueDocs` may stand, which has no meaning any more.
  static Result<const value::Field*> only_field(std::string_view name, const Value& operand) {
    if (!operand.is_object()) {
      return error(ErrorCode::bad_value, "{} expression must be an object: {}", name,
                   print(operand));
    }
    const value::Field* only = nullptr;
    for (const value::Field& field : operand.as_object()) {
      if (field.name == "$uniqueDocs") continue;
      if (only != nullptr) {
        return error(ErrorCode::bad_value, "can't parse extra field: {}: {}", field.name,
                     print(field.value));
      }
      only = &field;
    }
    if (only != nullptr) return only;
    return error(ErrorCode::bad_value, "geo query doesn't have any geometry");
  }
};

namespace {

Status check_size(const Value& operand) {
  Bytes bytes;
  TRY_STATUS(value::encode_document(operand, bytes));
  if (bytes.size() <= kMostAreaBytes) return {};
  return error(ErrorCode::bad_value, "a geometry of a query has {} bytes at most", kMostAreaBytes);
}

}  // namespace

Result<Area> Area::of_within(const Value& operand) {
  TRY_STATUS(check_size(operand));
  TRY(const value::Field* const field, Reader::only_field("$geoWithin", operand));
  const auto* const row = std::ranges::find(Reader::kRows, field->name, &Reader::Row::name);
  if (row != std::end(Reader::kRows)) return row->read(field->value);
  return error(ErrorCode::bad_value, "unknown geo specifier: {}: {}", field->name,
               print(field->value));
}

Result<Area> Area::of_intersects(const Value& operand) {
  TRY_STATUS(check_size(operand));
  TRY(const value::Field* const field, Reader::only_field("$geoIntersects", operand));
  if (field->name == "$geometry") return Reader::geometry(field->value, false);
  return error(ErrorCode::bad_value, "$geoIntersect not supported with provided geometry: {}",
               print(operand));
}

bool Area::contains(const Location& location) const {
  return std::visit(
      Overloaded{
          [&](const Figure& figure) {
            return location.figure && location.figure->is_within(figure);
          },
          [&](const Cap& cap) { return location.figure && location.figure->is_within(cap); },
          [&](const PlaneShape& shape) {
            return location.point &&
                   std::visit([&](const auto& s) { return s.contains(*location.point); }, shape);
          },
      },
      shape_);
}

bool Area::meets(const Location& location) const {
  const auto* const figure = std::get_if<Figure>(&shape_);
  return figure != nullptr && location.figure && location.figure->intersects(*figure);
}

std::optional<PlaneBox> Area::plane_bounds() const {
  if (const auto* const shape = std::get_if<PlaneShape>(&shape_)) {
    return std::visit([](const auto& s) { return s.bounds(); }, *shape);
  }
  if (const auto* const cap = std::get_if<Cap>(&shape_)) return degrees_around(*cap);
  return std::nullopt;
}

namespace {

// What a thread has read last, the newest first.
class RecentAreas {
 public:
  Result<std::shared_ptr<const Area>> get(BytesView key, AreaUse use) {
    const auto same = [&](const Entry& entry) { return entry.use == use && entry.key == key; };
    const auto there = std::ranges::find_if(entries_, same);
    if (there != entries_.end()) {
      if (there != entries_.begin()) std::rotate(entries_.begin(), there, there + 1);
      return entries_.front().area;
    }
    TRY(const Value given, value::decode_document(key));
    TRY(Area area, use == AreaUse::within ? Area::of_within(given) : Area::of_intersects(given));
    auto made = std::make_shared<const Area>(std::move(area));
    entries_.insert(entries_.begin(), {Bytes(key), use, made});
    bytes_ += key.size();
    while (entries_.size() > 1 && (entries_.size() > kKept || bytes_ > kMostBytes)) {
      bytes_ -= entries_.back().key.size();
      entries_.pop_back();
    }
    return made;
  }

 private:
  struct Entry {
    Bytes key;
    AreaUse use{};
    std::shared_ptr<const Area> area;
  };
  static constexpr std::size_t kKept = 8;
  static constexpr std::size_t kMostBytes = kMostAreaBytes;
  std::size_t bytes_ = 0;  // of keys
  std::vector<Entry> entries_;
};

}  // namespace

std::optional<Value> sphere_area(const Value& operand) {
  if (const Value* const given = operand.find("$geometry")) {
    const auto strict = winds_strictly(*given);
    return strict && !*strict ? sphere_value(*given) : std::nullopt;
  }
  const Value* const given = operand.find("$centerSphere");
  if (given == nullptr) return std::nullopt;
  const auto cap = parse_cap(*given);
  return cap ? std::optional(geometry::area_of(*cap)) : std::nullopt;
}

std::optional<PlaneBox> degrees_around(const Cap& cap) {
  constexpr double kDegrees = 180.0 / std::numbers::pi;
  // What rounding may take away.
  constexpr double kMargin = 1e-9;
  const double up = cap.radius * kDegrees + kMargin;
  const auto& [longitude, latitude] = cap.center;
  if (std::abs(latitude) + up >= 90.0) return std::nullopt;
  const double across =
      std::asin(std::min(1.0, std::sin(cap.radius) / std::cos(latitude / kDegrees))) * kDegrees +
      kMargin;
  if (std::abs(longitude) + across > 180.0) return std::nullopt;
  return PlaneBox{.least = {longitude - across, latitude - up},
                  .most = {longitude + across, latitude + up}};
}

Value area_operand(const Value& given) {
  Bytes bytes;
  // What came in a message is not too deep.
  if (!value::encode_document(given, bytes)) return Value::null();
  return Value::bytes(bytes);
}

namespace {

std::unexpected<Error> wrong_form() {
  return fail(Code::type_mismatch, "an area of a filter is of another form than its test takes");
}

}  // namespace

Result<Value> given_area(const Value& operand) {
  if (operand.type() != value::Type::bytes) return wrong_form();
  return value::decode_document(operand.as_bytes());
}

Result<std::shared_ptr<const Area>> area_of_operand(const Value& operand, AreaUse use) {
  if (operand.type() != value::Type::bytes) return wrong_form();
  thread_local RecentAreas recent;
  return recent.get(operand.as_bytes(), use);
}

}  // namespace octavo::mongodb
