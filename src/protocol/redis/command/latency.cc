// LATENCY.

#include <fmt/format.h>

#include <algorithm>

#include "base/clock.h"
#include "keyspace/subcommand.h"
#include "protocol/redis/command/families.h"
#include "protocol/redis/command/latency_graph.h"
#include "protocol/redis/command/subcommand_rows.h"
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

void graph(CommandContext& context, Args args, Reply& reply) {
  for (const LatencyEvent& event : latency(context).events()) {
    if (event.name != args[2]) continue;
    return reply.verbatim("txt", latency_graph(event, system_clock().wall_ns() / 1'000'000'000));
  }
  reply.error(fmt::format("ERR No samples available for event '{}'", args[2]));
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

void show_histogram(const CommandStats::Row& row, Reply& reply) {
  reply.bulk(row.name);
  reply.map_header(2);
  reply.bulk("calls");
  reply.integer(static_cast<std::int64_t>(row.calls));
  reply.bulk("histogram_usec");
  std::vector<std::pair<std::uint64_t, std::uint64_t>> steps;
  std::uint64_t before = 0;
  for (unsigned power = 0; power < CommandStats::kPowers && before < row.calls; ++power) {
    const std::uint64_t within = row.within(power);
    if (within != before) steps.emplace_back(std::uint64_t{1} << power, within);
    before = within;
  }
  reply.map_header(steps.size());
  for (const auto& [us, count] : steps) {
    reply.integer(static_cast<std::int64_t>(us));
    reply.integer(static_cast<std::int64_t>(count));
  }
}

// Of commands that were called: all, or those that are named with what they hold.
void histogram(CommandContext& context, Args args, Reply& reply) {
  const CommandStats& stats = session_of(context).service().command_stats;
  std::vector<const CommandStats::Row*> rows;
  const auto add = [&](const CommandSpec& spec) {
    const CommandStats::Row* row = stats.find(spec);
    if (row != nullptr && row->calls > 0) rows.push_back(row);
  };
  if (args.size() == 2) {
    for (const CommandStats::Row* row : stats.by_name()) {
      if (row->calls > 0) rows.push_back(row);
    }
  }
  for (const std::string_view name : args.subspan(2)) {
    const CommandSpec* spec = find_described(name);
    if (spec == nullptr) continue;
    add(*spec);
    for (const CommandSpec& one : subcommand_rows(*spec)) add(one);
  }
  reply.map_header(rows.size());
  for (const CommandStats::Row* row : rows) show_histogram(*row, reply);
}

constexpr keyspace::Subcommand kSubcommands[] = {
    {"doctor", 2, doctor, "", "A report in words."},
    {"graph", 3, graph, "<event>", "An event's spikes as a graph in text."},
    {"histogram", -2, histogram, "[<command> ...]",
     "How many calls took at most so many microseconds, for each command."},
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
