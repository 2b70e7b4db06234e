// SLOWLOG.

#include <limits>

#include "keyspace/arguments.h"
#include "keyspace/subcommand.h"
#include "protocol/redis/command/families.h"
#include "protocol/redis/commands.h"

namespace octavo::redis {
namespace {

using keyspace::Args;
using keyspace::CommandContext;
using keyspace::CommandSpec;
using keyspace::Reply;

constexpr std::size_t kDefaultCount = 10;

SlowLog& slow_log(CommandContext& context) { return session_of(context).service().slow_log; }

void get(CommandContext& context, Args args, Reply& reply) {
  if (args.size() > 3) return keyspace::wrong_arity(reply, "slowlog|get");
  std::size_t count = kDefaultCount;
  if (args.size() == 3) {
    const auto given =
        keyspace::bounded_argument(args[2], -1, std::numeric_limits<std::int64_t>::max(), reply,
                                   "ERR count should be greater than or equal to -1");
    if (!given) return;
    count = static_cast<std::size_t>(*given);  // -1: all
  }
  const auto calls = slow_log(context).newest(count);
  reply.array_header(calls.size());
  for (const SlowCall& call : calls) {
    reply.array_header(6);
    reply.integer(call.id);
    reply.integer(call.wall_s);
    reply.integer(call.duration_us);
    reply.array_header(call.args.size());
    for (const std::string& arg : call.args) reply.bulk(arg);
    reply.bulk(call.client);
    reply.bulk(call.client_name);
  }
}

void len(CommandContext& context, Args, Reply& reply) {
  reply.integer(static_cast<std::int64_t>(slow_log(context).size()));
}

void reset(CommandContext& context, Args, Reply& reply) {
  slow_log(context).clear();
  reply.ok();
}

constexpr keyspace::Subcommand kSubcommands[] = {
    {"get", -2, get, "[<count>]",
     "The newest slow calls, 10 by default, -1 for all: number, time, microseconds,\n"
     "arguments, client, name of the client."},
    {"len", 2, len, "", "How many slow calls are kept."},
    {"reset", 2, reset, "", "Removes all of them."},
};

constexpr CommandSpec kCommands[] = {
    keyspace::holding<kSubcommands>(
        {"slowlog", -2,
         keyspace::kAdmin | keyspace::kNeedsRead | keyspace::kLoading | keyspace::kStale, 0, 0, 0,
         nullptr, "server", "2.2.12", "Shows slow calls.", keyspace::KeyRule::range, 0,
         keyspace::DatabaseRule::all}),
};

}  // namespace

std::span<const CommandSpec> slowlog_family() { return kCommands; }

}  // namespace octavo::redis
