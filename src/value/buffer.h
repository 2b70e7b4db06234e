#pragma once

// Memory of vectors. Like the blocks of values (value/account.h) it is charged to the account in
// use when it is allocated, which throws OutOfMemory when that cannot have it, and given back when
// it is freed, on whatever thread.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <new>
#include <utility>

#include "base/assert.h"

namespace octavo::value {

// Aligned for any type; `bytes` of it are at hand, not initialised.
void* allocate_charged(std::size_t bytes);
void free_charged(void* memory) noexcept;

// A counted reference to a T in charged memory; T has a member `std::atomic<std::uint32_t>
// references{1}`. Copies may go to other threads; what they refer to is then not changed any more.
template <class T>
class Ref {
 public:
  Ref() = default;
  Ref(const Ref& other) noexcept : target_(other.target_) {
    if (target_ != nullptr) target_->references.fetch_add(1, std::memory_order_relaxed);
  }
  Ref(Ref&& other) noexcept : target_(std::exchange(other.target_, nullptr)) {}
  Ref& operator=(Ref other) noexcept {
    std::swap(target_, other.target_);
    return *this;
  }
  ~Ref() {
    if (target_ == nullptr || target_->references.fetch_sub(1, std::memory_order_acq_rel) != 1) {
      return;
    }
    target_->~T();
    free_charged(target_);
  }

  static Ref make() {
    void* const memory = allocate_charged(sizeof(T));
    static_assert(std::is_nothrow_default_constructible_v<T>);
    Ref made;
    made.target_ = new (memory) T;
    return made;
  }

  explicit operator bool() const { return target_ != nullptr; }
  T* get() const { return target_; }
  T& operator*() const { return *target_; }
  T* operator->() const { return target_; }
  // Whether this is the only reference: then the target may be changed.
  bool is_alone() const {
    return target_ != nullptr && target_->references.load(std::memory_order_acquire) == 1;
  }

 private:
  T* target_ = nullptr;
};

// Bytes of a fixed size. Moved, not copied: what shares a buffer shares what holds it.
class Buffer {
 public:
  Buffer() = default;
  explicit Buffer(std::size_t bytes)
      : data_(static_cast<char*>(allocate_charged(bytes))), bytes_(bytes) {}
  Buffer(Buffer&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}
  Buffer& operator=(Buffer&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  ~Buffer() {
    if (data_ != nullptr) free_charged(data_);
  }

  explicit operator bool() const { return data_ != nullptr; }
  char* data() const { return data_; }
  std::size_t bytes() const { return bytes_; }
  template <class T>
  T* as() const {
    return reinterpret_cast<T*>(data_);
  }

 private:
  char* data_ = nullptr;
  std::size_t bytes_ = 0;
};

}  // namespace octavo::value
