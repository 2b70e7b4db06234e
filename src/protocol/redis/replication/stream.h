#pragma once

// The stream of effects that copies follow: bytes with offsets from its beginning, of which the
// last are kept. Thread-safe.

#include <cstdint>
#include <deque>

#include "base/bytes.h"
#include "base/memory_pool.h"
#include "base/mutex.h"

namespace octavo::redis {

class ReplicationStream {
 public:
  // What is kept is noted in `pool`.
  explicit ReplicationStream(MemoryPool& pool) : pool_(pool) {}
  ~ReplicationStream();
  ReplicationStream(const ReplicationStream&) = delete;
  ReplicationStream& operator=(const ReplicationStream&) = delete;

  struct Extent {
    std::uint64_t begin = 0;  // of what is kept
    std::uint64_t end = 0;    // of all
  };
  Extent extent() const;
  std::uint64_t end() const { return extent().end; }

  void append(BytesView bytes);
  // Appends to `out` what lies at `offset`, about `max_bytes` of it. False: it is not kept any
  // more.
  bool read(std::uint64_t offset, std::size_t max_bytes, Bytes& out) const;
  // Nothing is kept, and what comes next is at `offset`.
  void reset(std::uint64_t offset);
  // Lets go of what is in front of `offset`.
  void forget(std::uint64_t offset);

 private:
  static constexpr std::size_t kBlockBytes = 16 * 1024;

  MemoryPool& pool_;
  mutable Mutex mutex_;
  std::deque<Bytes> blocks_ OCTAVO_GUARDED_BY(mutex_);
  Extent extent_ OCTAVO_GUARDED_BY(mutex_);
};

}  // namespace octavo::redis
