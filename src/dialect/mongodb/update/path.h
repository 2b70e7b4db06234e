#pragma once

// Paths of updates: "a.b.0", "a.$.b", "a.$[].b", "a.$[name].b".

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace octavo::mongodb {

constexpr std::size_t kMostPathParts = 200;  // as documents have levels

struct PathStep {
  enum class Kind : std::uint8_t {
    name,      // a field, or an element by its number
    position,  // $: the element that the filter found
    filtered,  // $[name]: the elements that an array filter is true of; $[], without a name: all
  };
  Kind kind = Kind::name;
  std::string name;

  friend bool operator==(const PathStep&, const PathStep&) = default;
};

// empty_field_name for an empty path or part, bad_value for $ where it may not be.
Result<std::vector<PathStep>> parse_update_path(std::string_view path);

// The order in which an update goes through names: numbers by value, others by their bytes.
bool comes_before(std::string_view a, std::string_view b);

// "a.$[].b"
std::string to_string(const PathStep& step);

}  // namespace octavo::mongodb
