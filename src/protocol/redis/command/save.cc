// SAVE, BGSAVE, BGREWRITEAOF, LASTSAVE: the keyspace's snapshots (docs/formats). They only shorten
// the next start: what was acknowledged is in the log in any case.

#include "protocol/redis/command/save.h"

#include "io/completion.h"
#include "keyspace/arguments.h"
#include "protocol/redis/command/families.h"
#include "protocol/redis/commands.h"

namespace octavo::redis {
io::Task<void> save_now(Session& session) {
  io::Completion<Status> saved;
  session.service().engine.save_keyspace(saved.callback());
  (void)co_await saved.wait();  // true: nothing cuts it short
  const Status verdict = saved.take();
  if (verdict) {
    session.reply().ok();
  } else {
    session.reply().error("ERR " + verdict.error().what);
  }
}

namespace {

using keyspace::Args;
using keyspace::CommandContext;
using keyspace::CommandSpec;
using keyspace::Reply;

constexpr keyspace::CommandFlags kFlags = keyspace::kAdmin | keyspace::kNoScript;

io::Task<void> save(Session& session, std::vector<std::string>) { return save_now(session); }

void background_save(CommandContext& context, Args args, Reply& reply) {
  const bool scheduled = args.size() == 2 && keyspace::is_word(args[1], "schedule");
  if (args.size() > 1 && !scheduled) return reply.syntax_error();
  engine::Engine& engine = session_of(context).service().engine;
  if (engine.keyspace_saves().running) {
    if (!scheduled) return reply.error("ERR Background save already in progress");
    engine.save_keyspace([](Status) {});
    return reply.simple("Background saving scheduled");
  }
  engine.save_keyspace([](Status) {});
  reply.simple("Background saving started");
}

// The log gives up what the older of two snapshots covers.
void rewrite_log(CommandContext& context, Args, Reply& reply) {
  session_of(context).service().engine.save_keyspace([](Status) {});
  reply.simple("Background append only file rewriting started");
}

void last_save(CommandContext& context, Args, Reply& reply) {
  const auto saves = session_of(context).service().engine.keyspace_saves();
  reply.integer(saves.last_wall_ns / 1'000'000'000);
}

constexpr CommandSpec kCommands[] = {
    {"bgsave", -1, kFlags, 0, 0, 0, background_save, "server", "1.0.0",
     "Writes a snapshot in the background."},
    {"bgrewriteaof", 1, kFlags, 0, 0, 0, rewrite_log, "server", "1.0.0",
     "Writes a snapshot in the background, so that the log can be trimmed."},
    {"lastsave", 1, kFlags | keyspace::kFast | keyspace::kLoading | keyspace::kStale, 0, 0, 0,
     last_save, "server", "1.0.0", "When the last snapshot was written."},
};

constexpr DialogueCommand kDialogue[] = {
    {{"save", 1, kFlags | keyspace::kNoMulti, 0, 0, 0, nullptr, "server", "1.0.0",
      "Writes a snapshot and waits for it."},
     nullptr,
     save},
};

}  // namespace

std::span<const CommandSpec> save_family() { return kCommands; }
std::span<const DialogueCommand> save_dialogue() { return kDialogue; }

}  // namespace octavo::redis
