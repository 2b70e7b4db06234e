#pragma once

// Clients that wait for keys (BLPOP and the like), first come first served per key.
//
// When a key got something, the clients that wait for it are looked at in their order: each that
// could be served now is told to try, down to the first that would take what it gets. Whoever has
// tried, or has stopped waiting for whatever reason, has its keys offered to the others again: so
// nobody waits while there is something for it.
//
// Whoever has brought the keys can wait until all those have tried that were told because of it,
// also those that were told because of what these did (BLMOVE): so it goes on, and is answered,
// when its waiters have been served, as in Redis.

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/mutex.h"
#include "keyspace/blocking.h"
#include "keyspace/keyspace.h"
#include "protocol/common/alarm.h"

namespace octavo::redis {

// What ends a wait from outside.
enum class WaitEnd : std::uint8_t { none, unblocked, unblocked_with_error, key_gone, group_gone };

// Clients that were told to try because of what one session did.
struct Tries {
  protocol::Alarm over;  // rung when none is left
  std::size_t left = 0;  // of BlockedClients, guarded by its mutex
};
using TriesPtr = std::shared_ptr<Tries>;

struct BlockedClient {
  protocol::Alarm woken;
  std::uint64_t connection = 0;
  const void* session = nullptr;  // whose batches try for it
  std::vector<keyspace::WaitedKey> keys;
  bool takes = true;  // what it gets is gone for others

  // Of BlockedClients, guarded by its mutex.
  std::optional<std::size_t> ready;  // which of `keys` to try
  WaitEnd end = WaitEnd::none;
  TriesPtr cause;  // while it is told to try
};
using BlockedClientPtr = std::shared_ptr<BlockedClient>;

class BlockedClients final : private keyspace::WaitersHook {
 public:
  // The clock decides what has expired: the one that records have.
  BlockedClients(keyspace::Keyspace& keyspace, std::function<std::int64_t()> now_ms);
  ~BlockedClients() override;
  BlockedClients(const BlockedClients&) = delete;
  BlockedClients& operator=(const BlockedClients&) = delete;

  // These two without the keyspace's mutex. What the client waits for may be there already.
  void add(const BlockedClientPtr& client);
  void remove(const BlockedClientPtr& client);

  // Why the client was woken.
  WaitEnd end_of(const BlockedClient& client) const;
  std::optional<std::size_t> ready_key(const BlockedClient& client) const;
  // It tried and found nothing: without the keyspace's mutex.
  void tried(const BlockedClientPtr& client);

  // Whether somebody waits for that key.
  bool awaits(unsigned db, std::string_view key) const;
  // What a session's last batches have set going; null: nothing.
  TriesPtr take_tries(const void* session);
  bool any_tries() const { return tries_count_.load(std::memory_order_relaxed) != 0; }

  // False when that connection does not wait.
  bool unblock(std::uint64_t connection, bool with_error);
  std::size_t count() const { return count_.load(std::memory_order_relaxed); }

 private:
  void keys_ready(const keyspace::Keyspace& keyspace, std::span<const keyspace::KeyRef> keys,
                  std::int64_t now_ms) override;
  static std::string name_of(unsigned db, std::string_view key);
  // With both mutexes held. `cause`: who is told counts there; null: nobody waits for it.
  void offer(unsigned db, const std::string& key, std::int64_t now_ms, const TriesPtr& cause)
      OCTAVO_REQUIRES(mutex_);
  void note_if_expired(unsigned db, const std::string& key, std::int64_t now_ms);
  void offer_keys_of(const BlockedClient& client, const TriesPtr& cause) OCTAVO_REQUIRES(mutex_);
  void look_again(const BlockedClientPtr& client, std::size_t at, keyspace::WaitState state,
                  const TriesPtr& cause) OCTAVO_REQUIRES(mutex_);
  // It has tried, or gives up, and passes its keys on.
  void pass_on(const BlockedClientPtr& client) OCTAVO_REQUIRES(mutex_);
  TriesPtr cause_of(const void* session) OCTAVO_REQUIRES(mutex_);

  keyspace::Keyspace& keyspace_;
  std::function<std::int64_t()> now_ms_;
  mutable Mutex mutex_;  // taken after the keyspace's
  std::unordered_map<std::string, std::deque<BlockedClientPtr>> waiting_ OCTAVO_GUARDED_BY(mutex_);
  std::unordered_map<const void*, BlockedClientPtr> by_session_ OCTAVO_GUARDED_BY(mutex_);
  std::unordered_map<const void*, TriesPtr> tries_ OCTAVO_GUARDED_BY(mutex_);
  std::atomic<std::size_t> count_{0};
  std::atomic<std::size_t> tries_count_{0};  // of `tries_`
};

}  // namespace octavo::redis
