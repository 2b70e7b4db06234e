#include "protocol/common/ended.h"

#include <string_view>

namespace octavo::protocol {
namespace {

constexpr MetricRow kEnded{"octavo_connections_ended_total",
                           "Connections that the server ended, by the reason."};
// In the order of `Ended`.
constexpr std::string_view kReasons[] = {"memory", "output", "stalled",
                                         "input",  "idle",   "handshake"};

}  // namespace

Counter& ended_counter(Ended why) {
  const std::string_view reason = kReasons[static_cast<std::size_t>(why)];
  return process_metrics().counter(kEnded, {{"reason", std::string(reason)}});
}

}  // namespace octavo::protocol
