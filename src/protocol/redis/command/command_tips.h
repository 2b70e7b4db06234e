#pragma once

// What COMMAND tells clients of clusters, and those that compare replies, about a command: the tips
// of Redis 7.0.

#include <span>
#include <string_view>

namespace octavo::redis {

// `command`: with what it holds (`config|get`).
std::span<const std::string_view> command_tips(std::string_view command);

}  // namespace octavo::redis
