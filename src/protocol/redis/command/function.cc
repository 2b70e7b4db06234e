// FUNCTION: libraries of functions. They are part of the keyspace (`octavo.library`).

#include <algorithm>
#include <optional>
#include <set>

#include "base/bytes.h"
#include "keyspace/arguments.h"
#include "keyspace/command_table.h"
#include "keyspace/file/dump.h"
#include "keyspace/subcommand.h"
#include "keyspace/type/glob.h"
#include "protocol/redis/command/families.h"
#include "protocol/redis/command/script_kill.h"
#include "protocol/redis/commands.h"
#include "protocol/redis/script/library_dump.h"
#include "protocol/redis/script/thread.h"
#include "protocol/redis/script_run.h"

namespace octavo::redis {
namespace {

using keyspace::Args;
using keyspace::CommandContext;
using keyspace::CommandSpec;
using keyspace::Reply;

// Of all libraries together: each thread that runs functions keeps them compiled.
constexpr std::size_t kMaxLibraryBytes = 16 * kMiB;

ScriptThread& thread_of(Session& session) { return script_thread_of(session.service()); }

keyspace::Keyspace::Libraries libraries_of(Session& session) {
  auto& keyspace = session.service().engine.keyspace().keyspace();
  const auto lock = keyspace.lock();
  return keyspace.libraries();
}

// --- looking ---

void show_flags(ScriptFlags flags, Reply& reply) {
  const auto set = [&](const ScriptFlagName& row) { return (flags & row.flag) != 0; };
  reply.set_header(static_cast<std::size_t>(std::ranges::count_if(kScriptFlagNames, set)));
  for (const ScriptFlagName& row : kScriptFlagNames) {
    if (set(row)) reply.simple(row.name);
  }
}

void show_library(const LoadedLibrary& library, const std::string* code, Reply& reply) {
  reply.map_header(code == nullptr ? 3 : 4);
  reply.bulk("library_name");
  reply.bulk(library.name);
  reply.bulk("engine");
  reply.bulk(library.engine);
  reply.bulk("functions");
  reply.array_header(library.functions.size());
  for (const ScriptFunction& one : library.functions) {
    reply.map_header(3);
    reply.bulk("name");
    reply.bulk(one.name);
    reply.bulk("description");
    one.description ? reply.bulk(*one.description) : reply.null();
    reply.bulk("flags");
    show_flags(one.flags, reply);
  }
  if (code == nullptr) return;
  reply.bulk("library_code");
  reply.bulk(*code);
}

void list(Session& session, Args args, Reply& reply) {
  bool with_code = false;
  std::optional<std::string_view> pattern;
  for (std::size_t i = 2; i < args.size(); ++i) {
    if (!with_code && keyspace::is_word(args[i], "withcode")) {
      with_code = true;
    } else if (!pattern && keyspace::is_word(args[i], "libraryname")) {
      if (i + 1 == args.size()) return reply.error("ERR library name argument was not given");
      pattern = args[++i];
    } else {
      return reply.error("ERR Unknown argument " + std::string(args[i]));
    }
  }
  const auto sources = libraries_of(session);
  const auto& libraries = thread_of(session).libraries();
  const std::size_t mark = reply.mark();
  std::size_t count = 0;
  for (const auto& [name, library] : libraries) {
    if (pattern && !keyspace::glob_matches(*pattern, name, true)) continue;
    const auto source = sources.find(name);
    if (source == sources.end()) continue;
    show_library(library, with_code ? &source->second : nullptr, reply);
    ++count;
  }
  reply.insert_array_header(mark, count);
}

// It ends soon, and does not wait for scripts that may never end.
constexpr io::WorkOptions kCheck{.urgent = true};

void show_running(Session& session, Reply& reply) {
  bool any = false;
  session.service().running_scripts.visit([&](RunningScript& script) {
    if (!script.is_function) return true;
    any = true;
    const std::int64_t now_ns = system_clock().monotonic_ns();
    reply.map_header(3);
    reply.bulk("name");
    reply.bulk(script.name);
    reply.bulk("command");
    reply.array_header(script.words.size());
    for (const std::string& word : script.words) reply.bulk(word);
    reply.bulk("duration_ms");
    reply.integer((now_ns - script.started_ns) / 1'000'000);
    return false;
  });
  if (!any) reply.null();
}

void stats(Session& session, Args, Reply& reply) {
  std::size_t functions = 0;
  const auto& libraries = thread_of(session).libraries();
  for (const auto& [name, library] : libraries) functions += library.functions.size();
  reply.map_header(2);
  reply.bulk("running_script");
  show_running(session, reply);
  reply.bulk("engines");
  reply.map_header(1);
  reply.bulk("LUA");
  reply.map_header(2);
  reply.bulk("libraries_count");
  reply.integer(static_cast<std::int64_t>(libraries.size()));
  reply.bulk("functions_count");
  reply.integer(static_cast<std::int64_t>(functions));
}

void kill(Session& session, Args, Reply& reply) { kill_script(session, true, reply); }

void dump(Session& session, Args, Reply& reply) {
  reply.bulk(dump_libraries(libraries_of(session)));
}

// --- changing ---

// What becomes of the libraries: those that come, and names of those that go.
struct Changes {
  bool flush = false;
  std::vector<std::pair<std::string, std::string>> stored;
  std::vector<std::string> erased;
};

// Whether the code loads, and its functions are no one else's. The error, or nothing.
std::optional<std::string> check_code(Session& session, const LibrarySource& source,
                                      std::set<std::string>& taken) {
  ScriptThread& thread = thread_of(session);
  thread.libraries();  // the state has them
  Machine& machine = thread.machine(Machine::Kind::functions);
  std::vector<ScriptFunction> functions;
  if (auto why = machine.load(source.code, functions)) return why;
  std::optional<std::string> why;
  for (const ScriptFunction& one : functions) {
    if (!taken.insert(one.name).second && !why) why = "Function " + one.name + " already exists";
  }
  machine.unload(functions);
  return why;
}

// The names of functions of all libraries but those.
std::set<std::string> functions_but(Session& session, const std::set<std::string>& but) {
  std::set<std::string> out;
  for (const auto& [name, library] : thread_of(session).libraries()) {
    if (but.contains(name)) continue;
    for (const ScriptFunction& one : library.functions) out.insert(one.name);
  }
  return out;
}

bool fits(Session& session, const Changes& changes) {
  auto libraries = libraries_of(session);
  if (changes.flush) libraries.clear();
  for (const auto& [name, code] : changes.stored) libraries[name] = code;
  std::size_t bytes = 0;
  for (const auto& [name, code] : libraries) bytes += code.size();
  return bytes <= kMaxLibraryBytes;
}

// The error is in the reply.
io::Task<bool> write(Session& session, Changes changes) {
  if (session.service().engine.keyspace().keyspace().is_copy()) {
    session.reply().error(kReplicaOnlyReads);
    co_return false;
  }
  if (!fits(session, changes)) {
    session.reply().error("OOM libraries of functions may have 16 MiB together");
    co_return false;
  }
  const auto* command = keyspace::keyspace_commands().find_logged("octavo.library");
  std::vector<std::vector<std::string_view>> calls;
  if (changes.flush) calls.push_back({command->name});
  for (const std::string& name : changes.erased) calls.push_back({command->name, name});
  for (const auto& [name, code] : changes.stored) calls.push_back({command->name, name, code});
  std::string replies;
  keyspace::LocalBatch batch(replies);
  batch.begin_transaction({});
  for (const auto& call : calls) batch.add(*command, 0, call);
  batch.end_transaction();
  const Status written = co_await session.write_internal(batch);
  if (written) {
    thread_of(session).libraries();  // INFO tells their number
    co_return true;
  }
  session.reply().error(write_refused(written.error()));
  co_return false;
}

io::Task<void> load(Session& session, std::vector<std::string> args) {
  bool replace = false;
  std::size_t at = 2;
  for (; at + 1 < args.size(); ++at) {
    if (!keyspace::is_word(args[at], "replace")) {
      session.reply().error("ERR Unknown option given: " + args[at]);
      co_return;
    }
    replace = true;
  }
  const std::string& text = args[at];
  const auto source = read_library(text);
  if (!source) {
    session.reply().error("ERR " + source.error().what);
    co_return;
  }
  const std::string name = source->name;
  if (!replace && libraries_of(session).contains(name)) {
    session.reply().error("ERR Library '" + name + "' already exists");
    co_return;
  }
  // The code runs: not on a thread that serves others.
  std::optional<std::string> why;
  auto check = [&] {
    const std::set<std::string> own = {name};
    std::set<std::string> taken = functions_but(session, own);
    why = check_code(session, *source, taken);
  };
  const Status ran = co_await session.service().script_threads.run(check, kCheck);
  if (!ran) why = ran.error().what;
  if (why) {
    session.reply().error("ERR " + *why);
    co_return;
  }
  Changes changes;
  changes.stored.emplace_back(name, text);
  const bool written = co_await write(session, std::move(changes));
  if (written) session.reply().bulk(name);
}

io::Task<void> erase(Session& session, std::vector<std::string> args) {
  if (!libraries_of(session).contains(args[2])) {
    session.reply().error("ERR Library not found");
    co_return;
  }
  Changes changes;
  changes.erased.push_back(args[2]);
  const bool written = co_await write(session, std::move(changes));
  if (written) session.reply().ok();
}

io::Task<void> flush(Session& session, std::vector<std::string> args) {
  const bool known = args.size() == 2 ||
                     (args.size() == 3 &&
                      (keyspace::is_word(args[2], "sync") || keyspace::is_word(args[2], "async")));
  if (!known) {
    session.reply().error("ERR FUNCTION FLUSH only supports SYNC|ASYNC option");
    co_return;
  }
  Changes changes;
  changes.flush = true;
  const bool written = co_await write(session, std::move(changes));
  if (written) session.reply().ok();
}

enum class Policy : std::uint8_t { append, replace, flush };

std::optional<Policy> policy_of(const std::vector<std::string>& args) {
  if (args.size() < 4 || keyspace::is_word(args[3], "append")) return Policy::append;
  if (keyspace::is_word(args[3], "replace")) return Policy::replace;
  if (keyspace::is_word(args[3], "flush")) return Policy::flush;
  return std::nullopt;
}

// What a payload makes of the libraries, or why it may not.
Result<Changes> changes_of(Session& session, std::string_view payload, Policy policy) {
  if (!keyspace::dump_is_intact(payload)) {
    return fail(Code::invalid_argument, "DUMP payload version or checksum are wrong");
  }
  TRY(const auto codes, read_libraries(payload));
  Changes changes;
  changes.flush = policy == Policy::flush;
  const auto present = libraries_of(session);
  std::set<std::string> names;
  std::vector<LibrarySource> sources;
  const auto refused = [](std::string what) {
    return fail(Code::invalid_argument, std::move(what));
  };
  for (const std::string& code : codes) {
    TRY(auto source, read_library(code));
    const bool is_there = policy == Policy::append && present.contains(source.name);
    if (is_there || !names.insert(source.name).second) {
      return refused("Library " + source.name + " already exists");
    }
    sources.push_back(std::move(source));
  }
  auto taken = changes.flush ? std::set<std::string>() : functions_but(session, names);
  for (std::size_t i = 0; i < codes.size(); ++i) {
    if (auto why = check_code(session, sources[i], taken)) return refused(*std::move(why));
    changes.stored.emplace_back(sources[i].name, codes[i]);
  }
  return changes;
}

io::Task<void> restore(Session& session, std::vector<std::string> args) {
  const auto policy = policy_of(args);
  if (!policy) {
    session.reply().error(
        "ERR Wrong restore policy given, value should be either FLUSH, APPEND or REPLACE.");
    co_return;
  }
  Result<Changes> changes = fail(Code::unavailable, "the server is stopping");
  auto check = [&] { changes = changes_of(session, args[2], *policy); };
  const Status ran = co_await session.service().script_threads.run(check, kCheck);
  if (!ran) changes = fail(ran.error());
  if (!changes) {
    session.reply().error("ERR " + changes.error().what);
    co_return;
  }
  bool written = true;
  if (changes->flush || !changes->stored.empty()) {
    written = co_await write(session, *std::move(changes));
  }
  if (written) session.reply().ok();
}

// --- rows ---

// Those that change something wait for the log; the others answer at once.
using Look = void (*)(Session&, Args, Reply&);
using Change = io::Task<void> (*)(Session&, std::vector<std::string>);

struct Action {
  std::string_view name;
  Look look;
  Change change;
  std::size_t most;  // arguments
};
constexpr std::size_t kAny = ~std::size_t{0};
constexpr Action kActions[] = {
    {"delete", nullptr, erase, kAny}, {"dump", dump, nullptr, kAny},
    {"flush", nullptr, flush, 3},     {"kill", kill, nullptr, kAny},
    {"list", list, nullptr, kAny},    {"load", nullptr, load, kAny},
    {"restore", nullptr, restore, 4}, {"stats", stats, nullptr, kAny},
};

// Never called: what the container answers comes from its dialogue. The rows say what there is.
void in_dialogue(CommandContext&, Args args, Reply& reply) {
  reply.error("ERR unknown subcommand or wrong number of arguments for '" + std::string(args[1]) +
              "'. Try FUNCTION HELP.");
}

constexpr keyspace::CommandFlags kLooks = keyspace::kNoScript | keyspace::kNeedsNothing;
constexpr keyspace::CommandFlags kChanges = keyspace::kNoScript | keyspace::kNeedsConfig;

constexpr keyspace::Subcommand kSubcommands[] = {
    {.name = "delete",
     .arity = 3,
     .run = in_dialogue,
     .arguments = "<LIBRARY NAME>",
     .summary = "Removes a library.",
     .needs = kChanges,
     .help = "Delete the given library."},
    {.name = "dump",
     .arity = 2,
     .run = in_dialogue,
     .arguments = "",
     .summary = "All libraries as one payload.",
     .needs = kLooks,
     .help = "Return a serialized payload representing the current libraries, can be restored "
             "using FUNCTION RESTORE command"},
    {.name = "flush",
     .arity = -2,
     .run = in_dialogue,
     .arguments = "[ASYNC|SYNC]",
     .summary = "Removes all libraries.",
     .needs = kChanges,
     .help = "Delete all the libraries.\n"
             "When called without the optional mode argument, the behavior is determined by the\n"
             "lazyfree-lazy-user-flush configuration directive. Valid modes are:\n"
             "* ASYNC: Asynchronously flush the libraries.\n"
             "* SYNC: Synchronously flush the libraries."},
    {.name = "kill",
     .arity = 2,
     .run = in_dialogue,
     .arguments = "",
     .summary = "Ends a function that runs for long.",
     .needs = kLooks | kWhileBusy,
     .help = "Kill the current running function."},
    {.name = "list",
     .arity = -2,
     .run = in_dialogue,
     .arguments = "[LIBRARYNAME PATTERN] [WITHCODE]",
     .summary = "Libraries and their functions.",
     .needs = kLooks,
     .help = "Return general information on all the libraries:\n"
             "* Library name\n"
             "* The engine used to run the Library\n"
             "* Library description\n"
             "* Functions list\n"
             "* Library code (if WITHCODE is given)\n"
             "It also possible to get only function that matches a pattern using LIBRARYNAME "
             "argument."},
    {.name = "load",
     .arity = -3,
     .run = in_dialogue,
     .arguments = "[REPLACE] <FUNCTION CODE>",
     .summary = "Stores a library.",
     .needs = kChanges,
     .help = "Create a new library with the given library name and code."},
    {.name = "restore",
     .arity = -3,
     .run = in_dialogue,
     .arguments = "<PAYLOAD> [FLUSH|APPEND|REPLACE]",
     .summary = "Stores the libraries of a payload.",
     .needs = kChanges,
     .help = "Restore the libraries represented by the given payload, it is possible to give a "
             "restore policy to\n"
             "control how to handle existing libraries (default APPEND):\n"
             "* FLUSH: delete all existing libraries.\n"
             "* APPEND: appends the restored libraries to the existing libraries. On collision, "
             "abort.\n"
             "* REPLACE: appends the restored libraries to the existing libraries, On collision, "
             "replace the old\n"
             "  libraries with the new libraries (notice that even on this option there is a "
             "chance of failure\n"
             "  in case of functions name collision with another library)."},
    {.name = "stats",
     .arity = 2,
     .run = in_dialogue,
     .arguments = "",
     .summary = "What runs, and how many libraries there are.",
     .needs = kLooks | kWhileBusy,
     .help = "Return information about the current function running:\n"
             "* Function name\n"
             "* Command used to run the function\n"
             "* Duration in MS that the function is running\n"
             "If no function is running, return nil\n"
             "In addition, returns a list of available engines."},
};

io::Task<void> function(Session& session, std::vector<std::string> args) {
  const std::vector<std::string_view> views(args.begin(), args.end());
  const auto* const action = std::ranges::find_if(
      kActions, [&](const Action& one) { return keyspace::is_word(views[1], one.name); });
  const keyspace::Subcommand* row = keyspace::find_subcommand(kSubcommands, views[1]);
  const bool fits =
      row != nullptr && (row->arity >= 0 ? static_cast<int>(views.size()) == row->arity
                                         : static_cast<int>(views.size()) >= -row->arity);
  if (action == std::end(kActions) || !fits || views.size() > action->most) {
    auto& keyspace = session.service().engine.keyspace().keyspace();
    auto reply = session.reply();
    const auto lock = keyspace.lock();
    CommandContext context(keyspace, session.db(), 0, 0);
    keyspace::run_subcommand(kSubcommands, context, views, reply);  // HELP, or the error
    co_return;
  }
  if (action->look != nullptr) {
    auto reply = session.reply();
    action->look(session, views, reply);
    co_return;
  }
  const keyspace::KeyspaceRoom& room = session.service().engine.keyspace().room();
  const bool grows = action->change == load || action->change == restore;
  if (grows && room.limited() && room.full(args.back().size())) {
    session.reply().error(keyspace::kOutOfMemory);
    co_return;
  }
  co_await action->change(session, std::move(args));
}

constexpr DialogueCommand kDialogue[] = {
    {keyspace::holding<kSubcommands>({"function", -2, keyspace::kNoScript | keyspace::kNeedsNothing,
                                      0, 0, 0, nullptr, "scripting", "7.0.0",
                                      "Stores, shows and removes libraries of functions."}),
     nullptr, function, [](Args) { return true; }},
};

}  // namespace

std::span<const DialogueCommand> function_dialogue() { return kDialogue; }

}  // namespace octavo::redis
