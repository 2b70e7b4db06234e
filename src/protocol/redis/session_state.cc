// What commands change of a dialogue.

#include <algorithm>

#include "base/clock.h"
#include "keyspace/type/numbers.h"
#include "protocol/redis/commands.h"
#include "protocol/redis/replica_feed.h"
#include "protocol/redis/session.h"
#include "protocol/redis/state/client_filter.h"

namespace octavo::redis {
namespace {

// Of a name in a set of the session and in a table of the service, beside its bytes.
constexpr std::size_t kSubscriptionBytes = 256;

std::size_t memory_of(std::string_view name) { return kSubscriptionBytes + 2 * name.size(); }

}  // namespace

std::optional<unsigned> Session::database_of(std::string_view text) const {
  const auto number = keyspace::parse_int64(text);
  const unsigned count = service_.engine.keyspace().keyspace().database_count();
  if (!number || *number < 0 || *number >= count) return std::nullopt;
  return static_cast<unsigned>(*number);
}

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

// Whose rights count from now on; nobody's when empty.
void Session::become(std::string_view user) {
  caller_.set_user(user);
  acl_version_ = 0;
  look_at_rights();
}

void Session::look_at_rights() {
  if (!authenticated_ || closing_) return;
  const AclUser* const rules = acl();
  const auto may = [&](std::string_view command) {
    const keyspace::CommandSpec& spec = *all_commands().find(command);
    return caller_.may(spec, db_, {}) && (rules == nullptr || rules->allows(spec));
  };
  const bool exists = caller_.is_administrator() || caller_.rights().user_exists;
  mailbox_->readable.store(caller_.rights().read, std::memory_order_relaxed);
  const bool may_watch = (!monitoring_ || may("monitor")) && (feed_ == nullptr || may("psync"));
  if (!exists || !may_listen() || !may_watch) connection_.abort();
  if (waiting_ != nullptr) waiting_->woken.ring();
}

// To all that it does listen to.
bool Session::may_listen() {
  if (subscription_count() == 0) return true;
  if (!caller_.may(*all_commands().find("subscribe"), db_, {})) return false;
  const AclUser* const rules = acl();
  if (rules == nullptr) return true;
  for (const auto kind : {ChannelKind::channel, ChannelKind::pattern, ChannelKind::shard}) {
    for (const auto& name : subscriptions(kind)) {
      if (!rules->allows_channel(name, kind == ChannelKind::pattern)) return false;
    }
  }
  return true;
}

const AclUser* Session::acl() {
  const std::uint64_t now = service_.engine.access().version();
  if (now == acl_version_) return acl_.get();
  acl_version_ = now;
  acl_ = acl_of(*service_.engine.catalog(), caller_.user());
  return acl_.get();
}

std::string Session::denial(const keyspace::CommandSpec& spec, unsigned db, keyspace::Args args) {
  const keyspace::CommandSpec& row = called_row(spec, args);
  if (const AclUser* const rules = acl()) {
    const auto [denied, argument] = rules->judge(spec, row, args);
    switch (denied) {
      case AclUser::Denied::nothing:
        if (std::string why = rules->refused_option(spec, args); !why.empty()) return why;
        break;
      case AclUser::Denied::command:
        note_denial(AclDenial::Reason::command, row.name, user_);
        return keyspace::no_permission(row);
      case AclUser::Denied::key:
        note_denial(AclDenial::Reason::key, args[argument], user_);
        return "NOPERM this user has no permissions to access one of the keys used as arguments";
      case AclUser::Denied::channel:
        note_denial(AclDenial::Reason::channel, args[argument], user_);
        return "NOPERM this user has no permissions to access one of the channels used as "
               "arguments";
    }
  }
  if (caller_.may(spec, db, args)) return {};
  note_denial(AclDenial::Reason::command, row.name, user_);
  return keyspace::no_permission(row);
}

void Session::note_denial(AclDenial::Reason reason, std::string_view object,
                          std::string_view user) {
  AclDenial denial{.reason = reason, .in_transaction = in_transaction_};
  denial.object = object;
  denial.username = user;
  denial.client = describe_client(connection_.info());
  denial.wall_ms = system_clock().wall_ns() / 1'000'000;
  const auto limit = keyspace::parse_int64(service_.settings.get("acllog-max-len")).value_or(0);
  service_.acl_log.add(std::move(denial), static_cast<std::size_t>(limit));
}

// Errors that no handler of a batch wrote, for INFO.
void Session::note_error(std::string_view text) {
  auto& keyspace = service_.engine.keyspace().keyspace();
  const auto lock = keyspace.lock();
  keyspace.stats().count_error(text);
}

void Session::reset() {
  discard_transaction();
  for (const auto kind : {ChannelKind::channel, ChannelKind::pattern, ChannelKind::shard}) {
    for (const auto& name : std::exchange(subscriptions_[static_cast<std::size_t>(kind)], {})) {
      service_.pubsub.unsubscribe(kind, name, mailbox_);
    }
  }
  subscribed_memory_ = 0;
  if (std::exchange(monitoring_, false)) service_.monitors.remove(mailbox_);
  if (tracking_) {
    const auto lock = service_.engine.keyspace().keyspace().lock();
    stop_tracking();
  }
  select(0);
  set_protocol(2);
  connection_.info().set_attribute("name", "");
  reply_mode_ = ReplyMode::on;
  no_evict_ = false;
  no_touch_ = false;
  batch_.set_touches(true);
  reads_replicas_ = false;
  user_ = kDefaultUser;
  authenticated_ = open_to_all();
  become(authenticated_ ? catalog::kAdminName : std::string_view());
  show_flags();
}

void Session::monitor() {
  if (std::exchange(monitoring_, true)) return;
  service_.monitors.add(mailbox_);
  show_flags();
}

void Session::track(TrackingMode mode) {
  if (tracking_) mode.prefixes.insert(tracking_->prefixes.begin(), tracking_->prefixes.end());
  tracking_ = std::move(mode);
  service_.tracking.enable(id(), this, *tracking_);
  batch_.observe_reads(this);
  show_flags();
}

void Session::stop_tracking() {
  if (!tracking_) return;
  service_.tracking.disable(id());
  tracking_.reset();
  exception_ = Exception::none;
  batch_.observe_reads(nullptr);
  show_flags();
}

void Session::set_no_evict(bool on) {
  no_evict_ = on;
  show_flags();
}

void Session::set_no_touch(bool on) {
  no_touch_ = on;
  batch_.set_touches(!on);
  show_flags();
}

// The letters of CLIENT LIST.
std::string Session::flags() const {
  std::string flags;
  if (feed_ != nullptr) flags += 'S';
  if (monitoring_) flags += 'O';
  if (subscription_count() > 0) flags += 'P';
  if (in_transaction_) flags += 'x';
  if (no_evict_) flags += 'e';
  if (no_touch_) flags += 'T';
  if (tracking_) flags += 't';
  if (tracking_ && tracking_->broadcast) flags += 'B';
  if (waiting_ != nullptr) flags += 'b';
  return flags;
}

// With the numbers of subscriptions.
void Session::show_flags() {
  auto& info = connection_.info();
  info.set_attribute("flags", flags());
  info.set_attribute("sub", std::to_string(subscriptions(ChannelKind::channel).size()));
  info.set_attribute("psub", std::to_string(subscriptions(ChannelKind::pattern).size()));
  info.set_attribute("ssub", std::to_string(subscriptions(ChannelKind::shard).size()));
  info.set_attribute("redir", tracking_ ? std::to_string(tracking_->redirect) : "-1");
  mailbox_->subscribed = subscription_count() > 0;
  look_at_settings();
}

// Who listens must keep up, and may be silent for as long as it likes.
void Session::look_at_settings() {
  const bool listens = subscription_count() > 0;
  const OutputLimit output = service_.settings.output_limit(listens);
  protocol::ConnectionLimits limits = connection_.limits();
  limits.max_input_bytes = service_.settings.query_buffer_bytes();
  limits.max_output_bytes = output.hard_bytes;
  limits.soft_output_bytes = output.soft_bytes;
  limits.soft_output_time = std::chrono::seconds(output.soft_seconds);
  limits.idle_timeout = std::chrono::seconds(
      listens || monitoring_ || feed_ != nullptr ? 0 : service_.settings.idle_seconds());
  if (limits != connection_.limits()) connection_.set_limits(limits);
}

// --- Transactions ---

void Session::begin_transaction() {
  in_transaction_ = true;
  queued_db_ = db_;
}

void Session::discard_transaction() {
  in_transaction_ = false;
  transaction_failed_ = false;
  queued_.clear();
  queued_bytes_ = 0;
  queued_memory_ = 0;
  queued_slot_.reset();
  unwatch();
}

// EXEC: what was queued becomes one transaction of the (empty) batch, which runs next.
void Session::execute_transaction() {
  if (transaction_failed_) {
    discard_transaction();
    return reply().error("EXECABORT Transaction discarded because of previous errors.");
  }
  if (mixes_role_and_writes()) {
    discard_transaction();
    return reply().error(
        "EXECABORT Transaction discarded because of: REPLICAOF and writes cannot be in one.");
  }
  executing_ = std::exchange(queued_, {});
  batch_.begin_transaction(std::exchange(watched_, {}));
  watched_memory_ = 0;
  std::vector<std::string_view> views;
  for (const QueuedCall& call : executing_) {
    views.assign(call.args.begin(), call.args.end());
    // Rights may have gone since it was queued: it answers with an error in its place.
    if (std::string why = denial(*call.spec, call.db, views); !why.empty()) {
      refusals_.push_back(std::move(why));
      const std::string_view refusal[] = {refusals_.back()};
      batch_.add(keyspace::refused_call(), call.db, refusal);
      continue;
    }
    if (call.before != nullptr) {
      const std::string_view reply[] = {call.reply};
      batch_.add(keyspace::answered_call(), call.db, reply);
      continue;
    }
    add_call(*call.spec, call.db, views);
  }
  batch_.end_transaction();
  discard_transaction();
}

// Whether what is queued would be written, or refused, depends on its place there.
bool Session::mixes_role_and_writes() const {
  const auto decides = [](const QueuedCall& call) {
    return call.before != nullptr && call.before->decides_writing;
  };
  return std::ranges::any_of(queued_, decides) &&
         std::ranges::any_of(queued_, [](const QueuedCall& call) { return call.spec->is_write(); });
}

void Session::watch(std::string_view key) {
  auto& keyspace = service_.engine.keyspace().keyspace();
  const auto lock = keyspace.lock();
  const std::int64_t now_ms = service_.engine.keyspace().now_ms();
  watched_.push_back({db_, std::string(key), keyspace.version_of(db_, key, now_ms)});
  watched_memory_ += sizeof(keyspace::WatchGuard) + key.size();
}

bool Session::watched_keys_hold() {
  auto& keyspace = service_.engine.keyspace().keyspace();
  const auto lock = keyspace.lock();
  return keyspace.guards_hold(watched_, service_.engine.keyspace().now_ms());
}

void Session::unwatch() {
  std::vector<keyspace::WatchGuard>().swap(watched_);
  watched_memory_ = 0;
}

// --- Subscriptions ---

void Session::subscribe(ChannelKind kind, std::string_view name) {
  const bool fresh = subscriptions_[static_cast<std::size_t>(kind)].emplace(name).second;
  if (fresh) subscribed_memory_ += memory_of(name);
  service_.pubsub.subscribe(kind, name, mailbox_);
  show_flags();
}

void Session::unsubscribe(ChannelKind kind, std::string_view name) {
  auto& names = subscriptions_[static_cast<std::size_t>(kind)];
  if (const auto it = names.find(name); it != names.end()) {
    names.erase(it);
    subscribed_memory_ -= memory_of(name);
  }
  service_.pubsub.unsubscribe(kind, name, mailbox_);
  show_flags();
}

std::size_t Session::subscription_count() const {
  return subscriptions_[0].size() + subscriptions_[1].size() + subscriptions_[2].size();
}

}  // namespace octavo::redis
