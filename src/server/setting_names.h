#pragma once

// How a setting is named in the environment, and which one a slip of the finger may have meant.

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace octavo::server {

std::string environment_name(std::string_view setting);  // log-level -> OCTAVO_LOG_LEVEL

// The name of `names` that a slip of the finger may have meant.
std::optional<std::string_view> closest_name(std::string_view given,
                                             std::span<const std::string_view> names);

}  // namespace octavo::server
