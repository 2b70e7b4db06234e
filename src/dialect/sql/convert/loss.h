#pragma once

#include <cstdint>

namespace octavo::sql {

// What a conversion could not keep. Whoever asked decides whether that is nothing, a note, a
// warning or an error.
enum class Loss : std::uint8_t {
  none,
  cut,    // something behind what was read was left out: `1abc`
  range,  // the nearest that there is
  bad,    // there was nothing to be read: `abc`
};

template <class T>
struct Converted {
  T value{};
  Loss loss = Loss::none;
};

}  // namespace octavo::sql
