#pragma once

// Records in memory, in chunks that stay where they are while somebody reads them. Encoded as on
// disk, so that the same parser and the same rules apply.

#include <memory>
#include <vector>

#include "base/mutex.h"
#include "base/result.h"
#include "log/commit_log.h"
#include "log/delivery.h"

namespace octavo::log {

class MemoryStore {
 public:
  explicit MemoryStore(std::size_t chunk_bytes) : chunk_bytes_(chunk_bytes) {}

  // One appender at a time; readers at the same time see what was appended before they were told.
  RecordView append(const RecordHeader& header, std::span<const BytesView> payload);

  struct Chunk {
    std::uint64_t start = 0;
    std::uint64_t previous_end = 0;
    std::uint64_t end = 0;  // after the last record
    std::uint64_t capacity = 0;
    std::int64_t last_time_ns = 0;
    std::unique_ptr<std::uint64_t[]> words;  // aligned as records are
    char* at(std::uint64_t offset) const {
      return reinterpret_cast<char*>(words.get()) + (offset - start);
    }
  };
  // The chunk in which `offset` is or which continues what ends there.
  Result<std::shared_ptr<const Chunk>> find(std::uint64_t offset) const;

  std::uint64_t head() const;
  std::uint64_t tail() const;
  std::uint64_t bytes_between(std::uint64_t from, std::uint64_t to) const;
  void trim(std::uint64_t upto);
  std::uint64_t retention_point(const RetentionPolicy& policy, std::int64_t now_ns) const;
  // Forgets the records from `offset` on; what follows is at offsets never used before.
  void lose_after(std::uint64_t offset);
  std::uint64_t bytes() const;
  std::uint64_t chunks() const;

 private:
  Chunk& room_for(std::uint64_t size) OCTAVO_REQUIRES(mutex_);

  const std::size_t chunk_bytes_;
  mutable Mutex mutex_;
  std::vector<std::shared_ptr<Chunk>> chunks_ OCTAVO_GUARDED_BY(mutex_);
  std::uint64_t tail_ OCTAVO_GUARDED_BY(mutex_) = kFirstMemoryOffset;
  std::uint64_t previous_end_ OCTAVO_GUARDED_BY(mutex_) = kFirstMemoryOffset;

  static constexpr std::uint64_t kFirstMemoryOffset = 4096;
};

class MemoryReader final : public Reader {
 public:
  MemoryReader(const MemoryStore& store, Delivery& delivery, Lsn from)
      : store_(store), delivery_(delivery), position_(from) {}
  ~MemoryReader() override { delivery_.wakers().disarm(this); }

  Status seek();
  void set_limit(std::uint64_t limit) { limit_ = limit; }

  Result<std::optional<RecordView>> next() override;
  void notify_on_append(std::move_only_function<void()> wake) override;
  Lsn position() const override { return position_; }

 private:
  std::uint64_t limit() const { return limit_ ? *limit_ : delivery_.tail_offset(); }
  void move_to(std::uint64_t offset) { position_ = lsn_at(generation_of(position_), offset); }
  Status enter_chunk();
  Expected<ParsedRecord, RecordFault> parse_here() const;

  const MemoryStore& store_;
  Delivery& delivery_;
  Lsn position_;
  std::optional<std::uint64_t> limit_;
  std::shared_ptr<const MemoryStore::Chunk> chunk_;
};

}  // namespace octavo::log
