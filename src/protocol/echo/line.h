#pragma once

// The codec, without I/O: a line and the newline that ends it.

#include <cstddef>
#include <cstdint>

#include "base/bytes.h"

namespace octavo::echo {

struct Line {
  enum class State : std::uint8_t { more, whole, too_long };
  State state = State::more;
  BytesView text;        // of `whole`: without its end, into the input
  std::size_t size = 0;  // of `whole`: what it takes of the input
};

// At the front of `input`. `too_long`: it has more than `limit` bytes.
Line next_line(BytesView input, std::size_t limit);

}  // namespace octavo::echo
