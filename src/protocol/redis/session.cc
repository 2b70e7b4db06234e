#include "protocol/redis/session.h"

#include <fmt/format.h>

#include <algorithm>

#include "keyspace/command_table.h"
#include "keyspace/deferred_read.h"
#include "keyspace/prepared_write.h"
#include "protocol/common/handshake_deadline.h"
#include "protocol/redis/busy_error.h"
#include "protocol/redis/cluster_rules.h"
#include "protocol/redis/commands.h"
#include "protocol/redis/replica_feed.h"
#include "protocol/redis/script_run.h"
#include "protocol/redis/secret_arguments.h"

namespace octavo::redis {
namespace {

constexpr std::string_view kNoAuth = "NOAUTH Authentication required.";
constexpr std::string_view kNoRoomForRequest =
    "OOM The request needs more memory than connections may use; see the server's setting "
    "'memory'.";
constexpr std::int64_t kTurnNs = 1'000'000;
constexpr std::int64_t kMillisecondNs = 1'000'000;
constexpr std::size_t kMaxEchoedBytes = 128;  // of an unknown command, in the error

// What Redis says about a command that it does not know.
std::string unknown_command(keyspace::Args args) {
  std::string shown;
  for (std::size_t i = 1; i < args.size() && shown.size() < kMaxEchoedBytes; ++i) {
    shown += fmt::format("'{}' ", args[i].substr(0, kMaxEchoedBytes - shown.size()));
  }
  return fmt::format("ERR unknown command '{}', with args beginning with: {}",
                     args[0].substr(0, kMaxEchoedBytes), shown);
}

// A browser that a hostile page led to this port gets no further than its first line.
bool is_http(std::string_view word) { return same_word("post", word) || same_word("host:", word); }

}  // namespace

Session::Session(ServiceState& service, protocol::Connection& connection, unsigned node)
    : service_(service),
      connection_(connection),
      long_calls_(service.long_calls, connection),
      script_threads_(service.script_threads, connection),
      caller_(service.engine.access(), {}),
      batch_(replies_),
      submission_(std::in_place, batch_, caller_),
      node_(node),
      address_(io::format_address(connection.info().peer)),
      mailbox_(std::make_shared<Mailbox>(service.lines.share(connection.executor()), &connection)),
      reachable_(connection.executor(), *this) {
  batch_.set_session(this);
  batch_.set_reply_limit(kMaxReplyBytes);
  // While a reply is handed on there may be a second one, and buffers grow by half.
  batch_.set_largest_output(service.engine.memory().connections.limit() / 3);
  batch_.set_defer_above(keyspace::kDeferAbove);
  authenticated_ = open_to_all();
  if (authenticated_) become(catalog::kAdminName);
  connection.info().set_attribute("user", user_);
  service_.everybody.add(reachable_.handle());
  service_.tracking.connected(id(), mailbox_);
  look_at_settings();
  service_.connections_received.fetch_add(1, std::memory_order_relaxed);
}

Session::~Session() {
  for (const auto kind : {ChannelKind::channel, ChannelKind::pattern, ChannelKind::shard}) {
    for (const auto& name : subscriptions(kind)) service_.pubsub.unsubscribe(kind, name, mailbox_);
  }
  if (monitoring_) service_.monitors.remove(mailbox_);
  if (tracking_) {
    const auto lock = service_.engine.keyspace().keyspace().lock();
    stop_tracking();
  }
  (void)service_.blocked.take_tries(this);  // nobody is left to wait for them
  service_.tracking.gone(id());
  mailbox_->connection = nullptr;
  service_.everybody.remove(reachable_.handle());
  service_.closed_input_bytes += connection_.info().bytes_in.get();
  service_.closed_output_bytes += connection_.info().bytes_out.get();
}

io::Task<void> Session::serve() {
  // Who needs no password may take its time.
  std::optional<protocol::HandshakeDeadline> deadline;
  if (!authenticated_) deadline.emplace(connection_, [this] { return authenticated_; });
  bool more = co_await connection_.fill();
  while (more) {
    more = co_await handle_input();
    connection_.hold(held_bytes());
    connection_.flush_soon();
    if (more && connection_.blocked()) more = co_await connection_.flush();
    if (more) more = co_await connection_.fill();
  }
  if (feed_ != nullptr) co_await feed_->stop();
  if (connection_.end_of_input() == protocol::EndOfInput::no_memory) {
    reply().error(kNoRoomForRequest);
    take_replies();
  }
}

// What its client has made it keep.
std::size_t Session::held_bytes() const {
  return parser_.held_bytes() + queued_memory_ + watched_memory_ + subscribed_memory_;
}

bool Session::batch_is_full() const {
  // SKIP is about one command.
  const bool one = reply_mode_ == ReplyMode::skip || (makes_exception() && !in_transaction_);
  if (one) return batch_.call_count() > 0;
  return batch_.call_count() >= max_batch_calls_ || batch_.argument_bytes() >= kMaxBatchBytes;
}

// A client that has sent much at once lets the others of its thread have their turn.
bool Session::turn_is_over() const {
  if (connection_.input().empty()) return false;
  io::Executor& executor = connection_.executor();
  return executor.clock().monotonic_ns() - executor.now_ns() > kTurnNs;
}

// Everything that has come; false when the connection is to be closed.
io::Task<bool> Session::handle_input() {
  std::size_t used = 0;
  for (;;) {
    RespLimits limits = authenticated_ ? RespLimits() : kUnauthenticatedLimits;
    if (authenticated_) limits.max_bulk_bytes = service_.settings.max_bulk_bytes();
    const ParseResult parsed = parser_.parse(connection_.input().substr(used), limits);
    used += parsed.consumed;
    if (parsed.state == ParseState::nothing) continue;
    if (parsed.state == ParseState::error) {
      co_await run_batch();
      reply().error(parsed.error);
      take_replies();
      co_return false;
    }
    if (parsed.state == ParseState::need_more) {
      co_await run_batch();
      connection_.consume(used);
      co_return !closing_;
    }
    Next next = look_at(parser_.arguments());
    const bool complete = parsed.is_inline || batch_is_full();
    if (next == Next::more && complete) next = Next::run;
    if (next == Next::more) continue;
    co_await proceed(next);
    connection_.consume(used);
    used = 0;
    if (closing_) co_return false;
    if (turn_is_over()) {
      connection_.flush_soon();
      co_await io::yield();
    }
  }
}

void Session::reject(std::string_view error) {
  if (in_transaction_) transaction_failed_ = true;
  own_replies_.emplace_back();
  keyspace::Reply(own_replies_.back(), protocol_).error(error);
  batch_.add_reply(own_replies_.back());
  note_error(error);
}

// The same, counted for its command.
void Session::reject(const keyspace::CommandSpec& spec, keyspace::Args args,
                     std::string_view error) {
  reject(error);
  const auto lock = service_.engine.keyspace().keyspace().lock();
  service_.command_stats.rejected(called_row(spec, args));
}

std::string Session::denial(const keyspace::CommandSpec& spec, keyspace::Args args) {
  // EXEC and DISCARD themselves are about no database that a queued SELECT named.
  const bool queued = in_transaction_ && !spec.has(keyspace::kInsideMulti);
  return denial(spec, queued ? queued_db_ : db_, args);
}

Session::Next Session::look_at(keyspace::Args args) {
  connection_.info().commands.add(1);
  service_.commands.fetch_add(1, std::memory_order_relaxed);
  const keyspace::CommandSpec* spec = all_commands().find(args[0]);
  if (spec == nullptr) {
    if (is_http(args[0])) {
      closing_ = true;
      return Next::run;
    }
    reject(unknown_command(args));
    return Next::more;
  }
  // What is queued is looked at as a whole: its subcommand as well.
  const keyspace::CommandSpec& row = in_transaction_ ? called_row(*spec, args) : *spec;
  if (!keyspace::arity_fits(*spec, args.size()) ||
      (&row != spec && !keyspace::arity_fits(row, args.size()))) {
    const std::string why = fmt::format("wrong number of arguments for '{}' command", row.name);
    if (spec->has(keyspace::kEndsMulti)) {
      discard_transaction();
      reject(*spec, args, "EXECABORT Transaction discarded because of: " + why);
    } else {
      reject(*spec, args, "ERR " + why);
    }
    return Next::more;
  }
  if (!authenticated_ && !spec->has(keyspace::kNoAuth)) {
    reject(*spec, args, kNoAuth);
    return Next::more;
  }
  // What is asked of few is asked first, without a call: each costs a small command a hundredth.
  const bool may_all = caller_.is_administrator() && acl() == nullptr;
  if (std::string why = may_all ? std::string() : denial(*spec, args); !why.empty()) {
    reject(*spec, args, why);
    return Next::more;
  }
  const bool is_copy = service_.link.is_on();
  if (std::string why = is_copy ? refused_as_copy(*spec, args) : std::string(); !why.empty()) {
    if (spec->has(keyspace::kEndsMulti)) {
      discard_transaction();
      why = "EXECABORT Transaction discarded because of: " + why;
    }
    reject(*spec, args, why);
    return Next::more;
  }
  if (service_.cluster != nullptr) {
    if (std::string why = redirection(*spec, args); !why.empty()) {
      if (spec->has(keyspace::kEndsMulti)) discard_transaction();
      reject(why);
      return Next::more;
    }
    if (service_.cluster->masters() > 1) spec = &node_form(*spec);
  }
  if (std::string_view why = held_up(*spec, args); !why.empty()) {
    reject_or_discard(*spec, why);
    return Next::more;
  }
  if (service_.lacks_replicas() && changes_data(*spec)) {
    reject_or_discard(*spec, kTooFewReplicas);
    return Next::more;
  }
  connection_.info().set_last_command(called_row(*spec, args).name.data());
  spec_ = spec;
  if (must_wait(*spec, args)) return Next::wait;
  return accept(*spec, args);
}

// The error of what may not run beside a script that takes long; empty: it may.
std::string_view Session::held_up(const keyspace::CommandSpec& spec, keyspace::Args args) const {
  if (!service_.scripts_hold_all || (called_row(spec, args).flags & kWhileBusy) != 0) return {};
  const std::int64_t limit_ms = service_.settings.busy_script_ms();
  if (limit_ms <= 0) return {};
  const auto busy = service_.running_scripts.busy(limit_ms * kMillisecondNs);
  if (busy == RunningScripts::Busy::no) return {};
  return busy_error(busy == RunningScripts::Busy::function);
}

// Also what a transaction queues takes memory, and its end is the place to refuse what it would do.
bool Session::needs_memory(const keyspace::CommandSpec& spec) const {
  if (spec.has(keyspace::kDenyOom)) return true;
  if (!in_transaction_) return false;
  if (spec.has(keyspace::kEndsMulti)) {
    return std::ranges::any_of(
        queued_, [](const QueuedCall& call) { return call.spec->has(keyspace::kDenyOom); });
  }
  return !spec.has(keyspace::kDropsMulti);
}

// Of scripts it is asked when they write.
bool Session::changes_data(const keyspace::CommandSpec& spec) const {
  if (spec.is_write()) return true;
  return in_transaction_ && spec.has(keyspace::kEndsMulti) &&
         std::ranges::any_of(queued_, [](const QueuedCall& call) { return call.spec->is_write(); });
}

// Of EXEC, with all that was queued.
void Session::reject_or_discard(const keyspace::CommandSpec& spec, std::string_view error) {
  if (!in_transaction_ || !spec.has(keyspace::kEndsMulti)) return reject(error);
  discard_transaction();
  reject(fmt::format("EXECABORT Transaction discarded because of: {}", error));
}

// Of the arguments that a request brings and those that wait with it.
std::size_t Session::bytes_to_come(keyspace::Args args) const {
  return batch_.argument_bytes() + queued_bytes_ + keyspace::bytes_of(args);
}

// Scripts that say that they write nothing are none.
bool Session::pauses_as_write(const keyspace::CommandSpec& spec, keyspace::Args args) const {
  if (spec.is_write()) return true;
  if (!spec.has(keyspace::kPausesAsWrite)) return false;
  const auto flags = declared_script_flags(service_, spec, args);
  return !flags || (*flags & kNoWrites) == 0;
}

bool Session::must_wait(const keyspace::CommandSpec& spec, keyspace::Args args) const {
  const keyspace::KeyspaceRoom& room = service_.engine.keyspace().room();
  if (room.limited() && needs_memory(spec) && room.full(bytes_to_come(args))) return true;
  switch (service_.pause.mode()) {
    case Pause::Mode::none: return false;
    case Pause::Mode::write:
      return pauses_as_write(spec, args) ||
             (spec.has(keyspace::kEndsMulti) &&
              std::ranges::any_of(queued_, [this](const QueuedCall& call) {
                const std::vector<std::string_view> views(call.args.begin(), call.args.end());
                return pauses_as_write(*call.spec, views);
              }));
    case Pause::Mode::all: return !spec.has(keyspace::kDuringPause);
  }
  return false;
}

Session::Next Session::accept(const keyspace::CommandSpec& spec, keyspace::Args args) {
  if (protocol_ == 2 && subscription_count() > 0 && !spec.has(keyspace::kWhileSubscribed)) {
    reject(
        fmt::format("ERR Can't execute '{}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / "
                    "QUIT / RESET are allowed in this context",
                    spec.name));
    return Next::more;
  }
  const DialogueCommand* dialogue = dialogue_command(spec);
  if (in_transaction_ && !spec.has(keyspace::kInsideMulti)) {
    if (keyspace::bytes_of(args) >= kLargeCallBytes) return Next::queue;
    queue(spec, std::vector<std::string>(args.begin(), args.end()));
    return Next::more;
  }
  if (dialogue != nullptr) {
    pending_ = dialogue;
    pending_args_.assign(args.begin(), args.end());
    return Next::dialogue;
  }
  // Scripts run before they are logged, and so not in one batch with what runs when it is.
  const bool runs_calls = spec.has(keyspace::kRunsCalls);
  if (!batch_.empty() && runs_calls != batch_.runs_calls()) return Next::again;
  if (keyspace::makes_value(spec) && is_long_write(spec, args)) return Next::prepared;
  const bool runs_elsewhere =
      spec.has(keyspace::kAnyThread) && keyspace::bytes_of(args) >= kLargeCallBytes;
  if (spec.has(keyspace::kAlone) || runs_elsewhere || must_run_apart(spec, args)) {
    return Next::alone;
  }
  add_call(spec, db_, args);
  const bool awaits = service_.blocked.count() != 0 && brings_awaited_keys(spec, args);
  return batch_.may_block() || awaits ? Next::run : Next::more;
}

// Who waits for what a call brings is served before the calls behind it.
bool Session::brings_awaited_keys(const keyspace::CommandSpec& spec, keyspace::Args args) const {
  if (!spec.is_write() && !spec.has(keyspace::kRunsCalls)) return false;
  return std::ranges::any_of(keyspace::key_positions(spec, args), [&](std::size_t at) {
    return service_.blocked.awaits(db_, args[at]);
  });
}

// Of a batch that writes, reads run with it, however long they take: so a long one and a write do
// not share a batch.
bool Session::must_run_apart(const keyspace::CommandSpec& spec, keyspace::Args args) const {
  if (batch_.empty() || spec.has(keyspace::kRunsCalls)) return false;
  if (spec.read_only_form.empty() && spec.is_write() == batch_.has_writes()) return false;
  const bool writes = keyspace::reading_form(spec, args).is_write();
  if (writes == batch_.has_writes()) return false;
  if (!writes && spec.has(keyspace::kFast)) return false;
  auto& keyspace = service_.engine.keyspace().keyspace();
  const auto lock = keyspace.lock();
  if (!writes) return keyspace::may_be_deferred(keyspace, spec, db_, args);
  bool any = false;
  batch_.visit_calls([&](const keyspace::CommandSpec& read, unsigned db, keyspace::Args of_read) {
    any = any || keyspace::may_be_deferred(keyspace, read, db, of_read);
  });
  return any;
}

bool Session::is_long_write(const keyspace::CommandSpec& spec, keyspace::Args args) const {
  return keyspace::is_long_write(service_.engine.keyspace().keyspace(), spec, db_, args,
                                 system_clock(), keyspace::kDeferAbove);
}

void Session::add_call(const keyspace::CommandSpec& spec, unsigned db, keyspace::Args args) {
  if (spec.has(keyspace::kBlocking)) blocking_spec_ = &spec;
  batch_.add(spec, db, args);
}

void Session::queue(const keyspace::CommandSpec& spec, std::vector<std::string> args) {
  // Few commands of the dialogue can also run as a call: SELECT, UNWATCH.
  if (spec.has(keyspace::kNoMulti)) return reject("ERR Command not allowed inside a transaction");
  const DialogueCommand* before = dialogue_command(spec);
  if (before != nullptr) {
    const std::vector<std::string_view> views(args.begin(), args.end());
    const bool is_so = before->runs_before != nullptr && before->runs_before(views);
    if (!is_so) before = nullptr;
  }
  if (before == nullptr && spec.handler == nullptr) {
    reject(fmt::format("ERR {} is not allowed in transactions", spec.name));
    return;
  }
  queued_.push_back({&spec, queued_db_, std::move(args), before});
  queued_memory_ += sizeof(QueuedCall);
  for (const std::string& arg : queued_.back().args) {
    queued_bytes_ += arg.size();
    queued_memory_ += sizeof arg + arg.capacity();
  }
  const auto& queued = queued_.back().args;
  if (spec.has(keyspace::kSelects)) queued_db_ = database_of(queued[1]).value_or(queued_db_);
  own_replies_.emplace_back("+QUEUED\r\n");
  batch_.add_reply(own_replies_.back());
}

std::string Session::node_host() const {
  std::string announced = service_.settings.get("cluster-announce-ip");
  return announced.empty() ? connection_.info().local.host : announced;
}

// Where keys are that are not this node's, or why a node refuses the call; empty: it may run here.
std::string Session::redirection(const keyspace::CommandSpec& spec, keyspace::Args args) {
  constexpr std::string_view kSeveralSlots =
      "CROSSSLOT Keys in request don't hash to the same slot";
  const auto [slot, several] = slot_of_call(spec, args);
  if (several) return std::string(kSeveralSlots);
  const bool writes = keyspace::reading_form(spec, args).is_write();
  if (slot) {
    if (in_transaction_ && queued_slot_.value_or(*slot) != *slot) return std::string(kSeveralSlots);
    if (in_transaction_) queued_slot_ = slot;
    const unsigned owner = service_.cluster->master_of_slot(*slot);
    const bool here = reads_replicas_ ? !writes : is_about_shard_channels(spec);
    if (owner != node_ && (owner != master_of_node(node_) || !here)) {
      return fmt::format("MOVED {} {}:{}", *slot, node_host(), service_.cluster->port(owner));
    }
  }
  if (is_replica(node_) && writes) return std::string(kReplicaOnlyReads);
  return refused_in_cluster(spec, args);
}

void Session::show_to_monitors(const keyspace::CommandSpec& spec, unsigned db,
                               keyspace::Args args) {
  constexpr auto kHidden = keyspace::kSkipMonitor | keyspace::kAdmin | keyspace::kInternal;
  if ((spec.flags & kHidden) != 0) return;
  const std::int64_t now_ns = system_clock().wall_ns();
  if (!has_secrets(spec, args)) return service_.monitors.show({now_ns, db, address_, args});
  const std::vector<std::string_view> shown = without_secrets(spec, args);
  service_.monitors.show({now_ns, db, address_, shown});
}

}  // namespace octavo::redis
