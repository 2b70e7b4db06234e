#pragma once

// Names as statements and messages have them.

#include <string>
#include <string_view>

namespace octavo::sql {

// In quotes; one within is doubled.
inline std::string quoted_name(std::string_view name, char quote = '`') {
  std::string text(1, quote);
  for (const char c : name) text.append(c == quote ? 2 : 1, c);
  return text += quote;
}

}  // namespace octavo::sql
