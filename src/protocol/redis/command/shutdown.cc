// SHUTDOWN: the server stops as it does on SIGTERM, with all its protocols. Nothing is lost
// whatever is said about saving: what was acknowledged is in the log.

#include <unistd.h>

#include <csignal>

#include "keyspace/arguments.h"
#include "protocol/redis/command/families.h"
#include "protocol/redis/command/save.h"

namespace octavo::redis {
namespace {

io::Task<void> shut_down(Session& session, std::vector<std::string> args) {
  bool saves = false;
  bool saves_not = false;
  bool aborts = false;
  bool hurries = false;
  for (std::size_t i = 1; i < args.size(); ++i) {
    if (keyspace::is_word(args[i], "save")) {
      saves = true;
    } else if (keyspace::is_word(args[i], "nosave")) {
      saves_not = true;
    } else if (keyspace::is_word(args[i], "abort")) {
      aborts = true;
    } else if (keyspace::is_word(args[i], "now") || keyspace::is_word(args[i], "force")) {
      hurries = true;
    } else {
      co_return session.reply().syntax_error();
    }
  }
  if ((saves && saves_not) || (aborts && args.size() > 2)) co_return session.reply().syntax_error();
  // One that has begun waits for nothing that could be called off.
  if (aborts) co_return session.reply().error("ERR No shutdown in progress.");
  Status saved;
  if (saves) saved = co_await write_snapshot(session);
  if (!saved && !hurries) {
    co_return session.reply().error("ERR Errors trying to SHUTDOWN: " + saved.error().what);
  }
  session.close_after_reply();
  ::kill(::getpid(), SIGTERM);
}

constexpr DialogueCommand kDialogue[] = {
    {{"shutdown", -1,
      keyspace::kAdmin | keyspace::kNeedsConfig | keyspace::kNoScript | keyspace::kLoading |
          keyspace::kStale | keyspace::kNoMulti | kWhileBusy | keyspace::kNeverLogged,
      0, 0, 0, nullptr, "server", "1.0.0", "Stops the server, with all its protocols."},
     nullptr,
     shut_down},
};

}  // namespace

std::span<const DialogueCommand> shutdown_dialogue() { return kDialogue; }

}  // namespace octavo::redis
