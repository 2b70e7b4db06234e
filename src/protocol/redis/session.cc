#include "protocol/redis/session.h"

#include <fmt/format.h>

#include <algorithm>

#include "catalog/scram.h"
#include "io/executor.h"
#include "keyspace/command_table.h"
#include "protocol/redis/commands.h"

namespace octavo::redis {
namespace {

constexpr std::string_view kNoAuth = "NOAUTH Authentication required.";
constexpr std::string_view kExecAbort =
    "EXECABORT Transaction discarded because of previous errors.";
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

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

std::string write_refused(const Error& error) {
  if (error.code == Code::resource_exhausted) {
    return "MISCONF Errors writing to the log: " + error.what;
  }
  return "ERR " + error.what;
}

// Seconds a blocking call may wait; 0 is for ever. The handler has checked that it is a number.
double blocking_timeout_s(const keyspace::CommandSpec& spec, keyspace::Args args) {
  if (spec.name == "xread" || spec.name == "xreadgroup") {
    for (std::size_t i = 1; i + 1 < args.size(); ++i) {
      if (lower(args[i]) == "block")
        return std::strtod(std::string(args[i + 1]).c_str(), nullptr) / 1000;
    }
    return 0;
  }
  const bool first = spec.name == "blmpop" || spec.name == "bzmpop";
  return std::strtod(std::string(first ? args[1] : args.back()).c_str(), nullptr);
}

}  // namespace

Session::Session(DoorState& door, protocol::Connection& connection)
    : door_(door),
      connection_(connection),
      batch_(replies_),
      submission_(batch_),
      mailbox_(std::make_shared<Mailbox>(connection.executor(), &connection)) {
  batch_.set_session(this);
  const auto* admin = door.engine.catalog()->find_user(catalog::kAdminName);
  authenticated_ = door.settings.get("requirepass").empty() &&
                   (admin == nullptr || admin->credentials.empty_password);
  connection.info().set_attribute("user", user_);
}

Session::~Session() {
  for (const auto kind : {ChannelKind::channel, ChannelKind::pattern, ChannelKind::shard}) {
    for (const auto& name : subscriptions(kind)) door_.pubsub.unsubscribe(kind, name, mailbox_);
  }
  mailbox_->connection = nullptr;
}

io::Task<void> Session::serve() {
  while (co_await connection_.fill()) {
    const bool go_on = co_await handle_input();
    const bool sent = co_await connection_.flush();
    if (!go_on || !sent) break;
  }
}

bool Session::batch_is_full() const {
  return batch_.call_count() >= kMaxBatchCalls || batch_.argument_bytes() >= kMaxBatchBytes;
}

// Everything that has come; false when the connection is to be closed.
io::Task<bool> Session::handle_input() {
  std::size_t used = 0;
  for (;;) {
    RespLimits limits = authenticated_ ? RespLimits() : kUnauthenticatedLimits;
    if (authenticated_) limits.max_bulk_bytes = door_.settings.max_bulk_bytes();
    const ParseResult parsed = parser_.parse(connection_.input().substr(used), limits);
    used += parsed.consumed;
    if (parsed.state == ParseState::nothing) continue;
    if (parsed.state == ParseState::error) {
      co_await run_batch();
      reply().error(parsed.error);
      co_return false;
    }
    if (parsed.state == ParseState::need_more) {
      co_await run_batch();
      connection_.consume(used);
      co_return !closing_;
    }
    if (!accept(parser_.arguments()) || batch_.may_block() || batch_is_full()) {
      co_await run_batch();
      if (pending_ != nullptr) {
        std::exchange(pending_, nullptr)->run(*this, pending_args_);
        co_await run_batch();
      }
      connection_.consume(used);
      used = 0;
      if (closing_) co_return false;
    }
  }
}

void Session::reject(std::string_view error) {
  if (in_transaction_) transaction_failed_ = true;
  own_replies_.emplace_back();
  keyspace::Reply(own_replies_.back(), protocol_).error(error);
  batch_.add_reply(own_replies_.back());
}

std::string Session::denial(const keyspace::CommandSpec& spec) {
  if (user_ == "default" || spec.group == "connection") return {};
  const auto state = door_.engine.catalog();
  const auto permission = spec.is_write() ? catalog::Permission::write : catalog::Permission::read;
  const TableId table{raw(catalog::kRedisTableBase) + db_};
  const bool admin_only = spec.has(keyspace::kAdmin) || spec.has(keyspace::kDangerous);
  const bool allowed =
      admin_only ? state->allows(user_, catalog::Permission::config, catalog::kRedisDatabase, table)
                 : state->allows(user_, permission, catalog::kRedisDatabase, table);
  if (allowed) return {};
  return fmt::format("NOPERM this user has no permissions to run the '{}' command", spec.name);
}

bool Session::accept(keyspace::Args args) {
  connection_.info().commands.add(1);
  door_.commands.fetch_add(1, std::memory_order_relaxed);
  const keyspace::CommandSpec* spec = all_commands().find(args[0]);
  if (spec == nullptr) {
    reject(unknown_command(args));
    return true;
  }
  if (!keyspace::arity_fits(*spec, args.size())) {
    reject(fmt::format("ERR wrong number of arguments for '{}' command", spec->name));
    return true;
  }
  if (!authenticated_ && !spec->has(keyspace::kNoAuth)) {
    reject(kNoAuth);
    return true;
  }
  if (std::string why = denial(*spec); !why.empty()) {
    reject(why);
    return true;
  }
  connection_.info().set_last_command(spec->name.data());
  return accept_command(*spec, args);
}

bool Session::accept_command(const keyspace::CommandSpec& spec, keyspace::Args args) {
  if (protocol_ == 2 && subscription_count() > 0 && !allowed_while_subscribed(spec)) {
    reject(
        fmt::format("ERR Can't execute '{}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / "
                    "QUIT / RESET are allowed in this context",
                    spec.name));
    return true;
  }
  const DialogueCommand* dialogue = dialogue_command(spec);
  if (in_transaction_ && !(dialogue != nullptr && runs_inside_transaction(spec))) {
    queue(spec, args);
    return true;
  }
  if (dialogue != nullptr) {
    pending_ = dialogue;
    pending_args_.assign(args.begin(), args.end());
    return false;
  }
  const std::int64_t limit = door_.settings.max_memory();
  if (limit > 0 && spec.has(keyspace::kDenyOom) &&
      door_.engine.keyspace().keyspace().used_bytes() > limit) {
    reject(keyspace::kOutOfMemory);
    return true;
  }
  if (spec.has(keyspace::kBlocking)) {
    blocking_spec_ = &spec;
    blocking_args_.assign(args.begin(), args.end());
  }
  batch_.add(spec, db_, args);
  return true;
}

void Session::queue(const keyspace::CommandSpec& spec, keyspace::Args args) {
  if (spec.has(keyspace::kNoMulti) || dialogue_command(spec) != nullptr) {
    reject(fmt::format("ERR {} is not allowed in transactions", spec.name));
    return;
  }
  queued_.push_back({&spec, std::vector<std::string>(args.begin(), args.end())});
  own_replies_.emplace_back("+QUEUED\r\n");
  batch_.add_reply(own_replies_.back());
}

void Session::discard_transaction() {
  in_transaction_ = false;
  transaction_failed_ = false;
  queued_.clear();
  watched_.clear();
}

// EXEC: what was queued becomes one transaction of the (empty) batch, which runs next.
void Session::execute_transaction() {
  if (transaction_failed_) {
    discard_transaction();
    return reply().error(kExecAbort);
  }
  executing_ = std::exchange(queued_, {});
  batch_.begin_transaction(std::exchange(watched_, {}));
  std::vector<std::string_view> views;
  for (const QueuedCall& call : executing_) {
    views.assign(call.args.begin(), call.args.end());
    batch_.add(*call.spec, db_, views);
  }
  batch_.end_transaction();
  discard_transaction();
}

io::Task<void> Session::run_batch() {
  if (batch_.empty()) co_return;
  submission_.begin();
  door_.engine.keyspace().submit(submission_);
  if (!submission_.finished()) co_await submission_.event.wait();
  if (!submission_.status) {
    refuse_batch(submission_.status);
  } else {
    const bool wrote = batch_.has_writes();
    if (wrote && door_.settings.durability() == Durability::disk) {
      co_await wait_durable(submission_.lsn);
    }
    take_replies();
    if (wrote) door_.blocked.serve(door_.engine.keyspace().keyspace());
    if (batch_.blocked()) co_await wait_for_keys();
  }
  batch_.clear();
  own_replies_.clear();
  executing_.clear();
}

io::Task<void> Session::wait_durable(Lsn lsn) {
  if (door_.engine.is_durable(lsn, Durability::disk)) co_return;
  io::Event durable;
  Status verdict;
  door_.engine.when_durable(lsn, Durability::disk, [&](Status status) {
    verdict = std::move(status);
    durable.set();
  });
  co_await durable.wait();
  if (!verdict) {
    replies_.clear();
    refuse_batch(verdict);
  }
}

void Session::take_replies() {
  if (reply_mode_ == ReplyMode::on) {
    connection_.output().append(replies_);
  } else if (reply_mode_ == ReplyMode::skip_next) {
    reply_mode_ = ReplyMode::skip;
  } else if (reply_mode_ == ReplyMode::skip) {
    reply_mode_ = ReplyMode::on;
  }
  replies_.clear();
}

// Nothing of the batch was done: each of its calls gets the error.
void Session::refuse_batch(const Status& status) {
  const std::string text = write_refused(status.error());
  const std::size_t calls = batch_.call_count();
  for (std::size_t i = 0; i < calls; ++i) reply().error(text);
}

io::Task<void> Session::wait_for_keys() {
  auto& keyspace = door_.engine.keyspace().keyspace();
  const std::vector<std::string_view> args(blocking_args_.begin(), blocking_args_.end());
  const auto client = std::make_shared<BlockedClient>();
  client->connection = id();
  for (const std::size_t at : keyspace::key_positions(*blocking_spec_, args)) {
    client->keys.push_back({db_, blocking_args_[at]});
  }
  const double timeout_s = blocking_timeout_s(*blocking_spec_, args);
  bool timed_out = false;
  io::Timer timer(connection_.executor(), [&] {
    timed_out = true;
    client->woken.set();
  });
  if (timeout_s > 0) timer.start(Nanoseconds(static_cast<std::int64_t>(timeout_s * 1e9)));
  {
    const auto lock = keyspace.lock();
    door_.blocked.add(client, keyspace);
  }
  // What is written while the client waits must not be lost: tried once more after registering.
  client->woken.set();
  // Replies of the calls before the blocking one leave now.
  co_await connection_.flush();
  const CancelToken draining = connection_.drain_token();
  bool gone = false;
  const CancelCallback on_hang_up(connection_.token(), [&] {
    gone = true;
    client->woken.set();
  });
  while (co_await client->woken.wait(draining)) {
    if (timed_out || client->unblocked || gone) break;
    batch_.clear();
    batch_.add(*blocking_spec_, db_, args);
    submission_.begin();
    door_.engine.keyspace().submit(submission_);
    if (!submission_.finished()) co_await submission_.event.wait();
    if (!submission_.status || !batch_.blocked()) break;
  }
  {
    const auto lock = keyspace.lock();
    door_.blocked.remove(client, keyspace);
  }
  if (!submission_.status) {
    refuse_batch(submission_.status);
  } else if (!batch_.blocked()) {
    take_replies();
    for (const auto& key : client->keys) door_.blocked.wake_first(key);
    door_.blocked.serve(keyspace);
  } else if (client->unblock_with_error) {
    reply().error("UNBLOCKED client unblocked via CLIENT UNBLOCK");
  } else if (timed_out || client->unblocked) {
    const bool single = blocking_spec_->name == "blmove" || blocking_spec_->name == "brpoplpush";
    single ? reply().null() : reply().null_array();
  } else {
    closing_ = true;
  }
}

// --- State that commands change ---

void Session::select(unsigned db) {
  db_ = db;
  connection_.info().set_attribute("db", std::to_string(db));
}

void Session::set_protocol(int version) {
  protocol_ = version;
  batch_.set_protocol(version);
  mailbox_->protocol = version;
  connection_.info().set_attribute("resp", std::to_string(version));
}

std::string Session::authenticate(std::string_view user, std::string_view password) {
  const bool is_default = user == "default";
  const std::string required = door_.settings.get("requirepass");
  const auto state = door_.engine.catalog();
  const auto* found = state->find_user(is_default ? catalog::kAdminName : user);
  constexpr std::string_view kWrong =
      "WRONGPASS invalid username-password pair or user is disabled.";
  const bool right =
      is_default && !required.empty()
          ? password == required
          : found != nullptr && (found->credentials.empty_password
                                     ? is_default
                                     : catalog::password_matches(found->credentials, password));
  if (!right) return std::string(kWrong);
  authenticated_ = true;
  user_ = user;
  connection_.info().set_attribute("user", user_);
  return {};
}

void Session::reset() {
  discard_transaction();
  for (const auto kind : {ChannelKind::channel, ChannelKind::pattern, ChannelKind::shard}) {
    for (const auto& name : std::exchange(subscriptions_[static_cast<std::size_t>(kind)], {})) {
      door_.pubsub.unsubscribe(kind, name, mailbox_);
    }
  }
  select(0);
  set_protocol(2);
  reply_mode_ = ReplyMode::on;
  user_ = "default";
  const auto* admin = door_.engine.catalog()->find_user(catalog::kAdminName);
  authenticated_ = door_.settings.get("requirepass").empty() &&
                   (admin == nullptr || admin->credentials.empty_password);
}

void Session::watch(std::string_view key) {
  auto& keyspace = door_.engine.keyspace().keyspace();
  const auto lock = keyspace.lock();
  const std::int64_t now_ms = system_clock().wall_ns() / 1'000'000;
  watched_.push_back({db_, std::string(key), keyspace.version_of(db_, key, now_ms)});
}

void Session::subscribe(ChannelKind kind, std::string_view name) {
  subscriptions_[static_cast<std::size_t>(kind)].emplace(name);
  door_.pubsub.subscribe(kind, name, mailbox_);
}

void Session::unsubscribe(ChannelKind kind, std::string_view name) {
  auto& names = subscriptions_[static_cast<std::size_t>(kind)];
  if (const auto it = names.find(name); it != names.end()) names.erase(it);
  door_.pubsub.unsubscribe(kind, name, mailbox_);
}

std::size_t Session::subscription_count() const {
  return subscriptions_[0].size() + subscriptions_[1].size() + subscriptions_[2].size();
}

}  // namespace octavo::redis
