#include "protocol/redis/command/latency_graph.h"

#include <gtest/gtest.h>

namespace octavo::redis {
namespace {

TEST(LatencyGraph, ColumnsGrowWithTheSpikes) {
  const LatencyEvent event{.name = "command",
                           .spikes = {{1000, 10}, {1050, 20}, {1090, 65}, {1095, 120}, {1100, 11}},
                           .worst_ms = 130};
  EXPECT_EQ(latency_graph(event, 1101),
            "command - high 120 ms, low 10 ms (all time high 130 ms)\n" + std::string(80, '-') +
                "\n"
                "   #\n"
                "   |\n"
                "  #|\n"
                "_o||_\n"
                "\n"
                "15161\n"
                "m11ss\n"
                " ss\n");
}

TEST(LatencyGraph, OneSpikeOfLongAgo) {
  const LatencyEvent event{.name = "e", .spikes = {{0, 7}}, .worst_ms = 7};
  const std::string graph = latency_graph(event, 3 * 86'400);
  EXPECT_TRUE(graph.ends_with("\n\n\n\n_\n\n3\nd\n")) << graph;
}

TEST(LatencyGraph, TheLastOfMany) {
  LatencyEvent event{.name = "e", .worst_ms = 100};
  for (int i = 0; i < 160; ++i) event.spikes.push_back({i, i});
  const std::string graph = latency_graph(event, 160);
  EXPECT_TRUE(graph.starts_with("e - high 159 ms, low 80 ms (all time high 100 ms)\n")) << graph;
}

}  // namespace
}  // namespace octavo::redis
