#include "base/memory_pool.h"

#include <fmt/format.h>

#include "base/assert.h"

namespace octavo {

MemoryPool::MemoryPool(std::string name, std::size_t limit_bytes, MemoryPool* parent)
    : name_(std::move(name)), parent_(parent), limit_(limit_bytes) {}

MemoryPool::~MemoryPool() { ASSERT(used() == 0); }

bool MemoryPool::try_add(std::size_t bytes) noexcept {
  const std::size_t limit = this->limit();
  std::size_t used = used_.load(std::memory_order_relaxed);
  do {
    // `used` may be above the limit, by what was forced or after the limit was lowered.
    if (used > limit || bytes > limit - used) return false;
  } while (!used_.compare_exchange_weak(used, used + bytes, std::memory_order_relaxed));
  return true;
}

Status MemoryPool::reserve(std::size_t bytes) {
  if (!try_add(bytes)) {
    return fail(Code::resource_exhausted,
                fmt::format("{} ({} MiB) is used up", name_, limit() / kMiB));
  }
  if (parent_ == nullptr) return {};
  Status above = parent_->reserve(bytes);
  if (!above) used_.fetch_sub(bytes, std::memory_order_relaxed);
  return above;
}

void MemoryPool::release(std::size_t bytes) noexcept {
  for (MemoryPool* pool = this; pool != nullptr; pool = pool->parent_) {
    const std::size_t before = pool->used_.fetch_sub(bytes, std::memory_order_relaxed);
    ASSERT(before >= bytes);
  }
}

void MemoryPool::force(std::size_t bytes) noexcept {
  for (MemoryPool* pool = this; pool != nullptr; pool = pool->parent_) {
    pool->used_.fetch_add(bytes, std::memory_order_relaxed);
  }
}

MemoryReservation::MemoryReservation(MemoryReservation&& other) noexcept
    : pool_(other.pool_),
      used_(std::exchange(other.used_, 0)),
      reserved_(std::exchange(other.reserved_, 0)) {}

MemoryReservation& MemoryReservation::operator=(MemoryReservation&& other) noexcept {
  std::swap(pool_, other.pool_);
  std::swap(used_, other.used_);
  std::swap(reserved_, other.reserved_);
  return *this;
}

Status MemoryReservation::grow_from_pool(std::size_t bytes) {
  const std::size_t missing = bytes - (reserved_ - used_);
  // A whole step where there is room for it, exactly what is missing where there is not.
  const std::size_t step = missing < kStepBytes ? kStepBytes : missing;
  std::size_t taken = step;
  if (Status whole_step = pool_->reserve(step); !whole_step) {
    if (step == missing) return whole_step;
    TRY_STATUS(pool_->reserve(missing));
    taken = missing;
  }
  reserved_ += taken;
  used_ += bytes;
  return {};
}

void MemoryReservation::shrink(std::size_t bytes) noexcept {
  ASSERT(bytes <= used_);
  used_ -= bytes;
  // Keeps up to a step, so that an owner that grows and shrinks by little stays off the pool.
  if (const std::size_t spare = reserved_ - used_; spare > 2 * kStepBytes) {
    pool_->release(spare - kStepBytes);
    reserved_ -= spare - kStepBytes;
  }
}

Status MemoryReservation::resize(std::size_t bytes) {
  if (bytes >= used_) return grow(bytes - used_);
  shrink(used_ - bytes);
  return {};
}

}  // namespace octavo
