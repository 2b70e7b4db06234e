#pragma once

// A setting is a row: its name is at once the flag `--name`, the environment's `OCTAVO_NAME` (upper
// case, `-` as `_`) and the key in the configuration file. Help and error messages derive from the
// row as well.

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"

namespace octavo::protocol {

enum class SettingKind : std::uint8_t {
  text,       // anything
  path,       // not empty
  port,       // 0 to 65535
  bytes,      // 1048576, 512KiB, 2GiB
  duration,   // 500ms, 30s, 12h, 7d; kept in nanoseconds
  count,      // a whole number
  choice,     // one of `choices`
  addresses,  // numeric IPv4 or IPv6 addresses; may be given more than once
};

struct SettingRow {
  std::string_view name;
  SettingKind kind;
  std::string_view fallback;  // as text, read like any other; empty: not set
  std::string_view help;
  std::string_view choices = {};    // separated by `|`
  std::string_view no_number = {};  // the word that stands for "none": off, auto
  std::uint64_t minimum = 0;
  std::uint64_t maximum = std::numeric_limits<std::int64_t>::max();
  bool hidden = false;  // for our tests: not among those that the help lists
};

// What a row was given. A number that is its `no_number`, or not set, is nullopt.
using SettingValue =
    std::variant<std::string, std::optional<std::uint64_t>, std::vector<std::string>>;

// `invalid_argument` says what is allowed, not where the text came from.
Result<SettingValue> parse_setting(const SettingRow& row, std::span<const std::string> texts);

// "0 to 65535 (0 picks one), or off", "no, everysec or always".
std::string describe_allowed(const SettingRow& row);

}  // namespace octavo::protocol
