#include <algorithm>
#include <string_view>
#include <vector>

#include "dialect/sql/function/name_row.h"
#include "dialect/sql/function/operation_tables.h"

namespace octavo::sql {
namespace {

using Finder = std::span<const NameRow> (*)();
constexpr Finder kTables[] = {
    control_names,
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
