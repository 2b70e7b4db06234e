#include "function/work.h"

#include <algorithm>

namespace octavo::function {
namespace {

using value::Type;
using value::Value;

constexpr std::uint64_t kTextPerStep = 64;

// Values nest no deeper than kMaxNestingDepth.
void add(const Value& value, std::uint64_t most, std::uint64_t& steps) {
  ++steps;
  switch (value.type()) {
    case Type::string:
    case Type::symbol: steps += value.as_string().size() / kTextPerStep; return;
    case Type::bytes: steps += value.as_bytes().size() / kTextPerStep; return;
    case Type::array:
      for (const Value& element : value.as_array()) {
        if (steps >= most) return;
        add(element, most, steps);
      }
      return;
    case Type::object:
    case Type::geometry:
      for (const value::Field& field : value.as_object()) {
        if (steps >= most) return;
        steps += field.name.size() / kTextPerStep;
        add(field.value, most, steps);
      }
      return;
    default: return;
  }
}

}  // namespace

std::uint64_t work_of(const Value& value, std::uint64_t most) {
  std::uint64_t steps = 0;
  add(value, most, steps);
  return std::clamp<std::uint64_t>(steps, 1, std::max<std::uint64_t>(most, 1));
}

}  // namespace octavo::function
