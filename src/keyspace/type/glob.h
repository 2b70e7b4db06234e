#pragma once

#include <string_view>

namespace octavo::keyspace {

// Redis patterns: `*`, `?`, `[a-z]`, `[^a]`, `\x`. Bytes, not characters. Never more than
// O(pattern * text) steps.
bool glob_matches(std::string_view pattern, std::string_view text, bool ignore_case = false);

}  // namespace octavo::keyspace
