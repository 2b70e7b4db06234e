#pragma once

// LATENCY GRAPH: the spikes of an event as lines of text, oldest to the left. Below each column
// stands how long ago it was, top to bottom.

#include <cstdint>
#include <string>

#include "protocol/redis/state/latency.h"

namespace octavo::redis {

std::string latency_graph(const LatencyEvent& event, std::int64_t now_s);

}  // namespace octavo::redis
