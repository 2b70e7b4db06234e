// SUBSCRIBE and its kin.

#include <optional>

#include "protocol/redis/command/families.h"

namespace octavo::redis {
namespace {

using keyspace::Args;
using keyspace::kNeedsNothing;
using keyspace::kNeedsRead;

constexpr keyspace::CommandFlags kFlags = keyspace::kPubsub | keyspace::kLoading |
                                          keyspace::kStale | keyspace::kNoScript |
                                          keyspace::kWhileSubscribed;

std::size_t shown_count(const Session& session, ChannelKind kind) {
  if (kind == ChannelKind::shard) return session.subscriptions(kind).size();
  return session.subscriptions(ChannelKind::channel).size() +
         session.subscriptions(ChannelKind::pattern).size();
}

void confirm(Session& session, std::string_view what, ChannelKind kind,
             std::optional<std::string_view> name) {
  auto reply = session.reply();
  reply.push_header(3);
  reply.bulk(what);
  name ? reply.bulk(*name) : reply.null();
  reply.integer(static_cast<std::int64_t>(shown_count(session, kind)));
}

template <ChannelKind kind>
void subscribe(Session& session, Args args) {
  constexpr std::string_view what = kind == ChannelKind::channel   ? "subscribe"
                                    : kind == ChannelKind::pattern ? "psubscribe"
                                                                   : "ssubscribe";
  for (const std::string_view name : args.subspan(1)) {
    session.subscribe(kind, name);
    confirm(session, what, kind, name);
  }
}

template <ChannelKind kind>
void unsubscribe(Session& session, Args args) {
  constexpr std::string_view what = kind == ChannelKind::channel   ? "unsubscribe"
                                    : kind == ChannelKind::pattern ? "punsubscribe"
                                                                   : "sunsubscribe";
  std::vector<std::string> names(args.begin() + 1, args.end());
  if (names.empty()) {
    names.assign(session.subscriptions(kind).begin(), session.subscriptions(kind).end());
    if (names.empty()) return confirm(session, what, kind, std::nullopt);
  }
  for (const std::string& name : names) {
    session.unsubscribe(kind, name);
    confirm(session, what, kind, name);
  }
}

constexpr DialogueCommand row(std::string_view name, int arity, keyspace::CommandFlags needs,
                              std::string_view summary, void (*run)(Session&, Args)) {
  return {{name, arity, kFlags | needs, 0, 0, 0, nullptr, "pubsub", "2.0.0", summary,
           keyspace::KeyRule::range, 0, keyspace::DatabaseRule::any},
          run};
}

constexpr DialogueCommand kDialogue[] = {
    row("subscribe", -2, kNeedsRead, "Listens for messages published to channels.",
        subscribe<ChannelKind::channel>),
    row("unsubscribe", -1, kNeedsNothing, "Stops listening to messages posted to channels.",
        unsubscribe<ChannelKind::channel>),
    row("psubscribe", -2, kNeedsRead,
        "Listens for messages published to channels that match patterns.",
        subscribe<ChannelKind::pattern>),
    row("punsubscribe", -1, kNeedsNothing,
        "Stops listening to messages published to channels that match patterns.",
        unsubscribe<ChannelKind::pattern>),
    row("ssubscribe", -2, kNeedsRead, "Listens for messages published to shard channels.",
        subscribe<ChannelKind::shard>),
    row("sunsubscribe", -1, kNeedsNothing, "Stops listening to messages posted to shard channels.",
        unsubscribe<ChannelKind::shard>),
};

}  // namespace

std::span<const DialogueCommand> subscription_dialogue() { return kDialogue; }

}  // namespace octavo::redis
