#pragma once

// The parameters of Redis 7.0's configuration, by name, and the values that they take.

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "protocol/redis/config/effects.h"

namespace octavo::redis {

enum class ParameterKind : std::uint8_t {
  text,
  number,
  size,   // bytes: "100mb"
  share,  // bytes, or a percentage of the memory
  flag,
  never,  // a flag for what this server cannot do
  choice,
  words,  // several of the choices
  events,
  buffer_limits,
  save_points,
};

// Both ends belong to it.
struct ParameterRange {
  std::int64_t least = std::numeric_limits<std::int64_t>::min();
  std::int64_t greatest = std::numeric_limits<std::int64_t>::max();
};

struct Parameter {
  std::string_view name;
  std::string_view fallback;
  ParameterKind kind;
  bool fixed;                   // CONFIG SET refuses it
  std::string_view alias = {};  // an older name of the same thing, which has a row as well
  ParameterRange range = {};    // of a number or size
  std::string_view choices = {};
  std::string_view standing = {};       // why it can only be set to what it is; empty: it can be
  CheckLimit limit = nullptr;           // what bounds it beside its range
  SetEffect effect = nullptr;           // none: it is kept and shown only
  bool for_administrator_only = false;  // to see and to change
  bool is_secret = false;               // its value is not shown where calls are
  bool is_hidden = false;               // CONFIG GET shows it by its name only, to no pattern

  constexpr Parameter with_effect(SetEffect set) const {
    Parameter out = *this;
    out.effect = set;
    return out;
  }
  constexpr Parameter with_standing(std::string_view why) const {
    Parameter out = *this;
    out.standing = why;
    return out;
  }
  constexpr Parameter with_limit(CheckLimit check) const {
    Parameter out = *this;
    out.limit = check;
    return out;
  }
  constexpr Parameter for_administrator() const {
    Parameter out = *this;
    out.for_administrator_only = true;
    return out;
  }
  constexpr Parameter hidden() const {
    Parameter out = *this;
    out.is_hidden = true;
    return out;
  }
  constexpr Parameter as_secret() const {
    Parameter out = *this;
    out.is_secret = true;
    return out;
  }
};
std::span<const Parameter> parameters();
// By its name, whatever the case; null: there is none.
const Parameter* find_parameter(std::string_view name);

// The value as it is kept and shown; the error says why it is refused. `current` is what it
// replaces: some values name only what changes.
Result<std::string> parameter_value(const Parameter& parameter, std::string_view value,
                                    std::string_view current);

// "100mb" and the like, as Redis reads them; nullopt when it is no size.
std::optional<std::int64_t> parse_memory_size(std::string_view text);

}  // namespace octavo::redis
