#pragma once

// The parameters of Redis 7.0's configuration, by name.

#include <cstdint>
#include <span>
#include <string_view>

namespace octavo::redis {

enum class ParameterKind : std::uint8_t { text, number, size, flag, choice, events };

struct Parameter {
  std::string_view name;
  std::string_view fallback;
  ParameterKind kind;
  bool fixed;                   // CONFIG SET refuses it
  std::string_view alias = {};  // an older name of the same thing, which has a row as well
};
std::span<const Parameter> parameters();

}  // namespace octavo::redis
