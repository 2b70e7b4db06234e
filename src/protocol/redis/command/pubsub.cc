// PUBLISH, SPUBLISH, PUBSUB.

#include "keyspace/subcommand.h"
#include "protocol/redis/command/families.h"
#include "protocol/redis/commands.h"

namespace octavo::redis {
namespace {

using keyspace::Args;
using keyspace::CommandContext;
using keyspace::Reply;

constexpr keyspace::CommandFlags kFlags = keyspace::kPubsub | keyspace::kLoading | keyspace::kStale;
constexpr keyspace::CommandFlags kPublishFlags = kFlags | keyspace::kFast | keyspace::kNeedsWrite |
                                                 keyspace::kPausesAsWrite | keyspace::kAnyThread;

// To those who listen here, and to replicas, as Redis does it: in a transaction with what that
// writes.
template <bool shard>
void publish(CommandContext& context, Args args, Reply& reply) {
  Session& session = session_of(context);
  ServiceState& service = session.service();
  const auto receivers = service.pubsub.publish(args[1], args[2], shard);
  service.source.published_locked(context.db_index(), args);
  if (!session.in_exec()) service.source.flush_locked();
  reply.integer(static_cast<std::int64_t>(receivers));
}

void list(const std::vector<std::string>& names, Reply& reply) {
  reply.array_header(names.size());
  for (const auto& name : names) reply.bulk(name);
}

template <ChannelKind kind>
void channels(CommandContext& context, Args args, Reply& reply) {
  if (args.size() > 3) return reply.syntax_error();
  const std::string_view pattern = args.size() > 2 ? args[2] : std::string_view();
  list(session_of(context).service().pubsub.channels(kind, pattern), reply);
}

template <ChannelKind kind>
void counts(CommandContext& context, Args args, Reply& reply) {
  const PubSub& hub = session_of(context).service().pubsub;
  const Args names = args.subspan(2);
  reply.array_header(names.size() * 2);  // flat in RESP3 as well
  for (const std::string_view name : names) {
    reply.bulk(name);
    reply.integer(static_cast<std::int64_t>(hub.subscribers(kind, name)));
  }
}

void pattern_count(CommandContext& context, Args, Reply& reply) {
  reply.integer(static_cast<std::int64_t>(session_of(context).service().pubsub.pattern_count()));
}

constexpr keyspace::Subcommand kSubcommands[] = {
    {"channels", -2, channels<ChannelKind::channel>, "[<pattern>]", "Channels with subscribers."},
    {"numpat", 2, pattern_count, "", "How many patterns have subscribers."},
    {"numsub", -2, counts<ChannelKind::channel>, "[<channel> ...]", "Subscribers of each channel."},
    {"shardchannels", -2, channels<ChannelKind::shard>, "[<pattern>]",
     "Shard channels with subscribers."},
    {"shardnumsub", -2, counts<ChannelKind::shard>, "[<channel> ...]",
     "Subscribers of each shard channel."},
};

constexpr keyspace::CommandSpec kCommands[] = {
    {"publish", 3, kPublishFlags, 0, 0, 0, publish<false>, "pubsub", "2.0.0",
     "Posts a message to a channel.", keyspace::KeyRule::range, 0, keyspace::DatabaseRule::any},
    {"spublish", 3, kPublishFlags, 0, 0, 0, publish<true>, "pubsub", "7.0.0",
     "Posts a message to a shard channel.", keyspace::KeyRule::range, 0,
     keyspace::DatabaseRule::any},
    keyspace::holding<kSubcommands>({"pubsub", -2, kFlags | keyspace::kNeedsRead, 0, 0, 0, nullptr,
                                     "pubsub", "2.8.0",
                                     "Shows channels and patterns with their subscribers.",
                                     keyspace::KeyRule::range, 0, keyspace::DatabaseRule::any}),
};

}  // namespace

std::span<const keyspace::CommandSpec> pubsub_family() { return kCommands; }

Publishing publishing(const keyspace::CommandSpec& spec) {
  if (spec.handler == publish<false>) return Publishing::channel;
  return spec.handler == publish<true> ? Publishing::shard : Publishing::no;
}

}  // namespace octavo::redis
