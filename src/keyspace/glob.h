#pragma once

#include <string_view>

namespace octavo::keyspace {

// Redis patterns: `*`, `?`, `[a-z]`, `[^a]`, `\x`. Bytes, not characters. Never more than
// O(pattern * text) steps.
bool glob_matches(std::string_view pattern, std::string_view text, bool ignore_case = false);

// True when the pattern has no special byte, so that it can only match itself.
bool glob_is_literal(std::string_view pattern);

}  // namespace octavo::keyspace
