#pragma once

// Regular expressions, compiled once for rows that share them.

#include <string_view>

#include "base/result.h"

namespace re2 {
class RE2;
}  // namespace re2

namespace octavo::sql {

// What the thread used last is kept: the reference holds until the next call. 3685, 1139.
Result<const re2::RE2*> compiled_expression(std::string_view pattern, bool case_counts);

}  // namespace octavo::sql
