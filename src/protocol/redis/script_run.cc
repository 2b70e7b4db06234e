#include "protocol/redis/script_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "base/clock.h"
#include "base/logging.h"
#include "base/random.h"
#include "keyspace/arguments.h"
#include "keyspace/command_table.h"
#include "keyspace/context.h"
#include "keyspace/needs.h"
#include "keyspace/type/numbers.h"
#include "protocol/redis/cluster_rules.h"
#include "protocol/redis/commands.h"

namespace octavo::redis {
namespace {

using keyspace::Args;
using keyspace::CommandSpec;
using keyspace::Reply;

constexpr std::int64_t kSliceNs = 1'000'000;  // of one script, on a thread that serves clients
constexpr std::int64_t kItemsNs = 2'000'000;  // of several, before what they made is committed
constexpr std::size_t kMaxWorkspaceBytes = 256 * kMiB;

// Of SELECT, which is answered; nullopt: with an error.
std::optional<unsigned> database_argument(std::string_view text, unsigned count, Reply& reply) {
  const auto number = keyspace::parse_int64(text);
  if (!number) {
    reply.error(keyspace::kNotInteger);
  } else if (*number < 0 || *number >= count) {
    reply.error("ERR DB index is out of range");
  } else {
    reply.ok();
    return static_cast<unsigned>(*number);
  }
  return std::nullopt;
}

}  // namespace

ScriptThread& script_thread_of(ServiceState& service) {
  return ScriptThread::of(service.scripts, service.engine.keyspace().keyspace());
}

std::optional<ScriptFlags> declared_script_flags(ServiceState& service, const CommandSpec& spec,
                                                 Args args) {
  const ScriptCommand* const command = script_command(spec);
  if (command == nullptr) return std::nullopt;
  if (command->is_function) {
    const auto found = script_thread_of(service).function(args[1]);
    return found ? std::optional(found->function->flags) : std::nullopt;
  }
  const auto declared = [](const ScriptSource& source) {
    return source.declares_flags ? std::optional(source.flags) : std::nullopt;
  };
  if (command->by_sha) {
    const StoredScriptPtr script = service.scripts.find(args[1]);
    return script == nullptr ? std::nullopt : declared(script->source);
  }
  const auto source = read_script(args[1]);
  return source ? declared(*source) : std::nullopt;
}

ScriptRun::ScriptRun(ServiceState& service, keyspace::LocalBatch& batch, std::string_view user,
                     void* session, CancelToken token)
    : service_(service),
      batch_(batch),
      caller_(service.engine.access(), user),
      session_(session),
      node_(static_cast<Session*>(session)->node()),
      token_(std::move(token)),
      count_(batch.call_count()),
      reply_(batch.out(), batch.protocol()),
      mark_(batch.out().size()),
      held_(service.engine.memory().queries) {
  reply_.set_limit(batch.largest_output());
}

void ScriptRun::attempt(bool here, RunningScript* listed) {
  thread_ = &script_thread_of(service_);
  here_ = here;
  listed_ = listed;
  too_long_ = is_killed_ = is_gone_ = lacks_room_ = false;
  item_ = 0;
  next_ = first_;
  in_transaction_ = skipped_ = 0;
  effects_.clear();
  messages_.clear();
  timed_.clear();
  of_scripts_.reset();
  errors_.clear();
  shown_.clear();
  reply_.cut(mark_);
  const std::int64_t now_ns = system_clock().monotonic_ns();
  until_ns_ = now_ns + kItemsNs;
  keyspace::Workspace& workspace = thread_->workspace();
  const keyspace::Moment moment{service_.engine.keyspace().now_ns(), thread_random()()};
  workspace.begin(moment, kMaxWorkspaceBytes, !here);
  batch_.visit(*this);
  outcome_ = end_attempt();
  workspace.end();
  thread_ = nullptr;
}

ScriptRun::Outcome ScriptRun::end_attempt() {
  keyspace::Workspace& workspace = thread_->workspace();
  if (too_long_ || workspace.lacks_time()) return Outcome::too_long;
  if (workspace.is_broken() || is_gone_) return Outcome::outdated;
  if (is_killed_) return Outcome::killed;
  if (!workspace.has_changes()) return workspace.still_holds() ? Outcome::done : Outcome::outdated;
  effects_ = workspace.effects();
  return Outcome::done;
}

void ScriptRun::accept() {
  if (!messages_.empty()) publish_messages();
  if (!errors_.empty() || !of_scripts_.empty()) {
    auto& keyspace = service_.engine.keyspace().keyspace();
    const auto lock = keyspace.lock();
    service_.command_stats.add(of_scripts_);
    for (const std::string& text : errors_) keyspace.stats().count_error(text);
  }
  for (const Shown& one : shown_) {
    const std::vector<std::string_view> args(one.args.begin(), one.args.end());
    service_.monitors.show({system_clock().wall_ns(), one.db, "lua", args});
  }
  first_ = next_;
  mark_ = reply_.mark();
}

// Behind what the scripts have written.
void ScriptRun::publish_messages() {
  const auto lock = service_.engine.keyspace().keyspace().lock();
  for (const Message& one : messages_) {
    service_.pubsub.publish(one.channel, one.text, one.shard);
    const std::string_view words[] = {one.command, one.channel, one.text};
    service_.source.published_locked(one.db, words);
  }
  service_.source.flush_locked();
  messages_.clear();
}

// --- items of the batch ---

// False: the item is not run now.
bool ScriptRun::begin_item() {
  const bool wanted = item_ >= first_;
  ++item_;
  return wanted;
}

// What was made so far is committed before more is made, but for what is one transaction.
bool ScriptRun::may_go_on() {
  if (too_long_ || is_killed_ || is_gone_) return false;
  const keyspace::Workspace& workspace = thread_->workspace();
  if (workspace.is_broken()) return false;
  if (in_transaction_ > 0) return true;
  next_ = item_;
  return system_clock().monotonic_ns() < until_ns_;
}

bool ScriptRun::ready(std::string_view bytes) {
  if (!begin_item()) return true;
  reply_.raw(bytes);
  return may_go_on();
}

bool ScriptRun::transaction(std::span<const keyspace::WatchGuard> guards, std::uint32_t calls) {
  if (!begin_item()) return true;
  if (!thread_->workspace().add_guards(guards)) {
    reply_.null_array();
    skipped_ = calls;
  } else {
    reply_.array_header(calls);
    in_transaction_ = calls;
  }
  return may_go_on();
}

bool ScriptRun::call(const CommandSpec& spec, unsigned db, Args args) {
  if (!begin_item()) return true;
  if (skipped_ > 0) {
    --skipped_;
    return may_go_on();
  }
  if (in_transaction_ > 0) --in_transaction_;
  script_.counted_error.clear();
  const std::size_t mark = reply_.mark();
  const std::int64_t started_ns = system_clock().monotonic_ns();
  if (const auto killed = killed_.find(item_); killed != killed_.end()) {
    reply_.raw(killed->second);
  } else if (denied(spec, db, args) != AclUser::Denied::nothing) {
    reply_.error(keyspace::no_permission(called_row(spec, args)));
  } else if (spec.has(keyspace::kRunsCalls)) {
    run_script(spec, db, args);
  } else {
    run_call(spec, db, args, false, reply_);
  }
  timed_.push_back({&spec, args, system_clock().monotonic_ns() - started_ns});
  if (reply_.since(mark).starts_with('-')) count_error(reply_.since(mark));
  return may_go_on();
}

void ScriptRun::run_call(const CommandSpec& spec, unsigned db, Args args, bool is_script,
                         Reply& reply) {
  if (keyspace::keyspace_commands().find(spec.name) == &spec) {
    const bool is_copy = service_.engine.keyspace().keyspace().is_copy();
    if (is_copy && keyspace::reading_form(spec, args).is_write()) {
      return reply.error(kReplicaOnlyReads);
    }
    const keyspace::Workspace::Caller caller{session_, &token_, is_script};
    thread_->workspace().call(spec, db, args, reply, caller);
    lacks_room_ = !held_.resize(thread_->workspace().bytes());
    // Before it is looked whether all that was read still is so: who hears of changes misses none.
    if (reads_ != nullptr && !spec.is_write()) reads_->was_read(spec, db, args);
    if (is_script && spec.has(keyspace::kReadonly)) tell_declared_keys();
    return;
  }
  if (const Publishing kind = publishing(spec); kind != Publishing::no) {
    const bool shard = kind == Publishing::shard;
    messages_.push_back(
        {db, std::string(args[0]), std::string(args[1]), std::string(args[2]), shard});
    return reply.integer(static_cast<std::int64_t>(service_.pubsub.receivers(args[1], shard)));
  }
  // About the server or the connection.
  auto& keyspace = service_.engine.keyspace().keyspace();
  {
    const auto lock = keyspace.lock();
    keyspace::CommandContext context(keyspace, db, thread_->workspace().moment().time_ns,
                                     thread_random()());
    context.set_session(session_);
    spec.handler(context, args, reply);
  }
  const DialogueCommand* const dialogue = dialogue_command(spec);
  if (dialogue != nullptr && dialogue->delay_ns != nullptr) wait_for(dialogue->delay_ns(args));
}

// In small pieces: the script may be ended meanwhile, or has to go on elsewhere.
void ScriptRun::wait_for(std::int64_t duration_ns) {
  constexpr std::chrono::microseconds kPiece{500};
  const std::int64_t until_ns = system_clock().monotonic_ns() + duration_ns;
  while (system_clock().monotonic_ns() < until_ns && look() == Stop::none) {
    std::this_thread::sleep_for(kPiece);
  }
}

// --- scripts ---

void ScriptRun::run_script(const CommandSpec& spec, unsigned db, Args args) {
  const std::int64_t now_ns = system_clock().monotonic_ns();
  script_until_ns_ = now_ns + kSliceNs;
  busy_ns_ = now_ns + service_.settings.busy_script_ms() * 1'000'000;
  ++scripts_;
  script_call_ = {&spec, db, args};
  const auto number = keyspace::parse_int64(args[2]);
  const bool is_function = script_command(spec)->is_function;
  if (!number) {
    return reply_.error(is_function ? "ERR Bad number of keys provided" : keyspace::kNotInteger);
  }
  if (*number > static_cast<std::int64_t>(args.size()) - 3) {
    return reply_.error("ERR Number of keys can't be greater than number of args");
  }
  if (*number < 0) return reply_.error("ERR Number of keys can't be negative");
  if (is_function) {
    run_function(spec, db, args);
  } else {
    run_eval(spec, db, args);
  }
}

// A script that reads has read all its keys, whichever it looks at: so Redis tracks them.
void ScriptRun::tell_declared_keys() {
  if (reads_ == nullptr || script_.read_keys_told) return;
  script_.read_keys_told = true;
  reads_->was_read(*script_call_.spec, script_call_.db, script_call_.args);
}

// False: the error is written.
bool ScriptRun::may_begin(ScriptFlags flags, bool declares, bool read_only_command, Args keys) {
  script_ = {};
  script_.crosses_slots = !declares || (flags & kAllowCrossSlot) != 0;
  if (!keys.empty()) script_.slot = slot_of(keys.front());
  script_.read_only = read_only_command || (declares && (flags & kNoWrites) != 0);
  script_.allows_oom = declares && (flags & kAllowOom) != 0;
  if (!declares) return true;
  if ((flags & kNoCluster) != 0 && service_.cluster != nullptr) {
    reply_.error("ERR Can not run script on cluster, 'no-cluster' flag is set.");
    return false;
  }
  if ((flags & kNoWrites) == 0 && read_only_command) {
    reply_.error("ERR Can not execute a script with write flag using *_ro command.");
    return false;
  }
  if ((flags & kNoWrites) == 0 && service_.lacks_replicas()) {
    reply_.error(kTooFewReplicas);
    return false;
  }
  if ((flags & (kAllowOom | kNoWrites)) == 0 && service_.engine.keyspace().room().full(0)) {
    reply_.error(
        "OOM allow-oom flag is not set on the script, can not run it when used memory > "
        "'maxmemory'");
    return false;
  }
  return true;
}

// One that was long before does not begin on a thread that serves clients, unless there is no other
// for it: it may have been long because the machine was busy.
bool ScriptRun::goes_elsewhere(const StoredScript& script) {
  if (!here_ || !script.takes_long.load(std::memory_order_relaxed)) return false;
  if (service_.running_scripts.full()) return false;
  too_long_ = true;
  return true;
}

void ScriptRun::run_eval(const CommandSpec& spec, unsigned db, Args args) {
  std::string error;
  const bool by_sha = script_command(spec)->by_sha;
  const StoredScriptPtr script =
      by_sha ? thread_->script_of_sha(args[1], error) : thread_->script_of(args[1], false, error);
  if (script == nullptr) return reply_.error(error);
  last_.name = script->source.sha;
  last_.is_function = false;
  if (goes_elsewhere(*script)) return;
  const bool read_only = script_command(spec)->read_only;
  const std::size_t count = static_cast<std::size_t>(*keyspace::parse_int64(args[2]));
  const Args keys = args.subspan(3, count);
  const ScriptSource& source = script->source;
  if (!may_begin(source.flags, source.declares_flags, read_only, keys)) return;
  script_.db = db;
  Machine::Call call{source.sha, keys, args.subspan(3 + count),
                     thread_->workspace().moment().seed + scripts_};
  thread_->workspace().bring(db, call.keys);
  const std::int64_t started_ns = script_until_ns_ - kSliceNs;
  const std::size_t mark = reply_.mark();
  const Stop stop =
      thread_->machine(Machine::Kind::scripts).run(script->source, call, *this, reply_);
  finish_script(stop, mark);
  const bool is_long = too_long_ || system_clock().monotonic_ns() - started_ns > kSliceNs / 2;
  script->takes_long.store(is_long, std::memory_order_relaxed);
}

void ScriptRun::run_function(const CommandSpec& spec, unsigned db, Args args) {
  const auto found = thread_->function(args[1]);
  if (!found) return reply_.error("ERR Function not found");
  last_.name = found->function->name;
  last_.is_function = true;
  const bool read_only = script_command(spec)->read_only;
  const std::size_t count = static_cast<std::size_t>(*keyspace::parse_int64(args[2]));
  const Args keys = args.subspan(3, count);
  if (!may_begin(found->function->flags, true, read_only, keys)) return;
  script_.db = db;
  Machine::Call call{found->function->name, keys, args.subspan(3 + count),
                     thread_->workspace().moment().seed + scripts_};
  thread_->workspace().bring(db, call.keys);
  const std::size_t mark = reply_.mark();
  const Stop stop =
      thread_->machine(Machine::Kind::functions).run(*found->function, call, *this, reply_);
  finish_script(stop, mark);
}

void ScriptRun::refuse(std::string_view error) {
  std::string reply;
  Reply(reply, batch_.protocol()).error(error);
  killed_.emplace(item_, std::move(reply));
}

// Nothing of one that was ended happens, and what ran before it in the same attempt has to again.
void ScriptRun::finish_script(Stop stop, std::size_t mark) {
  if (stop != Stop::kill) return;
  is_killed_ = true;
  killed_.emplace(item_, std::string(reply_.since(mark)));
}

// --- what a script asks ---

ScriptHost::Stop ScriptRun::look() {
  const keyspace::Workspace& workspace = thread_->workspace();
  if (workspace.is_broken()) return Stop::abandon;
  if (listed_ != nullptr && listed_->killed.load(std::memory_order_relaxed)) return Stop::kill;
  // Another takes the place of one that runs for long; too many of them keep theirs.
  if (!here_) (void)service_.script_threads.pace();
  const std::int64_t now_ns = system_clock().monotonic_ns();
  if (here_ && now_ns > script_until_ns_) {
    too_long_ = true;
    return Stop::abandon;
  }
  is_gone_ = token_.cancelled() || (now_ns > busy_ns_ && client_.cancelled());
  if (is_gone_) return Stop::abandon;
  return Stop::none;
}

// What the node of a cluster says of a call. The keys that the script has declared are its own.
std::string ScriptRun::why_not_here(const CommandSpec& spec, Args args, bool writes) {
  const auto [slot, several] = slot_of_call(spec, args);
  if (several || (slot && service_.cluster->master_of_slot(*slot) != master_of_node(node_))) {
    return "ERR Script attempted to access a non local key in a cluster node";
  }
  if (slot && !script_.crosses_slots) {
    if (script_.slot.value_or(*slot) != *slot) {
      return "ERR Script attempted to access keys that do not hash to the same slot";
    }
    script_.slot = slot;
  }
  if (is_replica(node_) && writes) return std::string(kReplicaOnlyReads);
  return refused_in_cluster(spec, args);
}

// Empty: it may run.
std::string ScriptRun::why_not(const CommandSpec* spec, Args args) {
  constexpr std::string_view kUnknown = "ERR Unknown Redis command called from script";
  if (spec == nullptr) return std::string(kUnknown);
  const CommandSpec& row = called_row(*spec, args);
  const bool names_none = !spec->subcommands.empty() && args.size() > 1 && &row == spec;
  if (names_none && !keyspace::is_word(args[1], "help")) return std::string(kUnknown);
  if (!keyspace::arity_fits(*spec, args.size()) || !keyspace::arity_fits(row, args.size())) {
    return "ERR Wrong number of args calling Redis command from script";
  }
  const bool barred = spec->has(keyspace::kNoScript) || row.has(keyspace::kNoScript);
  const bool may_call_all = service_.scripts_call_all.load(std::memory_order_relaxed);
  if ((barred && !may_call_all) || spec->handler == nullptr) {
    return "ERR This Redis command is not allowed from script";
  }
  switch (denied(*spec, script_.db, args)) {
    case AclUser::Denied::nothing: break;
    case AclUser::Denied::command:
      return "ERR The user executing the script can't run this command or subcommand";
    case AclUser::Denied::key:
      return "ERR The user executing the script can't access at least one of the keys mentioned in "
             "the command arguments";
    case AclUser::Denied::channel:
      return "ERR The user executing the script can't publish to the channel mentioned in the "
             "command";
  }
  if (std::string why = refused_option(*spec, args); !why.empty()) return why;
  const bool writes = keyspace::reading_form(*spec, args).is_write();
  if (script_.read_only && (writes || spec->has(keyspace::kPausesAsWrite))) {
    return "ERR Write commands are not allowed from read-only scripts.";
  }
  if (writes && service_.lacks_replicas()) return std::string(kTooFewReplicas);
  if (service_.cluster != nullptr) {
    if (std::string why = why_not_here(*spec, args, writes); !why.empty()) return why;
  }
  const bool may_fail = !script_.allows_oom && !script_.has_written;
  if (may_fail && spec->has(keyspace::kDenyOom) &&
      service_.engine.keyspace().room().full(keyspace::bytes_of(args))) {
    return std::string(keyspace::kOutOfMemory);
  }
  if (spec->key_rule == keyspace::KeyRule::streams &&
      keyspace::stream_option(args, "block") < args.size()) {
    return fmt::format("ERR {} command is not allowed with BLOCK option from scripts", args[0]);
  }
  if (thread_->workspace().is_full() || lacks_room_)
    return "OOM the script has changed or read too much";
  if (writes) script_.has_written = true;
  return {};
}

void ScriptRun::call(Args args, int protocol, std::string& out) {
  Reply reply(out, protocol);
  reply.set_limit(batch_.largest_output());
  const CommandSpec* named = all_commands().find(args[0]);
  if (const std::string why = why_not(named, args); !why.empty()) {
    if (named != nullptr) of_scripts_.rejected(called_row(*named, args));
    reply.error(why);
    return count_error(out);
  }
  if (service_.monitors.any()) shown_.push_back({script_.db, {args.begin(), args.end()}});
  const CommandSpec& spec = keyspace::reading_form(*named, args);
  const std::int64_t started_ns = system_clock().monotonic_ns();
  if (spec.has(keyspace::kSelects)) {
    const unsigned count = service_.engine.keyspace().keyspace().database_count();
    if (const auto db = database_argument(args[1], count, reply)) script_.db = *db;
  } else {
    run_call(spec, script_.db, args, true, reply);
  }
  const std::int64_t duration_ns = system_clock().monotonic_ns() - started_ns;
  of_scripts_.called(called_row(spec, args), duration_ns, out.starts_with('-'));
  if (out.starts_with('-')) count_error(out);
}

// Of a reply: unless the same, perhaps with the place in the script behind it, was counted last.
void ScriptRun::count_error(std::string_view reply) {
  reply = reply.substr(1, reply.find('\r') - 1);
  if (!script_.counted_error.empty() && reply.starts_with(script_.counted_error)) return;
  errors_.emplace_back(reply.substr(0, reply.find(' ')));
  script_.counted_error = reply;
}

std::optional<bool> ScriptRun::allows(Args args) {
  const CommandSpec* spec = all_commands().find(args[0]);
  if (spec == nullptr) return std::nullopt;
  return denied(*spec, script_.db, args) == AclUser::Denied::nothing;
}

const AclUser* ScriptRun::acl() {
  const std::uint64_t now = service_.engine.access().version();
  if (now != acl_version_) {
    acl_version_ = now;
    acl_ = acl_of(*service_.engine.catalog(), caller_.user());
  }
  return acl_.get();
}

// By its rules, and by its grants.
AclUser::Denied ScriptRun::denied(const CommandSpec& spec, unsigned db, Args args) {
  if (const AclUser* const rules = acl()) {
    const AclUser::Denied by_rules = rules->judge(spec, called_row(spec, args), args).denied;
    if (by_rules != AclUser::Denied::nothing) return by_rules;
  }
  return caller_.may(spec, db, args) ? AclUser::Denied::nothing : AclUser::Denied::command;
}

std::string ScriptRun::refused_option(const CommandSpec& spec, Args args) {
  const AclUser* const rules = acl();
  return rules == nullptr ? std::string() : rules->refused_option(spec, args);
}

void ScriptRun::log(int level, std::string_view text) {
  constexpr LogLevel kLevels[] = {LogLevel::debug, LogLevel::debug, LogLevel::info,
                                  LogLevel::warning};
  log_line(kLevels[level], "A script says", {{"text", text}});
}

}  // namespace octavo::redis
