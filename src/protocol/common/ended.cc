#include "protocol/common/ended.h"

#include <array>
#include <string>
#include <string_view>

#include "base/rows.h"

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

static_assert(rows_in_place(kReasons, &Reason::why, Ended{kEndedReasons - 1}));

}  // namespace

Counter& ended_counter(Ended why) {
  const std::string_view reason = row_of(kReasons, why).name;
  return process_metrics().counter(kEnded, {{"reason", std::string(reason)}});
}

}  // namespace octavo::protocol
