// LATENCY.

#include <fmt/format.h>

#include <algorithm>

#include "keyspace/subcommand.h"
#include "protocol/redis/command/families.h"
#include "protocol/redis/commands.h"

namespace octavo::redis {
namespace {

using keyspace::Args;
using keyspace::CommandContext;
using keyspace::CommandSpec;
using keyspace::Reply;

Latency& latency(CommandContext& context) { return session_of(context).service().latency; }

void latest(CommandContext& context, Args, Reply& reply) {
  const auto events = latency(context).events();
  reply.array_header(events.size());
  for (const LatencyEvent& event : events) {
    reply.array_header(4);
    reply.bulk(event.name);
    reply.integer(event.spikes.back().wall_s);
    reply.integer(event.spikes.back().latency_ms);
    reply.integer(event.worst_ms);
  }
}

void history(CommandContext& context, Args args, Reply& reply) {
  for (const LatencyEvent& event : latency(context).events()) {
    if (event.name != args[2]) continue;
    reply.array_header(event.spikes.size());
    for (const LatencySpike& spike : event.spikes) {
      reply.array_header(2);
      reply.integer(spike.wall_s);
      reply.integer(spike.latency_ms);
    }
    return;
  }
  reply.empty_array();
}

void reset(CommandContext& context, Args args, Reply& reply) {
  const auto names = args.subspan(2);
  reply.integer(static_cast<std::int64_t>(latency(context).reset({names.begin(), names.end()})));
}

void doctor(CommandContext& context, Args, Reply& reply) {
  if (session_of(context).service().settings.latency_threshold_ms() == 0) {
    return reply.verbatim("txt",
                          "Spikes are not recorded: CONFIG SET latency-monitor-threshold "
                          "<milliseconds> turns it on.\n");
  }
  std::string report;
  for (const LatencyEvent& event : latency(context).events()) {
    std::int64_t total_ms = 0;
    for (const LatencySpike& spike : event.spikes) total_ms += spike.latency_ms;
    const auto count = static_cast<std::int64_t>(event.spikes.size());
    report += fmt::format("{}: {} spikes, {} ms on average, {} ms at worst.\n", event.name, count,
                          total_ms / count, event.worst_ms);
  }
  if (report.empty()) report = "No spikes so far.\n";
  if (report.find("command") != std::string::npos) report += "SLOWLOG GET names the calls.\n";
  reply.verbatim("txt", report);
}

constexpr keyspace::Subcommand kSubcommands[] = {
    {"doctor", 2, doctor, "", "A report in words."},
    {"history", 3, history, "<event>", "Time and milliseconds of an event's spikes."},
    {"latest", 2, latest, "", "Each event's last spike and its worst."},
    {"reset", -2, reset, "[<event> ...]", "Forgets spikes; all when no event is named."},
};

constexpr CommandSpec kCommands[] = {
    keyspace::holding<kSubcommands>(
        {"latency", -2,
         keyspace::kAdmin | keyspace::kNoScript | keyspace::kLoading | keyspace::kStale, 0, 0, 0,
         nullptr, "server", "2.8.13", "Shows spikes of latency."}),
};

}  // namespace

std::span<const CommandSpec> latency_family() { return kCommands; }

}  // namespace octavo::redis
