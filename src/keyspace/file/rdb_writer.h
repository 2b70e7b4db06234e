#pragma once

// An RDB file of all keys as they were at one moment, as Redis 7.0 writes it, made while commands
// go on: a key that is about to change before its turn is written first, and large values are
// pinned and written without the keyspace's mutex. Several may be under way, beside a snapshot.

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/memory_pool.h"
#include "base/result.h"
#include "keyspace/keyspace.h"

namespace octavo::keyspace {

class RdbWriter final : private KeyspaceObserver {
 public:
  struct Options {
    // What the file tells of itself, behind what every file does.
    std::vector<std::pair<std::string, std::string>> notes;
    // Of keys as they were, that wait for `step`, and of names that have to be remembered.
    std::size_t max_waiting_bytes = 64 * kMiB;
    std::int64_t wall_s = 0;  // when it was made
  };
  // With the keyspace's mutex held: this is the moment. What waits is noted in `waiting`.
  RdbWriter(Keyspace& keyspace, Observers& observers, MemoryPool& waiting, Options options);
  // Takes the mutex.
  ~RdbWriter() override;
  RdbWriter(const RdbWriter&) = delete;
  RdbWriter& operator=(const RdbWriter&) = delete;

  // Appends the next part: about `target_bytes`, more when a single key is larger. False when the
  // file is complete. `resource_exhausted`: more changed meanwhile than may wait; `conflict`: a
  // database was flushed, so that what it had is no more. Takes the mutex for moments, with pauses
  // in between: not for an I/O thread.
  Result<bool> step(Bytes& out, std::size_t target_bytes);

  std::uint64_t keys_written() const { return keys_written_; }

 private:
  struct Source {
    unsigned db;                // at the moment
    unsigned db_now;            // SWAPDB may have given it another number
    const KeyMap* keys;         // null: it was flushed
    std::uint32_t left;         // positions below are still to be visited
    std::uint32_t size;         // at the moment
    std::uint32_t mortal_size;  // likewise: keys that expire
    // Keys that were written and are, or may come, in front of `left`.
    std::unordered_set<std::string> written;
  };

  void about_to_change(unsigned db, std::string_view key) override;
  void changed(unsigned, std::string_view, EventClass, std::string_view) override {}
  void about_to_flush(unsigned db) override;
  void about_to_swap(unsigned first, unsigned second) override;
  void operation_done() override {}

  Source* source_of(unsigned db_now);
  bool is_due(const Source& source, const KeyEntry& entry) const;
  void remember(Source& source, std::string_view key);
  void visit_some(std::size_t bytes);
  void put_head(const Options& options);
  void put_key(const Source& source, const KeyEntry& entry, const Object& value, Bytes& out);
  void put_database(const Source& source, Bytes& out);
  void note_waiting();
  void finish_large();

  Keyspace& keyspace_;
  Observers& observers_;
  MemoryPool& pool_;
  const std::size_t max_waiting_bytes_;
  std::uint64_t last_version_;  // what is above it has changed since
  std::vector<Source> sources_;
  std::size_t current_ = 0;
  const Source* selected_ = nullptr;  // the database that the file is in
  Bytes waiting_;                     // made, and not taken by `step`
  std::size_t noted_bytes_ = 0;       // of the pool
  std::size_t names_bytes_ = 0;       // of `written`
  // A value that is written without the mutex: pinned.
  const Source* large_source_ = nullptr;
  std::string large_key_;
  std::int64_t large_expiry_ms_ = kNoExpiry;
  Object large_;
  Status status_;
  std::uint64_t checksum_ = 0;
  std::uint64_t keys_written_ = 0;
  bool finished_ = false;
};

}  // namespace octavo::keyspace
