#pragma once

// Snapshots of a keyspace at one log position, as blocks with checksums
// (docs/formats/keyspace-snapshot.md).
//
// Writing runs beside commands: the Snapshotter takes the keyspace's mutex for moments, and a key
// that is about to change before its turn is written first. Large values are pinned and written
// without the mutex. What comes out is the state at the moment of construction. One snapshot of a
// keyspace at a time.

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/lsn.h"
#include "base/memory_pool.h"
#include "base/result.h"
#include "keyspace/keyspace.h"

namespace octavo::keyspace {

struct SnapshotHeader {
  LsnVector at;              // of the last record that is in the snapshot, with all before it
  std::int64_t time_ns = 0;  // of the last record that is
};

class Snapshotter final : public SnapshotHook {
 public:
  // With the keyspace's mutex held, so that `header.at` is what the keyspace has applied. Keys as
  // they were, that wait to be written, are noted in `waiting`.
  Snapshotter(Keyspace& keyspace, const SnapshotHeader& header, MemoryPool* waiting = nullptr);
  // Ends the snapshot, finished or not. Takes the mutex.
  ~Snapshotter() override;
  Snapshotter(const Snapshotter&) = delete;
  Snapshotter& operator=(const Snapshotter&) = delete;

  // Appends the next part of the file to `out`: about `target_bytes`, more when single keys are
  // larger. False when the file is complete. Takes the mutex for moments, with pauses in between.
  bool step(Bytes& out, std::size_t target_bytes);

  std::uint64_t keys_written() const { return keys_written_; }
  std::uint64_t keys_total() const { return keys_total_; }

  void before_change(unsigned db, KeyEntry& entry) override;
  std::unique_ptr<KeyMap> before_discard(std::unique_ptr<KeyMap> keys) override;

 private:
  struct Source {
    unsigned db;                   // at the start; SWAPDB may give it another number
    const KeyMap* keys;            // null when it is done, or was flushed after its last key
    std::uint32_t left;            // positions below are still to be visited
    std::unique_ptr<KeyMap> kept;  // when its database was flushed meanwhile
  };

  void visit_some(std::size_t bytes);
  void queue_pending();
  void take_queued(std::vector<Bytes>& blocks, std::size_t bytes);
  bool more() const { return current_ < sources_.size() || !full_.empty() || !pending_.empty(); }
  void put_key(Bytes& out, unsigned db, KeyEntry& entry);
  void write_entry(unsigned db, KeyEntry& entry);
  void begin_large(unsigned db, KeyEntry& entry);
  Bytes finish_large();

  Keyspace& keyspace_;
  std::uint32_t epoch_;
  MemoryPool* waiting_;
  Bytes header_;
  Bytes libraries_;
  Bytes origin_;
  std::vector<Source> sources_;
  std::size_t current_ = 0;
  Bytes pending_;           // entries not yet in a block
  std::deque<Bytes> full_;  // that became large enough for a block, in pieces: while a file is
                            // synced much may come together
  Bytes large_key_;         // of a value that is written without the mutex; empty: none
  Object large_;            // its alias, pinned
  std::uint64_t keys_written_ = 0;
  std::uint64_t keys_total_ = 0;
  bool started_ = false;
  bool finished_ = false;
};

// Fills an empty keyspace from the bytes of a snapshot, given in pieces of any size.
class SnapshotLoader {
 public:
  explicit SnapshotLoader(Keyspace& keyspace) : keyspace_(keyspace) {}

  // Code::corrupt names the offset of the bad block.
  Status feed(BytesView bytes);
  // After the last piece: whether the file was complete.
  Status finish();

  const SnapshotHeader& header() const { return header_; }

 private:
  Status take_block(BytesView payload);
  Status take_header(ByteReader reader);
  Status take_entries(ByteReader reader);
  Status take_libraries(ByteReader reader);
  Status take_origin(ByteReader reader);
  Status take_footer(ByteReader reader);
  std::unexpected<Error> damaged(std::string_view what) const;
  std::unexpected<Error> unknown(const std::string& what) const;

  Keyspace& keyspace_;
  SnapshotHeader header_;
  Bytes buffer_;              // an incomplete block
  std::uint64_t offset_ = 0;  // of the block, in the file
  std::uint64_t keys_loaded_ = 0;
  bool magic_seen_ = false;
  bool header_seen_ = false;
  bool footer_seen_ = false;
};

}  // namespace octavo::keyspace
