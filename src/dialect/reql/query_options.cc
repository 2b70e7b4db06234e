#include "dialect/reql/query_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "dialect/reql/datum.h"
#include "dialect/reql/error.h"
#include "dialect/reql/read/term.h"

namespace octavo::reql {
namespace {

Status set_array_size(const QueryOption& option, double given, QueryLimits& limits) {
  TRY(const std::int64_t size, to_integer(given));
  if (size < 1) {
    return fail_logic(fmt::format("Illegal array size limit `{}`.  (Must be >= 1.)", size));
  }
  limits.*option.limit = static_cast<std::size_t>(size);
  return {};
}

Status set_count(const QueryOption& option, double given, QueryLimits& limits) {
  TRY(const std::int64_t count, to_integer(given));
  if (count < 1) {
    return fail_logic(fmt::format("`{}` must be positive (got {}).", option.name, count));
  }
  limits.*option.limit = static_cast<std::size_t>(count);
  return {};
}

Status set_batch_time(const QueryOption& option, double given, QueryLimits& limits) {
  if (!(given >= 0 && given < 86400)) {
    return fail_logic(fmt::format("`{}` must be at least 0 and below 86400 (got {}).", option.name,
                                  print_number(given)));
  }
  limits.max_ns = static_cast<std::int64_t>(given * 1e9);
  return {};
}

constexpr QueryOption kOptions[] = {
    {"array_limit", set_array_size, &QueryLimits::array},
    {"binary_format"},
    {"changefeed_queue_size", set_array_size, &QueryLimits::feed_queue},
    {"db"},
    {"first_batch_scaledown_factor", set_count, &QueryLimits::first_scale_down},
    {"group_format"},
    {"max_batch_bytes", set_count, &QueryLimits::max_bytes},
    {"max_batch_rows", set_count, &QueryLimits::max_rows},
    {"max_batch_seconds", set_batch_time},
    {"min_batch_rows", set_count, &QueryLimits::min_rows},
    {"noreply"},
    {"profile"},
    {"time_format"},
};

// Sorted.
std::vector<std::string_view> join_names() {
  std::vector<std::string_view> names;
  for (const QueryOption& option : kOptions) names.push_back(option.name);
  for (const Term* term : all_terms()) {
    for (const std::string_view name : term->options) {
      if (!name.empty()) names.push_back(name);
    }
  }
  std::ranges::sort(names);
  const auto repeats = std::ranges::unique(names);
  names.erase(repeats.begin(), repeats.end());
  return names;
}

}  // namespace

const QueryOption* find_query_option(std::string_view name) {
  const auto* found = std::ranges::find(kOptions, name, &QueryOption::name);
  return found == std::end(kOptions) ? nullptr : found;
}

bool is_global_option(std::string_view name) {
  static const std::vector<std::string_view> names = join_names();
  return std::ranges::binary_search(names, name);
}

}  // namespace octavo::reql
