#pragma once

// CLIENT TRACKING: which connections keep what they have read, and are told when it changes.
//
// A connection that reads a key is put down for it, at the moment that its reply is true of; the
// next change of the key, by whomever and over whichever protocol, tells it and takes it off again.
// One in broadcast mode is told of all keys with its prefixes instead, and nothing is put down for
// it. Messages are posted to the I/O threads of their receivers (mailbox.h): who reads slowly holds
// nobody up.
//
// What is put down has a share of the memory of connections, and `set_max_keys` as a limit. Beyond
// either, keys are given up like changed ones: their readers are told.

#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/mutex.h"
#include "base/random.h"
#include "keyspace/keyspace.h"
#include "keyspace/observer.h"
#include "protocol/redis/state/mailbox.h"

namespace octavo::redis {

struct TrackingMode {
  bool broadcast = false;
  bool opt_in = false;
  bool opt_out = false;
  bool no_loop = false;                         // is not told of its own changes
  std::uint64_t redirect = 0;                   // the connection that is told instead; 0: none
  std::set<std::string, std::less<>> prefixes;  // of broadcast; an empty one: all keys
};

class Tracking final : public keyspace::KeyspaceObserver {
 public:
  Tracking(const keyspace::Keyspace& keyspace, keyspace::Observers& observers, MemoryPool& pool);
  ~Tracking() override;

  // Every connection: others may be told through it. Without the keyspace's mutex.
  void connected(std::uint64_t id, const MailboxPtr& mailbox);
  void gone(std::uint64_t id);
  bool is_connected(std::uint64_t id) const;

  // --- with the keyspace's mutex held ---
  // Also when it is on: `mode` takes the place of the earlier one. `session` is what batches of
  // that connection are run for.
  void enable(std::uint64_t id, const void* session, TrackingMode mode);
  void disable(std::uint64_t id);
  // That it has read these just now.
  void remember(std::uint64_t id, unsigned db, std::span<const std::string_view> keys);

  // Whether the connection that is told instead of this one has gone.
  bool is_broken(std::uint64_t id) const;
  void set_max_keys(std::size_t count);  // 0: no limit

  struct Totals {
    std::size_t clients = 0;
    std::size_t keys = 0;
    std::size_t items = 0;  // keys, once for each of their readers
    std::size_t prefixes = 0;
  };
  Totals totals() const;

  void about_to_change(unsigned db, std::string_view key) override;
  void changed(unsigned, std::string_view, keyspace::EventClass, std::string_view) override {}
  void about_to_flush(unsigned db) override;
  void about_to_swap(unsigned first, unsigned second) override;
  void operation_done() override;

 private:
  struct Client {
    const void* session = nullptr;
    MailboxPtr mailbox;
    TrackingMode mode;
    bool broken = false;
  };
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>()(text);
    }
  };
  using Readers = std::vector<std::uint64_t>;  // connections, ascending
  using Keys = std::unordered_map<std::string, Readers, Hash, std::equal_to<>>;
  struct Table {
    Keys keys;
    std::size_t items = 0;  // of all their readers
  };
  // What is said, made at most once for those who are told themselves and those told for others.
  struct Notice {
    std::string keys;  // an array in RESP; empty: all of them
    MessagePtr direct;
    MessagePtr redirected;
  };

  Notice notice_of(std::span<const std::string_view> keys) const;
  void tell(Client& client, Notice& notice) OCTAVO_REQUIRES(mutex_);
  void invalidate(unsigned db, Keys::iterator at, const void* writer) OCTAVO_REQUIRES(mutex_);
  void note_broadcast(unsigned db, std::string_view key) OCTAVO_REQUIRES(mutex_);
  void tell_broadcast() OCTAVO_REQUIRES(mutex_);
  void tell_flush() OCTAVO_REQUIRES(mutex_);
  void give_up_one() OCTAVO_REQUIRES(mutex_);
  void limit_keys() OCTAVO_REQUIRES(mutex_);
  void drop_all(Table& table) OCTAVO_REQUIRES(mutex_);
  void free_some() OCTAVO_REQUIRES(mutex_);
  bool put_down(std::uint64_t id, unsigned db, std::string_view key) OCTAVO_REQUIRES(mutex_);
  void leave(std::uint64_t id, const Client& client) OCTAVO_REQUIRES(mutex_);

  const keyspace::Keyspace& keyspace_;
  keyspace::Observers& observers_;
  MemoryPool& pool_;
  mutable Mutex mutex_;  // taken after the keyspace's
  std::unordered_map<std::uint64_t, MailboxPtr> connections_ OCTAVO_GUARDED_BY(mutex_);
  std::unordered_map<std::uint64_t, Client> clients_ OCTAVO_GUARDED_BY(mutex_);
  std::vector<Table> tables_ OCTAVO_GUARDED_BY(mutex_);  // of each database
  std::vector<Keys> garbage_ OCTAVO_GUARDED_BY(mutex_);  // of flushed ones: freed piece by piece
  MemoryReservation reserved_ OCTAVO_GUARDED_BY(mutex_);
  std::size_t keys_ OCTAVO_GUARDED_BY(mutex_) = 0;
  std::size_t max_keys_ OCTAVO_GUARDED_BY(mutex_) = 0;
  std::map<std::string, std::set<std::uint64_t>, std::less<>> prefixes_ OCTAVO_GUARDED_BY(mutex_);
  std::map<std::size_t, std::size_t> prefix_lengths_
      OCTAVO_GUARDED_BY(mutex_);  // and how many have it
  // Of the running operation.
  std::map<std::pair<std::string, unsigned>, std::set<std::string, std::less<>>> broadcast_
      OCTAVO_GUARDED_BY(mutex_);
  keyspace::DatabaseSet flushed_ OCTAVO_GUARDED_BY(mutex_) = keyspace::kNoDatabases;
  Delivery delivery_ OCTAVO_GUARDED_BY(mutex_);
};

}  // namespace octavo::redis
