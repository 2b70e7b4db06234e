#include "protocol/redis/state/blocking.h"

#include <algorithm>
#include <utility>

namespace octavo::redis {

BlockedClients::BlockedClients(keyspace::Keyspace& keyspace, std::function<std::int64_t()> now_ms)
    : keyspace_(keyspace), now_ms_(std::move(now_ms)) {
  const auto lock = keyspace_.lock();
  keyspace_.set_waiters_hook(this);
}

BlockedClients::~BlockedClients() {
  const auto lock = keyspace_.lock();
  keyspace_.set_waiters_hook(nullptr);
}

std::string BlockedClients::name_of(unsigned db, std::string_view key) {
  std::string name;
  name.push_back(static_cast<char>(db));
  name.append(key);
  return name;
}

void BlockedClients::add(const BlockedClientPtr& client) {
  const auto keyspace_lock = keyspace_.lock();
  const MutexLock lock(mutex_);
  count_.fetch_add(1, std::memory_order_relaxed);
  for (const auto& key : client->keys) {
    auto& queue = waiting_[name_of(key.db, key.key)];
    if (std::ranges::find(queue, client) != queue.end()) continue;
    queue.push_back(client);
    keyspace_.add_waiter(key.db, key.key);
  }
  if (client->session != nullptr) by_session_[client->session] = client;
  offer_keys_of(*client, nullptr);
}

void BlockedClients::remove(const BlockedClientPtr& client) {
  const auto keyspace_lock = keyspace_.lock();
  const MutexLock lock(mutex_);
  count_.fetch_sub(1, std::memory_order_relaxed);
  for (const auto& key : client->keys) {
    const auto it = waiting_.find(name_of(key.db, key.key));
    if (it == waiting_.end() || std::erase(it->second, client) == 0) continue;
    keyspace_.remove_waiter(key.db, key.key);
    if (it->second.empty()) waiting_.erase(it);
  }
  by_session_.erase(client->session);
  pass_on(client);
}

// Others are told before it counts as done: what one set going is not over in between.
void BlockedClients::pass_on(const BlockedClientPtr& client) {
  const TriesPtr cause = std::exchange(client->cause, nullptr);
  offer_keys_of(*client, cause);
  if (cause != nullptr && --cause->left == 0) cause->over.ring();
}

WaitEnd BlockedClients::end_of(const BlockedClient& client) const {
  const MutexLock lock(mutex_);
  return client.end;
}

std::optional<std::size_t> BlockedClients::ready_key(const BlockedClient& client) const {
  const MutexLock lock(mutex_);
  return client.ready;
}

void BlockedClients::tried(const BlockedClientPtr& client) {
  const auto keyspace_lock = keyspace_.lock();
  const MutexLock lock(mutex_);
  client->ready.reset();
  pass_on(client);
}

bool BlockedClients::awaits(unsigned db, std::string_view key) const {
  if (count() == 0) return false;
  const MutexLock lock(mutex_);
  return waiting_.contains(name_of(db, key));
}

TriesPtr BlockedClients::take_tries(const void* session) {
  if (!any_tries()) return nullptr;
  const MutexLock lock(mutex_);
  const auto found = tries_.find(session);
  if (found == tries_.end()) return nullptr;
  TriesPtr tries = std::move(found->second);
  tries_.erase(found);
  tries_count_.store(tries_.size(), std::memory_order_relaxed);
  return tries->left == 0 ? nullptr : tries;
}

// What a client that tries sets going belongs to what has told it.
TriesPtr BlockedClients::cause_of(const void* session) {
  if (session == nullptr) return nullptr;
  const auto tries = by_session_.find(session);
  if (tries != by_session_.end()) return tries->second->cause;
  TriesPtr& own = tries_[session];
  if (own == nullptr) own = std::make_shared<Tries>();
  tries_count_.store(tries_.size(), std::memory_order_relaxed);
  return own;
}

void BlockedClients::keys_ready(const keyspace::Keyspace& keyspace,
                                std::span<const keyspace::KeyRef> keys, std::int64_t now_ms) {
  const MutexLock lock(mutex_);
  const TriesPtr cause = cause_of(keyspace.running_session());
  for (const auto& key : keys) offer(key.db, key.key, now_ms, cause);
}

void BlockedClients::offer_keys_of(const BlockedClient& client, const TriesPtr& cause) {
  const std::int64_t now_ms = now_ms_();
  for (const auto& key : client.keys) offer(key.db, key.key, now_ms, cause);
}

void BlockedClients::offer(unsigned db, const std::string& key, std::int64_t now_ms,
                           const TriesPtr& cause) {
  const auto it = waiting_.find(name_of(db, key));
  if (it == waiting_.end()) return;
  for (const auto& client : it->second) {
    const auto waited = std::ranges::find_if(
        client->keys, [&](const auto& one) { return one.db == db && one.key == key; });
    const auto state = keyspace::wait_state(keyspace_, *waited, now_ms);
    if (state == keyspace::WaitState::nothing) {
      note_if_expired(db, key, now_ms);
      continue;
    }
    look_again(client, static_cast<std::size_t>(waited - client->keys.begin()), state, cause);
    if (state == keyspace::WaitState::ready && client->takes) return;
  }
}

// Whoever waits has asked for it.
void BlockedClients::note_if_expired(unsigned db, const std::string& key, std::int64_t now_ms) {
  const keyspace::KeyEntry* entry = keyspace_.database(db).find(key);
  if (entry != nullptr && entry->expired_at(now_ms)) keyspace_.met_expired(db, *entry);
}

void BlockedClients::look_again(const BlockedClientPtr& client, std::size_t at,
                                keyspace::WaitState state, const TriesPtr& cause) {
  if (state == keyspace::WaitState::ready) {
    if (!client->ready) client->ready = at;
  } else if (client->end == WaitEnd::none) {
    client->end = state == keyspace::WaitState::key_gone ? WaitEnd::key_gone : WaitEnd::group_gone;
  }
  if (cause != nullptr && client->cause == nullptr) {
    client->cause = cause;
    ++cause->left;
  }
  client->woken.ring();
}

bool BlockedClients::unblock(std::uint64_t connection, bool with_error) {
  const MutexLock lock(mutex_);
  for (const auto& [name, queue] : waiting_) {
    for (const auto& client : queue) {
      if (client->connection != connection) continue;
      client->end = with_error ? WaitEnd::unblocked_with_error : WaitEnd::unblocked;
      client->woken.ring();
      return true;
    }
  }
  return false;
}

}  // namespace octavo::redis
