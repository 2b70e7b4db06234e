#include "protocol/redis/replication/source.h"

#include <algorithm>
#include <string>

namespace octavo::redis {
namespace {

constexpr std::string_view kPing = "*1\r\n$4\r\nPING\r\n";
constexpr std::string_view kBegin = "*1\r\n$5\r\nMULTI\r\n";
constexpr std::string_view kEnd = "*1\r\n$4\r\nEXEC\r\n";
constexpr unsigned kNoDatabase = ~0U;

}  // namespace

ReplicationSource::ReplicationSource(keyspace::Keyspace& keyspace, keyspace::Observers& observers,
                                     MemoryPool& pool, std::string id)
    : keyspace_(keyspace),
      observers_(observers),
      stream_(pool),
      names_{.id = std::move(id), .earlier = {}} {}

ReplicationSource::~ReplicationSource() {
  const auto lock = keyspace_.lock();
  if (is_own()) end();
}

ReplicationSource::Names ReplicationSource::names() const {
  const MutexLock lock(mutex_);
  return names_;
}

void ReplicationSource::set_limits(const Limits& limits) {
  backlog_ns_ = limits.backlog_seconds * 1'000'000'000;
  const MutexLock lock(mutex_);
  limits_ = limits;
}

// --- what is written ---

// Changes of libraries give no key a new version.
std::uint64_t ReplicationSource::state_version() const {
  return keyspace_.version_of_all() + (keyspace_.libraries_version() << 52);
}

std::uint64_t ReplicationSource::begin_locked() {
  if (!is_own()) {
    // A byte that nobody has: offsets that were told before there was a stream are not in it.
    stream_.append("\n");
    stream_.reset(stream_.end());
    listen();
  }
  selected_ = kNoDatabase;  // who begins here has selected none
  return stream_.end();
}

void ReplicationSource::listen() {
  observers_.add_listener_locked(*this);
  keyspace_.set_write_listener(this);
  mode_.store(Mode::own, std::memory_order_release);
  version_ = state_version();
  touched_ = false;
  selected_ = kNoDatabase;
}

void ReplicationSource::end() {
  leave_off_locked();
  mode_.store(Mode::none, std::memory_order_release);
  stream_.reset(stream_.end());
}

void ReplicationSource::published_locked(unsigned db, keyspace::Args words) {
  if (!is_own()) return;
  if (is_forgotten()) return end();
  effects_.add(db, words);
}

void ReplicationSource::about_to_change(unsigned, std::string_view) { touched_ = true; }

void ReplicationSource::changed(unsigned db, std::string_view key, keyspace::EventClass kind,
                                std::string_view) {
  if (kind != keyspace::EventClass::expired && kind != keyspace::EventClass::evicted) return;
  effects_.add(db, {"DEL", key});
  version_ = state_version();
  touched_ = false;
}

void ReplicationSource::fields_expired(unsigned db, std::string_view key,
                                       std::span<const std::string_view> fields) {
  std::vector<std::string_view> words{"HDEL", key};
  words.insert(words.end(), fields.begin(), fields.end());
  effects_.add(db, words);
  version_ = state_version();
  touched_ = false;
}

void ReplicationSource::written(unsigned db, const keyspace::CommandSpec& spec, keyspace::Args args,
                                std::string_view reply) {
  if (is_forgotten()) return end();
  const std::uint64_t now = state_version();
  // Changes of a stream's groups alone give it no new version.
  const bool groups = touched_ && spec.group == "stream";
  const bool any = now != version_ || groups;
  version_ = now;
  touched_ = false;
  if (any) add_effects({keyspace_, db, spec, args, reply}, effects_);
}

void ReplicationSource::operation_done() {
  if (effects_.empty()) return;
  Bytes out;
  const auto select = [&](unsigned db) {
    if (db == selected_) return;
    const std::string number = std::to_string(db);
    put_request(out, {"SELECT", number});
    selected_ = db;
  };
  // As Redis: the first database is chosen before MULTI.
  select(effects_.effects().front().db);
  const bool several = effects_.effects().size() > 1;
  if (several) out += kBegin;
  std::size_t begin = 0;
  for (const auto& [db, end] : effects_.effects()) {
    select(db);
    out += effects_.bytes().substr(begin, end - begin);
    begin = end;
  }
  if (several) out += kEnd;
  effects_.clear();
  append(out);
}

void ReplicationSource::append(BytesView bytes) {
  stream_.append(bytes);
  const MutexLock lock(mutex_);
  const auto [first, end] = stream_.extent();
  std::uint64_t wanted = end;
  for (const ReplicaPtr& replica : replicas_) {
    const std::uint64_t position = replica->position.load(std::memory_order_relaxed);
    // Who begins where the keys are may be in front of what was relayed.
    if (limits_.max_lag_bytes != 0 && end > position && end - position > limits_.max_lag_bytes) {
      replica->too_slow.store(true, std::memory_order_relaxed);
    } else {
      wanted = std::min(wanted, position);
    }
    if (replica->phase.load(std::memory_order_relaxed) == ReplicaPhase::online) {
      replica->news.ring();
    }
  }
  const std::uint64_t kept = end - std::min<std::uint64_t>(limits_.backlog_bytes, end);
  if (std::min(wanted, kept) > first) stream_.forget(std::min(wanted, kept));
}

// --- another server's stream ---

bool ReplicationSource::leave_off_locked() {
  if (!is_own()) return false;
  observers_.remove_listener_locked(*this);
  keyspace_.set_write_listener(nullptr);
  mode_.store(Mode::relayed, std::memory_order_release);
  effects_.clear();
  return true;
}

void ReplicationSource::relay_from(std::string_view id, std::uint64_t offset) {
  const MutexLock lock(mutex_);
  const bool goes_on = mode() == Mode::relayed && stream_.end() == offset;
  if (goes_on && names_.id == id) return;
  if (goes_on) {
    names_ = {.id = std::string(id), .earlier = names_.id, .earlier_end = offset};
  } else {
    names_ = {.id = std::string(id), .earlier = {}};
    stream_.reset(offset);
    mode_.store(Mode::relayed, std::memory_order_release);
  }
  dismiss_all();
}

void ReplicationSource::relay(BytesView bytes) { append(bytes); }

void ReplicationSource::abandon() {
  const MutexLock lock(mutex_);
  mode_.store(Mode::none, std::memory_order_release);
  stream_.reset(stream_.end());
  dismiss_all();
}

void ReplicationSource::lead_locked(std::string id) {
  const MutexLock lock(mutex_);
  if (mode() != Mode::relayed) return;
  names_ = {.id = std::move(id), .earlier = names_.id, .earlier_end = stream_.end()};
  listen();
  if (replicas_.empty()) alone_since_ns_ = system_clock().monotonic_ns();
  dismiss_all();
}

void ReplicationSource::dismiss_all() {
  for (const ReplicaPtr& replica : replicas_) {
    replica->dismissed.store(true, std::memory_order_relaxed);
    replica->news.ring();
  }
}

// --- who follows ---

bool ReplicationSource::go_on(const ReplicaPtr& replica, std::string_view id,
                              std::uint64_t offset) {
  const MutexLock lock(mutex_);
  const auto [first, end] = stream_.extent();
  const bool known =
      id == names_.id || (id == names_.earlier && offset <= names_.earlier_end && !id.empty());
  if (!active() || !known || offset < first || offset > end) return false;
  replica->position = offset;
  replica->acknowledged = offset;
  replica->acknowledged_ns = system_clock().monotonic_ns();
  replica->phase = ReplicaPhase::online;
  note(replica);
  return true;
}

void ReplicationSource::add(const ReplicaPtr& replica) {
  const MutexLock lock(mutex_);
  note(replica);
}

// A sign of life is due a period after the first has come.
void ReplicationSource::note(const ReplicaPtr& replica) {
  if (replicas_.empty()) last_ping_ns_ = system_clock().monotonic_ns();
  replicas_.push_back(replica);
  alone_since_ns_ = 0;
}

void ReplicationSource::remove(const ReplicaPtr& replica) {
  const MutexLock lock(mutex_);
  std::erase(replicas_, replica);
  if (replicas_.empty()) alone_since_ns_ = system_clock().monotonic_ns();
}

bool ReplicationSource::next(Replica& replica, std::size_t max_bytes, Bytes& out) {
  if (replica.too_slow || replica.dismissed) return false;
  const std::size_t before = out.size();
  const std::uint64_t position = replica.position.load(std::memory_order_relaxed);
  if (position > stream_.end()) return true;  // that was not relayed yet
  if (!stream_.read(position, max_bytes, out)) return false;
  replica.position.store(position + out.size() - before, std::memory_order_relaxed);
  return true;
}

void ReplicationSource::acknowledge(Replica& replica, std::uint64_t offset) {
  replica.acknowledged = offset;
  replica.acknowledged_ns = system_clock().monotonic_ns();
  if (!replica.heard.exchange(true)) replica.news.ring();
  const MutexLock lock(mutex_);
  for (protocol::Alarm* waiter : waiters_) waiter->ring();
}

void ReplicationSource::tick(Nanoseconds ping_period) {
  const std::int64_t now_ns = system_clock().monotonic_ns();
  {
    const MutexLock lock(mutex_);
    if (replicas_.empty() || now_ns - last_ping_ns_ < ping_period.count()) return;
    last_ping_ns_ = now_ns;
  }
  const auto lock = keyspace_.lock();
  if (is_own()) append(kPing);
}

// With the keyspace's mutex held. Whether nobody has followed for so long that nobody will go on.
bool ReplicationSource::is_forgotten() const {
  const std::int64_t since_ns = alone_since_ns_.load(std::memory_order_relaxed);
  const std::int64_t limit_ns = backlog_ns_.load(std::memory_order_relaxed);
  return since_ns != 0 && limit_ns > 0 && system_clock().monotonic_ns() - since_ns >= limit_ns;
}

void ReplicationSource::ask() {
  Bytes request;
  put_request(request, {"REPLCONF", "GETACK", "*"});
  const auto lock = keyspace_.lock();
  if (is_own()) append(request);
}

std::vector<ReplicaPtr> ReplicationSource::replicas() const {
  const MutexLock lock(mutex_);
  return replicas_;
}

std::size_t ReplicationSource::count_at(std::uint64_t offset) const {
  const MutexLock lock(mutex_);
  return static_cast<std::size_t>(std::ranges::count_if(replicas_, [&](const ReplicaPtr& one) {
    return one->phase.load() == ReplicaPhase::online && one->acknowledged.load() >= offset;
  }));
}

void ReplicationSource::add_waiter(protocol::Alarm& alarm) {
  const MutexLock lock(mutex_);
  waiters_.push_back(&alarm);
}

void ReplicationSource::remove_waiter(protocol::Alarm& alarm) {
  const MutexLock lock(mutex_);
  std::erase(waiters_, &alarm);
}

}  // namespace octavo::redis
