#pragma once

// Options of a query as a whole. Those of its own are rows here; any option of a term may stand
// there too, and is then the default of all terms that know it.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/result.h"

namespace octavo::reql {

// What the numbers among a query's own options limit. The host says the first two.
struct QueryLimits {
  std::size_t array = 0;       // elements of an array that a term makes
  std::size_t feed_queue = 0;  // changes that wait to be read
  // Sizes of batches.
  std::size_t min_rows = 1;
  std::size_t max_rows = SIZE_MAX;
  std::size_t max_bytes = 1024 * 1024;
  std::int64_t max_ns = 500'000'000;
  std::size_t first_scale_down = 4;  // the first batch may hold this much less, and take less time
};

struct QueryOption {
  std::string_view name;
  // Checks a number and sets what it is for; null where who uses the option reads it.
  Status (*set)(const QueryOption& option, double given, QueryLimits& limits) = nullptr;
  std::size_t QueryLimits::* limit = nullptr;
};

const QueryOption* find_query_option(std::string_view name);  // null: not one of its own

// Whether an option may be given with a query.
bool is_global_option(std::string_view name);

}  // namespace octavo::reql
