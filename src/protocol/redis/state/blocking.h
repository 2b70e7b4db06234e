#pragma once

// Clients that wait for keys (BLPOP and the like), first come first served per key.
//
// When a key got something, the clients that wait for it are looked at in their order: each that
// could be served now is told to try, down to the first that would take what it gets. Whoever has
// tried, or has stopped waiting for whatever reason, has its keys offered to the others again: so
// nobody waits while there is something for it.

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

struct BlockedClient {
  protocol::Alarm woken;
  std::uint64_t connection = 0;
  std::vector<keyspace::WaitedKey> keys;
  bool takes = true;  // what it gets is gone for others

  // Of BlockedClients, guarded by its mutex.
  std::optional<std::size_t> ready;  // which of `keys` to try
  WaitEnd end = WaitEnd::none;
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

  // False when that connection does not wait.
  bool unblock(std::uint64_t connection, bool with_error);
  std::size_t count() const { return count_.load(std::memory_order_relaxed); }

 private:
  void keys_ready(const keyspace::Keyspace& keyspace, std::span<const keyspace::KeyRef> keys,
                  std::int64_t now_ms) override;
  static std::string name_of(unsigned db, std::string_view key);
  // With both mutexes held.
  void offer(unsigned db, const std::string& key, std::int64_t now_ms) OCTAVO_REQUIRES(mutex_);
  void offer_keys_of(const BlockedClient& client) OCTAVO_REQUIRES(mutex_);
  void look_again(BlockedClient& client, std::size_t at, keyspace::WaitState state);

  keyspace::Keyspace& keyspace_;
  std::function<std::int64_t()> now_ms_;
  mutable Mutex mutex_;  // taken after the keyspace's
  std::unordered_map<std::string, std::deque<BlockedClientPtr>> waiting_ OCTAVO_GUARDED_BY(mutex_);
  std::atomic<std::size_t> count_{0};
};

}  // namespace octavo::redis
