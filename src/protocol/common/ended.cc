#include "protocol/common/ended.h"

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace octavo::protocol {
namespace {

constexpr MetricRow kEnded{"octavo_connections_ended_total",
                           "Connections that the server ended, by the reason."};

struct Reason {
  Ended why;
  std::string_view name;
};
constexpr auto kReasons = std::to_array<Reason>({
    {Ended::memory, "memory"},
    {Ended::output, "output"},
    {Ended::stalled, "stalled"},
    {Ended::input, "input"},
    {Ended::idle, "idle"},
    {Ended::handshake, "handshake"},
});

// A row is found by its place.
consteval bool are_in_place() {
  for (std::size_t i = 0; i < kReasons.size(); ++i) {
    if (static_cast<std::size_t>(kReasons[i].why) != i) return false;
  }
  return kReasons.size() == kEndedReasons;
}
static_assert(are_in_place());

}  // namespace

Counter& ended_counter(Ended why) {
  const std::string_view reason = kReasons[static_cast<std::size_t>(why)].name;
  return process_metrics().counter(kEnded, {{"reason", std::string(reason)}});
}

}  // namespace octavo::protocol
