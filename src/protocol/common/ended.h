#pragma once

// Connections that the server ended and not their clients: counted by the reason.

#include <cstddef>
#include <cstdint>

#include "base/metrics.h"

namespace octavo::protocol {

enum class Ended : std::uint8_t {
  memory,     // all connections held too much
  output,     // more replies waited than its limits allow
  stalled,    // its client took nothing for long
  input,      // its client sent too much while it waited for something
  idle,       // its client sent nothing for long
  handshake,  // its opening dialogue took too long
};

constexpr std::size_t kEndedReasons = static_cast<std::size_t>(Ended::handshake) + 1;

Counter& ended_counter(Ended why);

}  // namespace octavo::protocol
