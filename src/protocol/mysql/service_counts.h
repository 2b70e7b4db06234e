#pragma once

// What a service counts over all its clients. Thread-safe.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace octavo::mysql {

// Prepared statements, which there may be so many of.
class PreparedCount {
 public:
  explicit PreparedCount(std::size_t most) : most_(most) {}

  bool take() {
    if (count_.fetch_add(1, std::memory_order_relaxed) < most()) return true;
    give_back();
    return false;
  }
  void give_back() { count_.fetch_sub(1, std::memory_order_relaxed); }
  std::size_t count() const { return count_.load(std::memory_order_relaxed); }
  std::size_t most() const { return most_.load(std::memory_order_relaxed); }
  // Those that there are already stay.
  void set_most(std::size_t most) { most_.store(most, std::memory_order_relaxed); }

 private:
  std::atomic<std::size_t> most_;
  std::atomic<std::size_t> count_{0};
};

// One of them, given back with this.
class PreparedPlace {
 public:
  explicit PreparedPlace(PreparedCount& all) : all_(all.take() ? &all : nullptr) {}
  PreparedPlace(PreparedPlace&& other) noexcept : all_(std::exchange(other.all_, nullptr)) {}
  PreparedPlace& operator=(PreparedPlace&&) = delete;
  ~PreparedPlace() {
    if (all_ != nullptr) all_->give_back();
  }
  bool taken() const { return all_ != nullptr; }

 private:
  PreparedCount* all_;
};

constexpr std::size_t kMaxPreparedStatements = 16'382;

struct ServiceCounts {
  PreparedCount prepared{kMaxPreparedStatements};
  std::atomic<std::uint64_t> questions{0};
};

}  // namespace octavo::mysql
