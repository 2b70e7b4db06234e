#include "protocol/redis/state/tracking.h"

#include <algorithm>
#include <utility>

#include "keyspace/reply.h"

namespace octavo::redis {
namespace {

constexpr std::string_view kPushHead = ">2\r\n$10\r\ninvalidate\r\n";
constexpr std::string_view kMessageHead = "*3\r\n$7\r\nmessage\r\n$20\r\n__redis__:invalidate\r\n";
constexpr std::string_view kPushAll = ">2\r\n$10\r\ninvalidate\r\n_\r\n";
constexpr std::string_view kMessageAll =
    "*3\r\n$7\r\nmessage\r\n$20\r\n__redis__:invalidate\r\n$-1\r\n";

// What a key that is put down takes beside its name, and each of its readers.
constexpr std::size_t kKeyBytes = 128;
constexpr std::size_t kReaderBytes = sizeof(std::uint64_t);
constexpr std::size_t kFreedAtOnce = 16;
constexpr int kTries = 64;  // at a bucket that holds something

std::size_t bytes_of(std::string_view key, std::size_t readers) {
  return kKeyBytes + key.size() + readers * kReaderBytes;
}

}  // namespace

Tracking::Tracking(const keyspace::Keyspace& keyspace, keyspace::Observers& observers,
                   MemoryPool& pool)
    : keyspace_(keyspace),
      observers_(observers),
      pool_(pool),
      tables_(keyspace.database_count()),
      reserved_(pool) {}

Tracking::~Tracking() {
  bool listens = false;
  {
    const MutexLock lock(mutex_);
    listens = !clients_.empty();
  }
  if (listens) observers_.remove_listener(*this);
}

void Tracking::connected(std::uint64_t id, const MailboxPtr& mailbox) {
  const MutexLock lock(mutex_);
  free_some();
  connections_.emplace(id, mailbox);
}

void Tracking::gone(std::uint64_t id) {
  const MutexLock lock(mutex_);
  connections_.erase(id);
}

bool Tracking::is_connected(std::uint64_t id) const {
  const MutexLock lock(mutex_);
  return connections_.contains(id);
}

void Tracking::leave(std::uint64_t id, const Client& client) {
  for (const std::string& prefix : client.mode.prefixes) {
    const auto at = prefixes_.find(prefix);
    at->second.erase(id);
    if (!at->second.empty()) continue;
    prefixes_.erase(at);
    const auto length = prefix_lengths_.find(prefix.size());
    if (--length->second == 0) prefix_lengths_.erase(length);
  }
}

void Tracking::enable(std::uint64_t id, const void* session, TrackingMode mode) {
  const MutexLock lock(mutex_);
  if (clients_.empty()) observers_.add_listener_locked(*this);
  Client& client = clients_[id];
  if (client.mailbox != nullptr) leave(id, client);
  client = {session, connections_.at(id), std::move(mode), false};
  for (const std::string& prefix : client.mode.prefixes) {
    const auto [at, fresh] = prefixes_.try_emplace(prefix);
    if (fresh) ++prefix_lengths_[prefix.size()];
    at->second.insert(id);
  }
}

// What was put down for it goes with the keys, one after the other.
void Tracking::disable(std::uint64_t id) {
  const MutexLock lock(mutex_);
  const auto found = clients_.find(id);
  if (found == clients_.end()) return;
  leave(id, found->second);
  clients_.erase(found);
  if (!clients_.empty()) return;
  observers_.remove_listener_locked(*this);
  // Nobody is left who could be told.
  for (Table& table : tables_) drop_all(table);
  broadcast_.clear();
  delivery_.send();
}

// Freeing many keys takes its time: it is done little by little.
void Tracking::drop_all(Table& table) {
  if (table.keys.empty()) return;
  keys_ -= table.keys.size();
  garbage_.push_back(std::move(table.keys));
  table = {};
}

void Tracking::remember(std::uint64_t id, unsigned db, std::span<const std::string_view> keys) {
  const MutexLock lock(mutex_);
  free_some();
  for (const std::string_view key : keys) {
    bool placed = put_down(id, db, key);
    while (!placed && keys_ > 0) {
      give_up_one();
      placed = put_down(id, db, key);
    }
    if (placed) continue;
    // There is no room at all: what was read is given up at once.
    Notice notice = notice_of(std::span(&key, 1));
    if (const auto client = clients_.find(id); client != clients_.end()) {
      tell(client->second, notice);
    }
  }
  limit_keys();
  delivery_.send();
}

// False when there is no memory for it.
bool Tracking::put_down(std::uint64_t id, unsigned db, std::string_view key) {
  Table& table = tables_[db];
  const auto at = table.keys.find(key);
  if (at == table.keys.end()) {
    if (!reserved_.grow(bytes_of(key, 1))) return false;
    table.keys.emplace(key, Readers{id});
    ++keys_;
    ++table.items;
    return true;
  }
  Readers& readers = at->second;
  const auto place = std::ranges::lower_bound(readers, id);
  if (place != readers.end() && *place == id) return true;
  if (!reserved_.grow(kReaderBytes)) return false;
  readers.insert(place, id);
  ++table.items;
  return true;
}

Tracking::Notice Tracking::notice_of(std::span<const std::string_view> keys) const {
  Notice notice;
  keyspace::Reply reply(notice.keys);
  reply.array_header(keys.size());
  for (const std::string_view key : keys) reply.bulk(key);
  return notice;
}

void Tracking::tell(Client& client, Notice& notice) {
  const bool redirected = client.mode.redirect != 0;
  const MailboxPtr* mailbox = &client.mailbox;
  if (redirected) {
    const auto other = connections_.find(client.mode.redirect);
    if (other == connections_.end()) {
      client.broken = true;
      std::string text;
      keyspace::Reply reply(text, 3);
      reply.push_header(2);
      reply.bulk("tracking-redir-broken");
      reply.integer(static_cast<std::int64_t>(client.mode.redirect));
      const std::size_t bytes = text.size();
      delivery_.add(client.mailbox,
                    std::make_shared<const Message>(pool_, std::move(text), bytes, ""));
      return;
    }
    mailbox = &other->second;
  }
  MessagePtr& message = redirected ? notice.redirected : notice.direct;
  if (message == nullptr) {
    const bool all = notice.keys.empty();
    const std::string_view head = all ? kPushAll : kPushHead;
    const std::string_view resp2 = all ? kMessageAll : kMessageHead;
    message = std::make_shared<const Message>(pool_, std::string(head) + notice.keys, head.size(),
                                              redirected ? resp2 : std::string_view());
  }
  delivery_.add(*mailbox, message);
}

void Tracking::invalidate(unsigned db, Keys::iterator at, const void* writer) {
  const std::string_view key = at->first;
  Notice notice = notice_of(std::span(&key, 1));
  for (const std::uint64_t id : at->second) {
    const auto found = clients_.find(id);
    if (found == clients_.end()) continue;
    Client& client = found->second;
    if (client.mode.broadcast) continue;
    if (client.mode.no_loop && writer != nullptr && writer == client.session) continue;
    // Who may not read the database any more hears nothing of it.
    const auto readable = client.mailbox->readable.load(std::memory_order_relaxed);
    if ((readable & keyspace::database_bit(db)) == 0) continue;
    tell(client, notice);
  }
  tables_[db].items -= at->second.size();
  --keys_;
  reserved_.shrink(bytes_of(key, at->second.size()));
  tables_[db].keys.erase(at);
}

void Tracking::note_broadcast(unsigned db, std::string_view key) {
  for (const auto& [length, count] : prefix_lengths_) {
    if (length > key.size()) break;
    const auto at = prefixes_.find(key.substr(0, length));
    if (at != prefixes_.end()) broadcast_[{at->first, db}].emplace(key);
  }
}

void Tracking::about_to_change(unsigned db, std::string_view key) {
  const MutexLock lock(mutex_);
  if (!prefix_lengths_.empty()) note_broadcast(db, key);
  const auto at = tables_[db].keys.find(key);
  if (at != tables_[db].keys.end()) invalidate(db, at, keyspace_.running_session());
}

void Tracking::about_to_flush(unsigned db) {
  const MutexLock lock(mutex_);
  flushed_ |= keyspace::database_bit(db);
}

void Tracking::about_to_swap(unsigned first, unsigned second) {
  const MutexLock lock(mutex_);
  flushed_ |= keyspace::database_bit(first) | keyspace::database_bit(second);
}

void Tracking::tell_broadcast() {
  const void* writer = keyspace_.running_session();
  for (const auto& [where, names] : broadcast_) {
    const auto& [prefix, db] = where;
    const auto clients = prefixes_.find(prefix);
    if (clients == prefixes_.end()) continue;
    const std::vector<std::string_view> keys(names.begin(), names.end());
    Notice notice = notice_of(keys);
    for (const std::uint64_t id : clients->second) {
      Client& client = clients_.at(id);
      const auto readable = client.mailbox->readable.load(std::memory_order_relaxed);
      if ((readable & keyspace::database_bit(db)) == 0) continue;
      if (client.mode.no_loop && writer != nullptr && writer == client.session) continue;
      tell(client, notice);
    }
  }
  broadcast_.clear();
}

void Tracking::tell_flush() {
  Notice notice;
  for (auto& [id, client] : clients_) {
    if ((client.mailbox->readable.load(std::memory_order_relaxed) & flushed_) == 0) continue;
    tell(client, notice);
  }
  for (unsigned db = 0; db < tables_.size(); ++db) {
    if ((flushed_ & keyspace::database_bit(db)) != 0) drop_all(tables_[db]);
  }
  flushed_ = keyspace::kNoDatabases;
}

void Tracking::operation_done() {
  const MutexLock lock(mutex_);
  if (flushed_ != keyspace::kNoDatabases) tell_flush();
  if (!broadcast_.empty()) tell_broadcast();
  // Under the lock, so that two changes cannot reach one connection in two orders.
  delivery_.send();
}

// Any of those that are put down.
void Tracking::give_up_one() {
  const auto largest =
      std::ranges::max_element(tables_, {}, [](const Table& one) { return one.keys.size(); });
  Keys& table = largest->keys;
  if (table.empty()) return;
  auto at = table.begin();
  for (int i = 0; i < kTries; ++i) {
    const std::size_t bucket = thread_random()() % table.bucket_count();
    if (table.bucket_size(bucket) == 0) continue;
    at = table.find(table.begin(bucket)->first);
    break;
  }
  invalidate(static_cast<unsigned>(largest - tables_.begin()), at, nullptr);
}

void Tracking::limit_keys() {
  while (max_keys_ > 0 && keys_ > max_keys_) give_up_one();
}

void Tracking::free_some() {
  for (std::size_t i = 0; i < kFreedAtOnce && !garbage_.empty(); ++i) {
    Keys& table = garbage_.back();
    if (table.empty()) {
      garbage_.pop_back();
      continue;
    }
    const auto at = table.begin();
    reserved_.shrink(bytes_of(at->first, at->second.size()));
    table.erase(at);
  }
}

bool Tracking::is_broken(std::uint64_t id) const {
  const MutexLock lock(mutex_);
  const auto found = clients_.find(id);
  return found != clients_.end() && found->second.broken;
}

void Tracking::set_max_keys(std::size_t count) {
  const MutexLock lock(mutex_);
  max_keys_ = count;
  limit_keys();
  delivery_.send();
}

Tracking::Totals Tracking::totals() const {
  const MutexLock lock(mutex_);
  Totals out{clients_.size(), keys_, 0, prefixes_.size()};
  for (const Table& table : tables_) out.items += table.items;
  return out;
}

}  // namespace octavo::redis
