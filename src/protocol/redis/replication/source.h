#pragma once

// What follows this server's keys: replicas of it. While there are some, and for a time after the
// last has gone, what is written goes into a stream of effects that they read, each at its place.
// While this server follows another one, the stream is that one's, byte for byte, so that whoever
// has a place in it can go on here, there, and at others that follow. Thread-safe.

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "keyspace/keyspace.h"
#include "protocol/common/alarm.h"
#include "protocol/redis/replication/effects.h"
#include "protocol/redis/replication/stream.h"

namespace octavo::redis {

enum class ReplicaPhase : std::uint8_t { waiting, snapshot, online };

// One that follows. What it has said of itself does not change once it is there.
struct Replica {
  std::uint64_t connection = 0;
  std::string host;
  std::uint16_t port = 0;         // where it can be reached itself; 0: it did not say
  bool takes_any_length = false;  // of a snapshot: until a mark
  bool only_snapshot = false;

  std::atomic<ReplicaPhase> phase{ReplicaPhase::waiting};
  std::atomic<std::uint64_t> position{0};  // of the stream: what was sent
  std::atomic<std::uint64_t> acknowledged{0};
  std::atomic<std::int64_t> acknowledged_ns{0};  // when, by the monotonic clock
  std::atomic<bool> heard{false};                // that it has its snapshot
  std::atomic<bool> too_slow{false};             // has to go
  std::atomic<bool> dismissed{false};            // has to come again: the stream is another one
  protocol::Alarm news;
};
using ReplicaPtr = std::shared_ptr<Replica>;

class ReplicationSource final : private keyspace::WriteListener,
                                private keyspace::KeyspaceObserver {
 public:
  struct Limits {
    std::size_t backlog_bytes = 1 << 20;    // kept for those that come back
    std::int64_t backlog_seconds = 3600;    // after the last has gone; 0: for ever
    std::size_t max_lag_bytes = 256 << 20;  // who is behind by more has to go; 0: nobody
  };

  // `id`: 40 hex digits that name the stream.
  ReplicationSource(keyspace::Keyspace& keyspace, keyspace::Observers& observers, MemoryPool& pool,
                    std::string id);
  ~ReplicationSource() override;

  // The name of the stream, 40 hex digits; and the one that it had before, up to which place.
  struct Names {
    std::string id;
    std::string earlier;  // empty: it had none
    std::uint64_t earlier_end = 0;
  };
  Names names() const;
  std::string id() const { return names().id; }
  void set_limits(const Limits& limits);

  // With the keyspace's mutex held: what is written from now on comes behind what is returned. Not
  // while another server's stream is relayed: who begins then begins where the keys are.
  std::uint64_t begin_locked();
  // What was published, which is no write, with that mutex. It takes its place among what the
  // running operation has done; where none runs, `flush_locked` puts it into the stream.
  void published_locked(unsigned db, keyspace::Args words);
  void flush_locked() { operation_done(); }

  // --- while this server follows another one ---
  // With the keyspace's mutex held, when nothing is written any more: the stream stays as it is,
  // and whatever is written here is not in it. False: there was none of ours.
  bool leave_off_locked();
  // The master's stream goes on here behind `offset` under that name. Who follows has to come again
  // when the name is another one; and takes a snapshot where something is missing in between.
  void relay_from(std::string_view id, std::uint64_t offset);
  void relay(BytesView bytes);
  // The keys are about to be others: nobody can go on.
  void abandon();
  // With the keyspace's mutex held: what is written here from now on is in the stream, whose name
  // is `id` from here. Nothing where there is none.
  void lead_locked(std::string id);

  // Whether a replica can go on at `offset`; it is added then, online.
  bool go_on(const ReplicaPtr& replica, std::string_view id, std::uint64_t offset);
  void add(const ReplicaPtr& replica);
  void remove(const ReplicaPtr& replica);

  // The next bytes for a replica; false: it has to go.
  bool next(Replica& replica, std::size_t max_bytes, Bytes& out);
  void acknowledge(Replica& replica, std::uint64_t offset);

  // A sign of life, when one is due.
  void tick(Nanoseconds ping_period);
  // Asks all how far they are.
  void ask();

  std::vector<ReplicaPtr> replicas() const;
  std::size_t count_at(std::uint64_t offset) const;  // of those that have acknowledged it
  // Rung at each acknowledgement, while it is there.
  void add_waiter(protocol::Alarm& alarm);
  void remove_waiter(protocol::Alarm& alarm);

  // Whether there is a stream.
  bool active() const { return mode() != Mode::none; }
  // Of what is written here.
  bool is_own() const { return mode() == Mode::own; }
  ReplicationStream::Extent extent() const { return stream_.extent(); }

  struct Counts {
    std::atomic<std::uint64_t> full{0};
    std::atomic<std::uint64_t> partial{0};
    std::atomic<std::uint64_t> partial_refused{0};
  };
  Counts counts;

 private:
  enum class Mode : std::uint8_t { none, own, relayed };

  Mode mode() const { return mode_.load(std::memory_order_acquire); }
  // With the keyspace's mutex held.
  void listen();
  void written(unsigned db, const keyspace::CommandSpec& spec, keyspace::Args args,
               std::string_view reply) override;
  void about_to_change(unsigned db, std::string_view key) override;
  void changed(unsigned db, std::string_view key, keyspace::EventClass kind,
               std::string_view event) override;
  void fields_expired(unsigned db, std::string_view key,
                      std::span<const std::string_view> fields) override;
  void about_to_flush(unsigned) override {}
  void about_to_swap(unsigned, unsigned) override {}
  void operation_done() override;
  std::uint64_t state_version() const;

  void append(BytesView bytes);
  void note(const ReplicaPtr& replica) OCTAVO_REQUIRES(mutex_);
  void dismiss_all() OCTAVO_REQUIRES(mutex_);
  void end();
  bool is_forgotten() const;

  keyspace::Keyspace& keyspace_;
  keyspace::Observers& observers_;
  ReplicationStream stream_;
  std::atomic<Mode> mode_{Mode::none};

  // With the keyspace's mutex held:
  EffectList effects_;         // of the running operation
  std::uint64_t version_ = 0;  // state_version after the last effect
  bool touched_ = false;       // a key since then, perhaps without a new version
  unsigned selected_ = ~0U;    // the database that the stream is in

  mutable Mutex mutex_;
  Names names_ OCTAVO_GUARDED_BY(mutex_);
  Limits limits_ OCTAVO_GUARDED_BY(mutex_);
  std::vector<ReplicaPtr> replicas_ OCTAVO_GUARDED_BY(mutex_);
  std::vector<protocol::Alarm*> waiters_ OCTAVO_GUARDED_BY(mutex_);
  std::int64_t last_ping_ns_ OCTAVO_GUARDED_BY(mutex_) = 0;
  std::atomic<std::int64_t> alone_since_ns_{0};  // 0: somebody follows
  std::atomic<std::int64_t> backlog_ns_{0};      // of the limits
};

}  // namespace octavo::redis
