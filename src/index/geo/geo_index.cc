#include "index/geo/geo_index.h"

#include <algorithm>

#include "geometry/geojson.h"
#include "index/multi_option.h"
#include "value/key.h"

namespace octavo::index {
namespace {

using geometry::CellRange;
using value::Type;
using value::Value;

// More cells follow a shape more closely: fewer rows that turn out not to match, for more entries
// to write, or ranges to read.
constexpr int kStoredCells = 8;
constexpr int kWantedCells = 16;
// Work on a geometry: for each of its numbers, and however small it is.
constexpr std::uint64_t kStepsOfNumber = 8;
constexpr std::uint64_t kStepsOfCovering = 256;

class GeoIndex final : public Index {
 public:
  GeoIndex(catalog::IndexDefinition definition, algebra::ExprPtr function)
      : Index(std::move(definition), std::move(function)),
        multi_(is_multi(Index::definition().options)) {}

  std::optional<Access> match(const Request& request) const override {
    Access access;
    access.once = true;
    if (const auto* range = std::get_if<algebra::KeyRange>(&request)) {
      if (range->lower.value || range->upper.value) return std::nullopt;
      access.ranges.push_back(entry_range(*range));
      return access;
    }
    std::vector<std::uint64_t> cells;
    for (const Value& area : std::get<algebra::KeySet>(request).keys) {
      if (area.type() != Type::geometry) return std::nullopt;
      const auto covering = geometry::covering_of_area(area, kWantedCells);
      if (covering.empty()) return std::nullopt;
      cells.insert(cells.end(), covering.begin(), covering.end());
    }
    for (const CellRange& range : geometry::related_cells(cells)) {
      access.ranges.push_back(
          entry_range(algebra::KeyRange{.lower = {Value::uint64(range.first), true},
                                        .upper = {Value::uint64(range.last), true}}));
    }
    return access;
  }

 protected:
  void add_keys(const Value& indexed, EntryWork& work, std::vector<Bytes>& out) const override {
    std::vector<std::uint64_t> cells;
    if (multi_ && indexed.is_array()) {
      for (const Value& element : indexed.as_array()) {
        if (!add(element, work, cells)) return;
      }
    } else {
      add(indexed, work, cells);
    }
    std::ranges::sort(cells);
    const auto rest = std::ranges::unique(cells);
    cells.erase(rest.begin(), rest.end());
    for (const std::uint64_t cell : cells) out.push_back(value::encoded_key(Value::uint64(cell)));
  }

 private:
  // False when it is too much.
  static bool add(const Value& geometry, EntryWork& work, std::vector<std::uint64_t>& cells) {
    if (geometry.type() != Type::geometry) return work.spend(1);
    if (!work.spend_on(geometry, kStepsOfNumber) || !work.spend(kStepsOfCovering)) return false;
    const auto figure = geometry::figure_of(geometry);
    if (!figure) return true;
    const auto covering = figure->covering(kStoredCells);
    cells.insert(cells.end(), covering.begin(), covering.end());
    return true;
  }

  bool multi_;
};

}  // namespace

Result<std::shared_ptr<const Index>> open_geo_index(const catalog::IndexDefinition& definition) {
  ByteReader reader(definition.function);
  TRY(auto function, function::open_function(reader));
  return std::make_shared<const GeoIndex>(definition, std::move(function));
}

}  // namespace octavo::index
