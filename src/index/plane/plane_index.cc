#include "index/plane/plane_index.h"

#include <algorithm>
#include <cmath>

#include "index/multi_option.h"
#include "index/plane/grid.h"
#include "value/key.h"

namespace octavo::index {
namespace {

using geometry::PlaneBox;
using geometry::PlanePoint;
using value::Value;

constexpr std::string_view kLeast = "least", kMost = "most", kBits = "bits";
constexpr double kDefaultLeast = -180.0;
constexpr double kDefaultMost = 180.0;
constexpr std::int64_t kDefaultBits = 26;
// More ranges follow a rectangle more closely, for more places to read from.
constexpr std::size_t kWantedRanges = 32;
constexpr std::uint64_t kStepsOfPoint = 16;

std::optional<PlanePoint> point_of(const Value& pair) {
  if (!pair.is_array() || pair.as_array().size() != 2) return std::nullopt;
  const Value& x = pair.as_array()[0];
  const Value& y = pair.as_array()[1];
  if (!x.is_number() || !y.is_number()) return std::nullopt;
  return PlanePoint{.x = x.to_double(), .y = y.to_double()};
}

std::optional<PlaneBox> box_of(const Value& corners) {
  if (!corners.is_array() || corners.as_array().size() != 2) return std::nullopt;
  const auto least = point_of(corners.as_array()[0]);
  const auto most = point_of(corners.as_array()[1]);
  if (!least || !most) return std::nullopt;
  return PlaneBox{.least = *least, .most = *most};
}

Grid grid_of(const Value& options) {
  const Value* const least = options.find(kLeast);
  const Value* const most = options.find(kMost);
  const Value* const bits = options.find(kBits);
  return Grid(least == nullptr ? kDefaultLeast : least->to_double(),
              most == nullptr ? kDefaultMost : most->to_double(),
              static_cast<int>(bits == nullptr ? kDefaultBits : bits->as_int64()));
}

class PlaneIndex final : public Index {
 public:
  PlaneIndex(catalog::IndexDefinition definition, algebra::ExprPtr function)
      : Index(std::move(definition), std::move(function)),
        multi_(is_multi(Index::definition().options)),
        grid_(grid_of(Index::definition().options)) {}

  std::optional<Access> match(const Request& request) const override {
    Access access;
    access.once = true;
    if (const auto* range = std::get_if<algebra::KeyRange>(&request)) {
      if (range->lower.value || range->upper.value) return std::nullopt;
      access.ranges.push_back(entry_range(*range));
      return access;
    }
    for (const Value& key : std::get<algebra::KeySet>(request).keys) {
      const auto box = box_of(key);
      if (!box) return std::nullopt;
      for (const CellNumbers& cells : grid_.cells_of(*box, kWantedRanges)) {
        access.ranges.push_back(
            entry_range(algebra::KeyRange{.lower = {Value::uint64(cells.first), true},
                                          .upper = {Value::uint64(cells.last), true}}));
      }
    }
    return access;
  }

 protected:
  void add_keys(const Value& indexed, EntryWork& work, std::vector<Bytes>& out) const override {
    if (!multi_) {
      add(indexed, work, out);
      return;
    }
    if (!indexed.is_array()) return;
    for (const Value& element : indexed.as_array()) {
      if (!add(element, work, out)) return;
    }
  }

 private:
  // False when it is too much.
  bool add(const Value& pair, EntryWork& work, std::vector<Bytes>& out) const {
    if (!work.spend(kStepsOfPoint)) return false;
    const auto point = point_of(pair);
    if (point) out.push_back(value::encoded_key(Value::uint64(grid_.cell_of(*point))));
    return true;
  }

  bool multi_;
  Grid grid_;
};

}  // namespace

Result<std::shared_ptr<const Index>> open_plane_index(const catalog::IndexDefinition& definition) {
  ByteReader reader(definition.function);
  TRY(auto function, function::open_function(reader));
  return std::make_shared<const PlaneIndex>(definition, std::move(function));
}

Result<Value> plane_options(const Value& given) {
  if (!given.is_object()) return multi_option(given);
  value::ObjectBuilder others(given);
  for (const std::string_view name : {kLeast, kMost, kBits}) others.erase(name);
  TRY(const Value options, multi_option(std::move(others).build()));
  const Value* const least = given.find(kLeast);
  const Value* const most = given.find(kMost);
  const Value* const bits = given.find(kBits);
  const auto is_coordinate = [](const Value* value) {
    return value == nullptr || (value->is_number() && std::isfinite(value->to_double()));
  };
  const double from = least == nullptr || !least->is_number() ? kDefaultLeast : least->to_double();
  const double to = most == nullptr || !most->is_number() ? kDefaultMost : most->to_double();
  const std::int64_t number = bits == nullptr ? kDefaultBits : bits->to_int64().value_or(0);
  if (!is_coordinate(least) || !is_coordinate(most) || !(from < to) || number < 1 ||
      number > Grid::kMostBits) {
    return fail(Code::invalid_argument, "A plane needs `least` below `most`, and 1 to 32 `bits`.");
  }
  value::ObjectBuilder out(options);
  if (least != nullptr) out.set(kLeast, Value::float64(from));
  if (most != nullptr) out.set(kMost, Value::float64(to));
  if (bits != nullptr) out.set(kBits, Value::int64(number));
  return std::move(out).build();
}

}  // namespace octavo::index
