// MULTI, EXEC, DISCARD, WATCH, UNWATCH.

#include "protocol/redis/command/families.h"

namespace octavo::redis {
namespace {

using keyspace::Args;

constexpr keyspace::CommandFlags kQuick =
    keyspace::kFast | keyspace::kLoading | keyspace::kStale | keyspace::kNoScript | kWhileBusy;
constexpr keyspace::CommandFlags kFlags = kQuick | keyspace::kNeedsNothing;

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

// Inside a transaction nothing is watched any more.
void unwatch_call(keyspace::CommandContext&, Args, keyspace::Reply& reply) { reply.ok(); }

constexpr DialogueCommand row(std::string_view name, keyspace::CommandFlags flags,
                              std::string_view summary, void (*run)(Session&, Args)) {
  return {{name, 1, flags, 0, 0, 0, nullptr, "transactions", "1.2.0", summary}, run};
}

constexpr DialogueCommand kDialogue[] = {
    row("multi", kFlags | keyspace::kInsideMulti, "Starts a transaction.", multi),
    row("exec",
        keyspace::kLoading | keyspace::kStale | keyspace::kNoScript | keyspace::kNeedsNothing |
            keyspace::kInsideMulti | keyspace::kEndsMulti | keyspace::kNeverLogged,
        "Executes all commands in a transaction.", exec),
    row("discard", kFlags | keyspace::kInsideMulti | keyspace::kDropsMulti,
        "Discards a transaction.", discard),
    {keyspace::CommandSpec{"watch", -2, kQuick | keyspace::kNeedsRead | keyspace::kInsideMulti, 1,
                           -1, 1, nullptr, "transactions", "2.2.0",
                           "Monitors changes to keys to determine the execution of a transaction."}
         .with_use(keyspace::use::kRO),
     watch},
    {{"unwatch", 1, kFlags, 0, 0, 0, unwatch_call, "transactions", "2.2.0",
      "Forgets about watched keys of a transaction."},
     unwatch},
};

}  // namespace

std::span<const DialogueCommand> transaction_dialogue() { return kDialogue; }

}  // namespace octavo::redis
