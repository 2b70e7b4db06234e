#include <algorithm>
#include <string_view>
#include <vector>

#include "dialect/sql/function/name_row.h"
#include "dialect/sql/function/operation_tables.h"

namespace octavo::sql {
namespace {

using Finder = std::span<const NameRow> (*)();
constexpr Finder kTables[] = {
    control_names,     rounding_names,    real_names,         numeral_names,
    text_part_names,   text_build_names,  text_measure_names, text_search_names,
    regexp_names,      time_part_names,   time_add_names,     time_difference_names,
    time_make_names,   time_format_names, time_now_names,     json_read_names,
    json_search_names, json_write_names,  hash_names,         address_names,
    information_names, lock_names,        unsupported_names,
};

std::vector<const NameRow*> all_names() {
  std::vector<const NameRow*> names;
  for (const Finder table : kTables) {
    for (const NameRow& row : table()) names.push_back(&row);
  }
  std::ranges::sort(names, {}, &NameRow::name);
  return names;
}

}  // namespace

const NameRow* find_function(std::string_view upper_name) {
  static const std::vector<const NameRow*> kNames = all_names();
  const auto found = std::ranges::lower_bound(kNames, upper_name, {}, &NameRow::name);
  return found != kNames.end() && (*found)->name == upper_name ? *found : nullptr;
}

}  // namespace octavo::sql
