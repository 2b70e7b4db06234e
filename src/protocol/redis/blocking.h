#pragma once

// Clients that wait for keys (BLPOP and the like), first come first served per key. A client that
// is woken tries its command again; when it got something and the key may hold more, the next one
// is woken.

#include <atomic>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "io/event.h"
#include "keyspace/keyspace.h"

namespace octavo::redis {

struct BlockedClient {
  io::Event woken;
  bool unblock_with_error = false;  // CLIENT UNBLOCK … ERROR
  bool unblocked = false;           // CLIENT UNBLOCK
  std::uint64_t connection = 0;
  std::vector<keyspace::KeyRef> keys;
};
using BlockedClientPtr = std::shared_ptr<BlockedClient>;

class BlockedClients {
 public:
  // With the keyspace's lock held, so that no change slips in between the failed try and the wait.
  void add(const BlockedClientPtr& client, keyspace::Keyspace& keyspace);
  void remove(const BlockedClientPtr& client, keyspace::Keyspace& keyspace);

  // Wakes the clients of keys that got something; cheap when nobody waits.
  void serve(keyspace::Keyspace& keyspace);
  // Wakes the first client that waits for the key.
  void wake_first(const keyspace::KeyRef& key);
  // False when that connection does not wait.
  bool unblock(std::uint64_t connection, bool with_error);

  std::size_t count() const { return count_.load(std::memory_order_relaxed); }

 private:
  static std::string name_of(const keyspace::KeyRef& key);

  mutable std::mutex mutex_;
  std::unordered_map<std::string, std::deque<BlockedClientPtr>> waiting_;
  std::atomic<std::size_t> count_{0};
};

}  // namespace octavo::redis
