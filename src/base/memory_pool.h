#pragma once

// Bytes that are shared out: a tree of pools, with the process at its root, and reservations at its
// leaves. What is reserved in a pool is reserved in every pool above it, so that the root's `used`
// is one total and its limit holds for all of them together.
//
//   MemoryPool process("memory", 512 * kMiB);
//   MemoryPool queries("the memory of all queries", 128 * kMiB, &process);
//   MemoryReservation mine(queries);
//   TRY_STATUS(mine.grow(row.memory_bytes()));   // before the bytes are allocated
//
// A pool counts, it does not allocate. Pools are used from any thread; a reservation from one at a
// time. A pool must outlive its reservations and the pools below it.

#include <atomic>
#include <cstddef>
#include <string>

#include "base/limits.h"
#include "base/result.h"

namespace octavo {

class MemoryPool {
 public:
  // `name` completes "... is used up" in messages to clients.
  MemoryPool(std::string name, std::size_t limit_bytes, MemoryPool* parent = nullptr);
  MemoryPool(const MemoryPool&) = delete;
  MemoryPool& operator=(const MemoryPool&) = delete;
  ~MemoryPool();  // nothing may be reserved any more

  // All of it or nothing, here and in every pool above: `resource_exhausted`.
  Status reserve(std::size_t bytes);
  void release(std::size_t bytes) noexcept;
  // For what exists already and cannot be refused. Later requests meet the limit all the same.
  void force(std::size_t bytes) noexcept;

  std::size_t used() const noexcept { return used_.load(std::memory_order_relaxed); }
  std::size_t limit() const noexcept { return limit_.load(std::memory_order_relaxed); }
  void set_limit(std::size_t bytes) noexcept { limit_.store(bytes, std::memory_order_relaxed); }
  const std::string& name() const noexcept { return name_; }

  // Where owners who hold little may take from when this pool, or one above it, has no room: a pool
  // that nobody else uses. Set before others use this one; null: there is none.
  void set_reserve(MemoryPool* reserve) noexcept { reserve_ = reserve; }
  MemoryPool* reserve_pool() const noexcept { return reserve_; }

 private:
  bool try_add(std::size_t bytes) noexcept;

  const std::string name_;
  MemoryPool* const parent_;
  MemoryPool* reserve_ = nullptr;
  std::atomic<std::size_t> limit_;
  std::atomic<std::size_t> used_{0};
};

// What one owner holds of a pool. It takes from the pool in steps, so that counting each value of
// a query touches no shared counter; up to one step more than `used` is therefore reserved.
class [[nodiscard]] MemoryReservation {
 public:
  static constexpr std::size_t kStepBytes = 64 * kKiB;

  explicit MemoryReservation(MemoryPool& pool) : pool_(&pool) {}
  MemoryReservation(MemoryReservation&& other) noexcept;
  MemoryReservation& operator=(MemoryReservation&& other) noexcept;
  ~MemoryReservation() { pool_->release(reserved_); }

  Status grow(std::size_t bytes) {
    if (bytes <= reserved_ - used_) {
      used_ += bytes;
      return {};
    }
    return grow_from_pool(bytes);
  }
  void shrink(std::size_t bytes) noexcept;
  // Grows or shrinks to `bytes` in all.
  Status resize(std::size_t bytes);

  std::size_t used() const noexcept { return used_; }
  MemoryPool& pool() const noexcept { return *pool_; }

 private:
  Status grow_from_pool(std::size_t bytes);

  MemoryPool* pool_;
  std::size_t used_ = 0;
  std::size_t reserved_ = 0;  // of the pool; at least `used_`
};

}  // namespace octavo
