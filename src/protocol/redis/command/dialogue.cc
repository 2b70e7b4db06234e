// AUTH, HELLO, SELECT, QUIT, RESET, MONITOR.

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/text.h"
#include "keyspace/arguments.h"
#include "keyspace/type/numbers.h"
#include "protocol/redis/command/families.h"
#include "protocol/redis/commands.h"
#include "protocol/redis/state/client_filter.h"

namespace octavo::redis {
namespace {

using keyspace::Args;
using keyspace::CommandSpec;

constexpr keyspace::CommandFlags kOpen = keyspace::kNoAuth | keyspace::kFast | keyspace::kLoading |
                                         keyspace::kStale | keyspace::kNoScript |
                                         keyspace::kNeedsNothing;
// QUIT and RESET work whatever the connection is at.
constexpr keyspace::CommandFlags kLeaves = kOpen | keyspace::kInsideMulti | keyspace::kDropsMulti |
                                           keyspace::kWhileSubscribed | kWhileBusy;
constexpr keyspace::CommandFlags kQuick =
    keyspace::kFast | keyspace::kLoading | keyspace::kStale | keyspace::kNoScript;

constexpr std::string_view kNoPasswordIsSet =
    "ERR AUTH <password> called without any password configured for the default user. Are you sure "
    "your configuration is correct?";

io::Task<void> auth(Session& session, std::vector<std::string> args) {
  if (args.size() > 3) {
    session.reply().syntax_error();
    co_return;
  }
  const bool named = args.size() == 3;
  if (!named && session.authenticated() && session.user() == kDefaultUser &&
      session.open_to_all()) {
    session.reply().error(kNoPasswordIsSet);
    co_return;
  }
  std::string user = named ? std::move(args[1]) : std::string(kDefaultUser);
  const bool right = co_await session.log_in(std::move(user), std::move(args.back()));
  if (right) session.reply().ok();
}

// Whose rights the calls of a transaction have does not change within it.
bool greets_only(Args args) {
  return std::ranges::none_of(args, [](std::string_view word) { return same_word("auth", word); });
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
  const bool clustered = session.service().cluster != nullptr;
  reply.bulk(clustered ? "cluster" : "standalone");
  reply.bulk("role");
  reply.bulk(clustered && is_replica(session.node()) ? "replica" : "master");
  reply.bulk("modules");
  reply.array_header(0);
}

io::Task<void> hello(Session& session, std::vector<std::string> args) {
  int version = session.protocol();
  if (args.size() > 1) {
    const auto wanted = parse_number<int>(args[1]);
    if (!wanted) {
      session.reply().error("ERR Protocol version is not an integer or out of range");
      co_return;
    }
    version = *wanted;
    if (version != 2 && version != 3) {
      session.reply().error("NOPROTO unsupported protocol version");
      co_return;
    }
  }
  std::optional<std::string> name;
  for (std::size_t i = 2; i < args.size(); ++i) {
    if (same_word("auth", args[i]) && i + 2 < args.size()) {
      const bool right = co_await session.log_in(std::move(args[i + 1]), std::move(args[i + 2]));
      if (!right) co_return;
      i += 2;
    } else if (same_word("setname", args[i]) && i + 1 < args.size()) {
      name = std::move(args[++i]);
      if (!is_client_name(*name)) {
        session.reply().error(kBadClientName);
        co_return;
      }
    } else {
      session.reply().error(fmt::format("ERR Syntax error in HELLO option '{}'", args[i]));
      co_return;
    }
  }
  if (!session.authenticated()) {
    session.reply().error(
        "NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO "
        "<proto> AUTH <user> <pass> option can be used to authenticate the client and select the "
        "RESP protocol version at the same time");
    co_return;
  }
  session.set_protocol(version);
  if (name) session.connection().info().set_attribute("name", *name);
  describe_server(session);
}

void select_database(Session& session, std::string_view text, keyspace::Reply& reply) {
  if (!keyspace::parse_int64(text)) return reply.error(keyspace::kNotInteger);
  const auto db = session.database_of(text);
  if (!db) return reply.error("ERR DB index is out of range");
  session.select(*db);
  reply.ok();
}

void select(Session& session, Args args) {
  auto reply = session.reply();
  select_database(session, args[1], reply);
}
void select_call(keyspace::CommandContext& context, Args args, keyspace::Reply& reply) {
  select_database(session_of(context), args[1], reply);
}

void quit(Session& session, Args) {
  session.reply().ok();
  session.close_after_reply();
}

void reset(Session& session, Args) {
  session.reset();
  session.reply().simple("RESET");
}

void monitor(Session& session, Args) {
  session.monitor();
  session.reply().ok();
}

constexpr DialogueCommand row(std::string_view name, int arity, keyspace::CommandFlags flags,
                              std::string_view summary, void (*run)(Session&, Args)) {
  return {{name, arity, flags, 0, 0, 0, nullptr, "connection", "1.0.0", summary}, run};
}

// Of a command that waits for a password to be looked at.
constexpr DialogueCommand login_row(std::string_view name, int arity, std::string_view summary,
                                    io::Task<void> (*wait)(Session&, std::vector<std::string>),
                                    bool (*runs_before)(Args) = nullptr) {
  return {{name, arity, kOpen | kWhileBusy, 0, 0, 0, nullptr, "connection", "1.0.0", summary},
          nullptr,
          wait,
          runs_before};
}

constexpr DialogueCommand kDialogue[] = {
    login_row("auth", -2, "Authenticates the connection.", auth),
    login_row("hello", -1, "Handshakes with the server.", hello, greets_only),
    {{"select", 2, (kQuick & ~keyspace::kNoScript) | keyspace::kNeedsNothing | keyspace::kSelects,
      0, 0, 0, select_call, "connection", "1.0.0", "Changes the selected database."},
     select},
    row("quit", -1, kLeaves, "Closes the connection.", quit),
    row("reset", 1, kLeaves, "Resets the connection.", reset),
    {{"monitor", 1,
      keyspace::kAdmin | keyspace::kNeedsRead | keyspace::kNoMulti | (kQuick & ~keyspace::kFast), 0,
      0, 0, nullptr, "server", "1.0.0", "Shows every command that the server runs.",
      keyspace::KeyRule::range, 0, keyspace::DatabaseRule::all},
     monitor},
};

}  // namespace

std::span<const DialogueCommand> connection_dialogue() { return kDialogue; }

}  // namespace octavo::redis
