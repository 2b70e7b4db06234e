#pragma once

// Capped collections: of a fixed size, in the order in which their documents came; the oldest go
// when there is no room. docs/notes/0022-mongodb.md.
//
// Each row has a number, ascending as rows come, in a field that this protocol does not show, and
// an index over it, which gives the order. Rows that other protocols add have none: they come
// before all others, and go first.

#include <cstdint>
#include <optional>
#include <string_view>

#include "algebra/plan.h"
#include "base/result.h"
#include "catalog/model.h"
#include "value/value.h"

namespace octavo::mongodb {

inline constexpr std::string_view kNaturalField = "$natural";
// What `create` may say of a size.
inline constexpr std::int64_t kMostCappedBytes = std::int64_t{1} << 50;
inline constexpr std::int64_t kMostCappedDocuments = 2'147'483'647;

struct CappedLimits {
  std::int64_t bytes = 0;                 // of BSON
  std::optional<std::int64_t> documents;  // nothing: as many as there is room for
};

// Nothing: it is an ordinary collection.
std::optional<CappedLimits> capped_limits(const catalog::TableDefinition& table);
bool is_capped(const catalog::TableDefinition& table);

// The options that a collection keeps: {capped, size, max}; sizes are multiples of 256.
std::vector<value::Field> capped_options(std::int64_t bytes, std::optional<std::int64_t> documents);

// Adds the index of the order to a definition that has no rows yet.
Status add_natural_order(catalog::TableDefinition& table);

// The rows as they came, or the other way round; `keys`: whose numbers are in the range.
algebra::PlanPtr natural_scan(const catalog::TableDefinition& table, algebra::Direction direction,
                              algebra::KeyRange keys = {});

// The number of a stored row; nothing: it has none.
std::optional<std::int64_t> natural_number_of(const value::Value& row);
value::Value with_natural_number(const value::Value& row, std::int64_t number);
value::Value without_natural_number(const value::Value& row);

}  // namespace octavo::mongodb
