#include "dialect/sql/bind/names.h"

#include <algorithm>

#include "base/text.h"
#include "value/collation.h"

namespace octavo::sql {
namespace {

constexpr bool is_ascii(char c) { return static_cast<unsigned char>(c) < 0x80; }

}  // namespace

bool same_name(std::string_view a, std::string_view b) {
  if (std::ranges::all_of(a, is_ascii) && std::ranges::all_of(b, is_ascii)) {
    return equals_ignoring_case(a, b);
  }
  static const value::Collation* const kNames = value::find_collation("utf8mb3_general_ci");
  return kNames->equal(a, b);
}

std::string dotted(const Path& path) {
  std::string text;
  for (const Name part : path) {
    if (!text.empty()) text += '.';
    text += part;
  }
  return text;
}

}  // namespace octavo::sql
