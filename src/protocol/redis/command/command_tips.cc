#include "protocol/redis/command/command_tips.h"

#include <algorithm>

namespace octavo::redis {
namespace {

// Those that get the same hints.
struct Group {
  std::span<const std::string_view> tips;
  std::span<const std::string_view> commands;
};

constexpr std::string_view kTips0[] = {"nondeterministic_output"};
constexpr std::string_view kCommands0[] = {"client|info",
                                           "client|list",
                                           "cluster|bumpepoch",
                                           "cluster|count-failure-reports",
                                           "cluster|getkeysinslot",
                                           "cluster|info",
                                           "cluster|links",
                                           "cluster|nodes",
                                           "cluster|replicas",
                                           "cluster|shards",
                                           "cluster|slaves",
                                           "cluster|slots",
                                           "dump",
                                           "hrandfield",
                                           "hscan",
                                           "lastsave",
                                           "migrate",
                                           "object|encoding",
                                           "object|freq",
                                           "object|idletime",
                                           "object|refcount",
                                           "pttl",
                                           "spop",
                                           "srandmember",
                                           "sscan",
                                           "time",
                                           "ttl",
                                           "xadd",
                                           "xautoclaim",
                                           "xclaim",
                                           "xinfo|consumers",
                                           "xpending",
                                           "xtrim",
                                           "zrandmember",
                                           "zscan"};
constexpr std::string_view kTips1[] = {"nondeterministic_output", "request_policy:all_nodes",
                                       "response_policy:special"};
constexpr std::string_view kCommands1[] = {"latency|doctor", "latency|graph", "latency|histogram",
                                           "latency|history", "latency|latest"};
constexpr std::string_view kTips2[] = {"nondeterministic_output", "request_policy:all_shards",
                                       "response_policy:special"};
constexpr std::string_view kCommands2[] = {"function|stats", "info", "memory|doctor",
                                           "memory|malloc-stats", "memory|stats"};
constexpr std::string_view kTips3[] = {"nondeterministic_output", "request_policy:special"};
constexpr std::string_view kCommands3[] = {"scan"};
constexpr std::string_view kTips4[] = {"nondeterministic_output_order"};
constexpr std::string_view kCommands4[] = {
    "command", "command|docs", "command|info", "command|list", "function|list", "hgetall", "hkeys",
    "hvals",   "module|list",  "sdiff",        "sinter",       "smembers",      "sunion"};
constexpr std::string_view kTips5[] = {"request_policy:all_nodes", "nondeterministic_output"};
constexpr std::string_view kCommands5[] = {"slowlog|get"};
constexpr std::string_view kTips6[] = {"request_policy:all_nodes", "response_policy:agg_sum",
                                       "nondeterministic_output"};
constexpr std::string_view kCommands6[] = {"slowlog|len"};
constexpr std::string_view kTips7[] = {"request_policy:all_nodes", "response_policy:all_succeeded"};
constexpr std::string_view kCommands7[] = {"config|set", "latency|reset", "script|flush",
                                           "script|load", "slowlog|reset"};
constexpr std::string_view kTips8[] = {"request_policy:all_shards", "nondeterministic_output"};
constexpr std::string_view kCommands8[] = {"randomkey"};
constexpr std::string_view kTips9[] = {"request_policy:all_shards",
                                       "nondeterministic_output_order"};
constexpr std::string_view kCommands9[] = {"keys"};
constexpr std::string_view kTips10[] = {"request_policy:all_shards",
                                        "response_policy:agg_logical_and"};
constexpr std::string_view kCommands10[] = {"script|exists"};
constexpr std::string_view kTips11[] = {"request_policy:all_shards", "response_policy:agg_min"};
constexpr std::string_view kCommands11[] = {"wait"};
constexpr std::string_view kTips12[] = {"request_policy:all_shards", "response_policy:agg_sum"};
constexpr std::string_view kCommands12[] = {"dbsize"};
constexpr std::string_view kTips13[] = {"request_policy:all_shards",
                                        "response_policy:all_succeeded"};
constexpr std::string_view kCommands13[] = {"flushall",       "flushdb",       "function|delete",
                                            "function|flush", "function|load", "function|restore",
                                            "memory|purge",   "ping"};
constexpr std::string_view kTips14[] = {"request_policy:all_shards",
                                        "response_policy:one_succeeded"};
constexpr std::string_view kCommands14[] = {"function|kill", "script|kill"};
constexpr std::string_view kTips15[] = {"request_policy:multi_shard"};
constexpr std::string_view kCommands15[] = {"mget"};
constexpr std::string_view kTips16[] = {"request_policy:multi_shard", "response_policy:agg_min"};
constexpr std::string_view kCommands16[] = {"msetnx"};
constexpr std::string_view kTips17[] = {"request_policy:multi_shard", "response_policy:agg_sum"};
constexpr std::string_view kCommands17[] = {"del", "exists", "touch", "unlink"};
constexpr std::string_view kTips18[] = {"request_policy:multi_shard",
                                        "response_policy:all_succeeded"};
constexpr std::string_view kCommands18[] = {"mset"};

constexpr Group kGroups[] = {
    {kTips0, kCommands0},   {kTips1, kCommands1},   {kTips2, kCommands2},   {kTips3, kCommands3},
    {kTips4, kCommands4},   {kTips5, kCommands5},   {kTips6, kCommands6},   {kTips7, kCommands7},
    {kTips8, kCommands8},   {kTips9, kCommands9},   {kTips10, kCommands10}, {kTips11, kCommands11},
    {kTips12, kCommands12}, {kTips13, kCommands13}, {kTips14, kCommands14}, {kTips15, kCommands15},
    {kTips16, kCommands16}, {kTips17, kCommands17}, {kTips18, kCommands18}};

}  // namespace

std::span<const std::string_view> command_tips(std::string_view command) {
  for (const Group& group : kGroups) {
    if (std::ranges::find(group.commands, command) != group.commands.end()) return group.tips;
  }
  return {};
}

}  // namespace octavo::redis
