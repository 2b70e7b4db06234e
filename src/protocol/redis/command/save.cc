// SAVE, BGSAVE, BGREWRITEAOF, LASTSAVE: the keyspace's snapshots (docs/formats). They only shorten
// the next start: what was acknowledged is in the log in any case. WAITAOF: until it is on the
// disk.

#include "protocol/redis/command/save.h"

#include <algorithm>

#include "io/completion.h"
#include "keyspace/arguments.h"
#include "protocol/redis/command/families.h"
#include "protocol/redis/commands.h"

namespace octavo::redis {

io::Task<Status> write_snapshot(Session& session) {
  io::Completion<Status> saved;
  session.service().engine.save_keyspace(saved.callback());
  (void)co_await saved.wait();  // true: nothing cuts it short
  co_return saved.take();
}

io::Task<void> save_now(Session& session) {
  const Status verdict = co_await write_snapshot(session);
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
// A hundred years; more would not fit a clock that counts nanoseconds.
constexpr std::int64_t kLongestWaitMs = 100LL * 365 * 24 * 3600 * 1000;

io::Task<void> save(Session& session, std::vector<std::string>) { return save_now(session); }

// Until what the connection has written is on the disk. There are no replicas to wait for.
io::Task<void> wait_for_log(Session& session, std::vector<std::string> args) {
  auto reply = session.reply();
  const auto local = keyspace::bounded_argument(
      args[1], 0, 1, reply, "ERR value is out of range, value must between 0 and 1");
  if (!local) co_return;
  if (!keyspace::positive_argument(args[2], reply)) co_return;
  const auto timeout_ms =
      keyspace::integer_argument(args[3], reply, "ERR timeout is not an integer or out of range");
  if (!timeout_ms) co_return;
  if (*timeout_ms < 0) {
    reply.error("ERR timeout is negative");
    co_return;
  }
  CancelSource over(session.connection().token());
  io::Timer timer(session.connection().executor(), [&over] { over.cancel(); });
  if (*timeout_ms > 0)
    timer.start(std::chrono::milliseconds(std::min(*timeout_ms, kLongestWaitMs)));
  engine::Engine& engine = session.service().engine;
  Status done;
  if (*local > 0) done = co_await protocol::wait_durable(engine, session.written(), over.token());
  const bool is_there = *local > 0
                            ? done.has_value()
                            : !session.written().any() ||
                                  engine.is_durable(session.written().lsn(), Durability::disk);
  reply.array_header(2);
  reply.integer(is_there ? 1 : 0);
  reply.integer(0);
}

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
    {{"waitaof", 4, keyspace::kNoScript | keyspace::kNeedsNothing, 0, 0, 0, nullptr, "connection",
      "7.2.0", "Waits until writes of this connection are on the disk."},
     nullptr,
     wait_for_log,
     [](Args) { return true; }},
};

}  // namespace

std::span<const CommandSpec> save_family() { return kCommands; }
std::span<const DialogueCommand> save_dialogue() { return kDialogue; }

}  // namespace octavo::redis
