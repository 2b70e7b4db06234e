#include <array>

#include <fmt/format.h>

#include "protocol/redis/commands.h"

namespace octavo::redis {
namespace {

using keyspace::Args;
using keyspace::CommandContext;
using keyspace::Reply;

constexpr std::uint32_t kFlags =
    keyspace::kPubsub | keyspace::kFast | keyspace::kLoading | keyspace::kStale;

void publish(CommandContext& context, Args args, Reply& reply) {
  const auto receivers = session_of(context).door().pubsub.publish(args[1], args[2]);
  reply.integer(static_cast<std::int64_t>(receivers));
}

void spublish(CommandContext& context, Args args, Reply& reply) {
  const auto receivers = session_of(context).door().pubsub.publish(args[1], args[2], true);
  reply.integer(static_cast<std::int64_t>(receivers));
}

void list(const std::vector<std::string>& names, Reply& reply) {
  reply.array_header(names.size());
  for (const auto& name : names) reply.bulk(name);
}

void counts(const PubSub& pubsub, ChannelKind kind, Args names, Reply& reply) {
  reply.array_header(names.size() * 2);  // flat in RESP3 as well
  for (const std::string_view name : names) {
    reply.bulk(name);
    reply.integer(static_cast<std::int64_t>(pubsub.subscribers(kind, name)));
  }
}

void pubsub(CommandContext& context, Args args, Reply& reply) {
  const PubSub& hub = session_of(context).door().pubsub;
  const std::string_view pattern = args.size() > 2 ? args[2] : std::string_view();
  if (same_word("channels", args[1]) && args.size() <= 3) {
    list(hub.channels(ChannelKind::channel, pattern), reply);
  } else if (same_word("shardchannels", args[1]) && args.size() <= 3) {
    list(hub.channels(ChannelKind::shard, pattern), reply);
  } else if (same_word("numsub", args[1])) {
    counts(hub, ChannelKind::channel, args.subspan(2), reply);
  } else if (same_word("shardnumsub", args[1])) {
    counts(hub, ChannelKind::shard, args.subspan(2), reply);
  } else if (same_word("numpat", args[1]) && args.size() == 2) {
    reply.integer(static_cast<std::int64_t>(hub.pattern_count()));
  } else {
    reply.error(fmt::format(
        "ERR Unknown PUBSUB subcommand or wrong number of arguments for '{}'. Try PUBSUB HELP.",
        args[1]));
  }
}

constexpr std::array<keyspace::CommandSpec, 3> kCommands = {{
    {"publish", 3, kFlags, 0, 0, 0, publish, "pubsub", "2.0.0", "Posts a message to a channel."},
    {"spublish", 3, kFlags, 0, 0, 0, spublish, "pubsub", "7.0.0",
     "Posts a message to a shard channel."},
    {"pubsub", -2, kFlags, 0, 0, 0, pubsub, "pubsub", "2.8.0",
     "Says which channels and patterns are listened to."},
}};

}  // namespace

std::span<const keyspace::CommandSpec> pubsub_family() { return kCommands; }

}  // namespace octavo::redis
