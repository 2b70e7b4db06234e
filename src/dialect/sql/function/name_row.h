#pragma once

// What SQL writes: names of functions. Not stored.

#include <cstdint>
#include <string_view>

#include "base/result.h"
#include "dialect/sql/type/typed.h"

namespace octavo::sql {

class CallBinder;

namespace name_flag {
enum Bit : std::uint16_t {
  // Its arguments may have types that do not convert: the row looks at them itself.
  kTakesRows = 1 << 0,
};
}  // namespace name_flag

constexpr std::uint8_t kAnyNumber = 255;

struct NameRow {
  std::string_view name;     // upper case
  std::uint8_t least, most;  // arguments; kAnyNumber. Else 1582
  // Checks and converts the arguments, and makes the call or whatever else it stands for.
  Result<Typed> (*bind)(CallBinder& call);
  std::uint16_t flags = 0;  // name_flag
};

// By upper case name; null: no function of that name is a scalar one.
const NameRow* find_function(std::string_view upper_name);

}  // namespace octavo::sql
