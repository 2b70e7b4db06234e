// EVAL, EVALSHA, their read-only forms, and SCRIPT.

#include "keyspace/arguments.h"
#include "keyspace/subcommand.h"
#include "protocol/redis/command/families.h"
#include "protocol/redis/command/script_kill.h"
#include "protocol/redis/commands.h"
#include "protocol/redis/script/thread.h"
#include "protocol/redis/script_run.h"

namespace octavo::redis {
namespace {

using keyspace::Args;
using keyspace::CommandContext;
using keyspace::CommandSpec;
using keyspace::Reply;

// What a script may do is asked for each call that it makes.
constexpr keyspace::CommandFlags kFlags = keyspace::kRunsCalls | keyspace::kMovableKeys |
                                          keyspace::kNoScript | keyspace::kStale |
                                          keyspace::kNeedsNothing;

ScriptThread& thread_of(CommandContext& context) {
  return script_thread_of(session_of(context).service());
}

void load(CommandContext& context, Args args, Reply& reply) {
  std::string error;
  const StoredScriptPtr script = thread_of(context).script_of(args[2], true, error);
  if (script == nullptr) return reply.error(error);
  reply.bulk(script->source.sha);
}

void exists(CommandContext& context, Args args, Reply& reply) {
  const ScriptStore& store = session_of(context).service().scripts;
  reply.array_header(args.size() - 2);
  for (const std::string_view sha : args.subspan(2)) {
    reply.integer(store.find(sha) == nullptr ? 0 : 1);
  }
}

void flush(CommandContext& context, Args args, Reply& reply) {
  const bool known = args.size() == 2 ||
                     (args.size() == 3 &&
                      (keyspace::is_word(args[2], "sync") || keyspace::is_word(args[2], "async")));
  if (!known) return reply.error("ERR SCRIPT FLUSH only support SYNC|ASYNC option");
  session_of(context).service().scripts.flush();
  reply.ok();
}

void kill(CommandContext& context, Args, Reply& reply) {
  kill_script(session_of(context), false, reply);
}

void debug(CommandContext&, Args args, Reply& reply) {
  if (keyspace::is_word(args[2], "no")) return reply.ok();
  if (keyspace::is_word(args[2], "yes") || keyspace::is_word(args[2], "sync")) {
    return reply.error("ERR This server has no debugger for scripts");
  }
  reply.error("ERR Use SCRIPT DEBUG YES/SYNC/NO");
}

constexpr keyspace::Subcommand kSubcommands[] = {
    {.name = "debug",
     .arity = 3,
     .run = debug,
     .arguments = "(YES|SYNC|NO)",
     .summary = "Refused: there is no debugger.",
     .help = "Set the debug mode for subsequent scripts executed."},
    {.name = "exists",
     .arity = -3,
     .run = exists,
     .arguments = "<sha1> [<sha1> ...]",
     .summary = "Which scripts are known.",
     .help = "Return information about the existence of the scripts in the script cache."},
    {.name = "flush",
     .arity = -2,
     .run = flush,
     .arguments = "[ASYNC|SYNC]",
     .summary = "Forgets all scripts.",
     .help = "Flush the Lua scripts cache. Very dangerous on replicas.\n"
             "When called without the optional mode argument, the behavior is determined by the\n"
             "lazyfree-lazy-user-flush configuration directive. Valid modes are:\n"
             "* ASYNC: Asynchronously flush the scripts cache.\n"
             "* SYNC: Synchronously flush the scripts cache."},
    {.name = "kill",
     .arity = 2,
     .run = kill,
     .arguments = "",
     .summary = "Ends a script that runs for long.",
     .needs = keyspace::kNeedsNothing | kWhileBusy,
     .help = "Kill the currently executing Lua script."},
    {.name = "load",
     .arity = 3,
     .run = load,
     .arguments = "<script>",
     .summary = "Stores a script without running it.",
     .help = "Load a script into the scripts cache without executing it."},
};

// Batches with such calls are run by the session.
void not_here(CommandContext&, Args, Reply& reply) { reply.error("ERR scripts cannot run here"); }

constexpr CommandSpec row(std::string_view name, keyspace::CommandFlags flags,
                          std::string_view since, std::string_view summary) {
  return CommandSpec{name,
                     -3,
                     kFlags | flags,
                     0,
                     0,
                     0,
                     not_here,
                     "scripting",
                     since,
                     summary,
                     keyspace::KeyRule::num_keys,
                     2};
}
// Of one that may write: its keys are read and written, as far as anybody knows beforehand.
constexpr CommandSpec writing_row(std::string_view name, std::string_view since,
                                  std::string_view summary) {
  namespace use = keyspace::use;
  return row(name, keyspace::kPausesAsWrite, since, summary)
      .with_use(use::kRW | use::kAccess | use::kUpdate);
}

constexpr CommandSpec kCommands[] = {
    writing_row("eval", "2.6.0", "Runs a script."),
    writing_row("evalsha", "2.6.0", "Runs a script that was sent before."),
    row("eval_ro", 0, "7.0.0", "Runs a script that writes nothing."),
    row("evalsha_ro", 0, "7.0.0", "Runs a script that was sent before and writes nothing."),
    writing_row("fcall", "7.0.0", "Runs a function."),
    row("fcall_ro", 0, "7.0.0", "Runs a function that writes nothing."),
    keyspace::holding<kSubcommands>(
        {"script", -2, keyspace::kNoScript | keyspace::kStale | keyspace::kNeedsNothing, 0, 0, 0,
         nullptr, "scripting", "2.6.0", "Stores and ends scripts."}),
};

// Of the first rows.
constexpr ScriptCommand kScriptCommands[] = {
    {},
    {.by_sha = true},
    {.read_only = true},
    {.by_sha = true, .read_only = true},
    {.is_function = true},
    {.is_function = true, .read_only = true},
};

}  // namespace

std::span<const CommandSpec> script_family() { return kCommands; }

const ScriptCommand* script_command(const CommandSpec& spec) {
  if (&spec < kCommands || &spec >= kCommands + std::size(kScriptCommands)) return nullptr;
  return &kScriptCommands[&spec - kCommands];
}

}  // namespace octavo::redis
