#include <array>
#include <charconv>

#include <fmt/format.h>

#include "protocol/redis/commands.h"

namespace octavo::redis {
namespace {

using keyspace::Args;
using keyspace::CommandSpec;

constexpr std::uint32_t kOpen = keyspace::kNoAuth | keyspace::kFast | keyspace::kLoading |
                                keyspace::kStale | keyspace::kNoScript;
constexpr std::uint32_t kQuick =
    keyspace::kFast | keyspace::kLoading | keyspace::kStale | keyspace::kNoScript;

void auth(Session& session, Args args) {
  if (args.size() > 3) return session.reply().syntax_error();
  const std::string_view user = args.size() == 3 ? args[1] : "default";
  if (args.size() == 2 && session.authenticated() && session.user() == "default" &&
      session.door().settings.get("requirepass").empty()) {
    const auto state = session.door().engine.catalog();
    const auto* admin = state->find_user(catalog::kAdminName);
    if (admin == nullptr || admin->credentials.empty_password) {
      return session.reply().error(
          "ERR AUTH <password> called without any password configured for the default user. Are "
          "you sure your configuration is correct?");
    }
  }
  const std::string wrong = session.authenticate(user, args.back());
  wrong.empty() ? session.reply().ok() : session.reply().error(wrong);
}

void describe_server(Session& session) {
  auto reply = session.reply();
  reply.map_header(7);
  reply.bulk("server");
  reply.bulk("redis");
  reply.bulk("version");
  reply.bulk(kRedisVersion);
  reply.bulk("proto");
  reply.integer(session.protocol());
  reply.bulk("id");
  reply.integer(static_cast<std::int64_t>(session.id()));
  reply.bulk("mode");
  reply.bulk("standalone");
  reply.bulk("role");
  reply.bulk("master");
  reply.bulk("modules");
  reply.array_header(0);
}

void hello(Session& session, Args args) {
  int version = session.protocol();
  if (args.size() > 1) {
    const auto [end, fault] =
        std::from_chars(args[1].data(), args[1].data() + args[1].size(), version);
    if (fault != std::errc() || end != args[1].data() + args[1].size()) {
      return session.reply().error("ERR Protocol version is not an integer or out of range");
    }
    if (version != 2 && version != 3) {
      return session.reply().error("NOPROTO unsupported protocol version");
    }
  }
  std::string_view name;
  bool named = false;
  for (std::size_t i = 2; i < args.size(); ++i) {
    if (same_word("auth", args[i]) && i + 2 < args.size()) {
      const std::string wrong = session.authenticate(args[i + 1], args[i + 2]);
      if (!wrong.empty()) return session.reply().error(wrong);
      i += 2;
    } else if (same_word("setname", args[i]) && i + 1 < args.size()) {
      name = args[++i];
      named = true;
    } else {
      return session.reply().error(
          fmt::format("ERR Syntax error in HELLO option '{}'", args[i]));
    }
  }
  if (!session.authenticated()) {
    return session.reply().error(
        "NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO "
        "<proto> AUTH <user> <pass> option can be used to authenticate the client and select the "
        "RESP protocol version at the same time");
  }
  session.set_protocol(version);
  if (named) session.connection().info().set_attribute("name", name);
  describe_server(session);
}

void select(Session& session, Args args) {
  unsigned db = 0;
  const auto [end, fault] = std::from_chars(args[1].data(), args[1].data() + args[1].size(), db);
  if (fault == std::errc::invalid_argument || end != args[1].data() + args[1].size()) {
    return session.reply().error("ERR invalid DB index");
  }
  if (fault != std::errc() ||
      db >= session.door().engine.keyspace().keyspace().database_count()) {
    return session.reply().error("ERR DB index is out of range");
  }
  session.select(db);
  session.reply().ok();
}

void quit(Session& session, Args) {
  session.reply().ok();
  session.close_after_reply();
}

void reset(Session& session, Args) {
  session.reset();
  session.reply().simple("RESET");
}

// --- Transactions ---

void multi(Session& session, Args) {
  if (session.in_transaction()) {
    return session.reply().error("ERR MULTI calls can not be nested");
  }
  session.begin_transaction();
  session.reply().ok();
}

void exec(Session& session, Args) {
  if (!session.in_transaction()) return session.reply().error("ERR EXEC without MULTI");
  session.execute_transaction();
}

void discard(Session& session, Args) {
  if (!session.in_transaction()) return session.reply().error("ERR DISCARD without MULTI");
  session.discard_transaction();
  session.reply().ok();
}

void watch(Session& session, Args args) {
  if (session.in_transaction()) {
    return session.reply().error("ERR WATCH inside MULTI is not allowed");
  }
  for (const std::string_view key : args.subspan(1)) session.watch(key);
  session.reply().ok();
}

void unwatch(Session& session, Args) {
  session.unwatch();
  session.reply().ok();
}

// --- Subscriptions ---

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

constexpr DialogueCommand row(std::string_view name, int arity, std::uint32_t flags,
                              std::string_view group, std::string_view summary,
                              void (*run)(Session&, Args)) {
  return {{name, arity, flags, 0, 0, 0, nullptr, group, "1.0.0", summary}, run};
}

constexpr std::array kCommands = {
    row("auth", -2, kOpen, "connection", "Authenticates the connection.", auth),
    row("hello", -1, kOpen, "connection", "Handshakes with the server.", hello),
    row("select", 2, kQuick, "connection", "Changes the selected database.", select),
    row("quit", -1, kOpen, "connection", "Closes the connection.", quit),
    row("reset", 1, kOpen, "connection", "Resets the connection.", reset),
    row("multi", 1, kQuick, "transactions", "Starts a transaction.", multi),
    row("exec", 1, keyspace::kLoading | keyspace::kStale | keyspace::kNoScript, "transactions",
        "Executes all commands in a transaction.", exec),
    row("discard", 1, kQuick, "transactions", "Discards a transaction.", discard),
    DialogueCommand{{"watch", -2, kQuick, 1, -1, 1, nullptr, "transactions", "2.2.0",
                     "Monitors changes to keys to determine the execution of a transaction."},
                    watch},
    row("unwatch", 1, kQuick, "transactions", "Forgets about watched keys of a transaction.",
        unwatch),
    row("subscribe", -2, keyspace::kPubsub | kQuick, "pubsub", "Listens for messages published "
        "to channels.", subscribe<ChannelKind::channel>),
    row("unsubscribe", -1, keyspace::kPubsub | kQuick, "pubsub",
        "Stops listening to messages posted to channels.", unsubscribe<ChannelKind::channel>),
    row("psubscribe", -2, keyspace::kPubsub | kQuick, "pubsub",
        "Listens for messages published to channels that match patterns.",
        subscribe<ChannelKind::pattern>),
    row("punsubscribe", -1, keyspace::kPubsub | kQuick, "pubsub",
        "Stops listening to messages published to channels that match patterns.",
        unsubscribe<ChannelKind::pattern>),
    row("ssubscribe", -2, keyspace::kPubsub | kQuick, "pubsub",
        "Listens for messages published to shard channels.", subscribe<ChannelKind::shard>),
    row("sunsubscribe", -1, keyspace::kPubsub | kQuick, "pubsub",
        "Stops listening to messages posted to shard channels.",
        unsubscribe<ChannelKind::shard>),
};

}  // namespace

std::span<const DialogueCommand> dialogue_commands() { return kCommands; }

}  // namespace octavo::redis
