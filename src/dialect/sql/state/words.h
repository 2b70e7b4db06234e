#pragma once

// Words in which case does not count. ASCII alone: names of variables have nothing else.

#include <algorithm>
#include <string>
#include <string_view>

#include "base/ascii.h"
#include "base/text.h"
#include "dialect/sql/lexer/chars.h"

namespace octavo::sql {

inline std::string lower_case(std::string_view word) {
  std::string out(word);
  std::ranges::transform(out, out.begin(), [](char c) { return to_lower(c); });
  return out;
}

inline bool same_word(std::string_view a, std::string_view b) { return equals_ignoring_case(a, b); }

inline std::string_view trimmed(std::string_view word) {
  while (!word.empty() && is_space(word.front())) word.remove_prefix(1);
  while (!word.empty() && is_space(word.back())) word.remove_suffix(1);
  return word;
}

}  // namespace octavo::sql
