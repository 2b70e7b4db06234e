#pragma once

// Failures on demand, for the tests of drivers: configureFailPoint, where the setting
// mongodb-test-commands allows it.

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/mutex.h"
#include "base/result.h"
#include "value/value.h"

namespace octavo::mongodb {

// What shall happen to a command, or to a write.
struct Failure {
  std::int64_t block_ms = 0;  // first
  bool close_connection = false;
  std::optional<Error> error;  // in place of running it
  // In place of those that the error would have.
  std::optional<std::vector<std::string>> labels;
  std::optional<value::Value> write_concern_error;  // beside what it does
};

// One of the places where it may happen. Thread-safe.
class FailPoint {
 public:
  struct Plan {
    std::vector<std::string> commands;  // where it is commands that fail: these
    std::string application;            // of these clients only; empty: of all
    std::string name_space;             // of this one only; empty: of all
    Failure failure;
    std::int64_t skip = 0;              // so many first
    std::optional<std::int64_t> times;  // then so many; nothing: all
    std::optional<double> probability;
  };

  // How often the one before was met.
  std::int64_t set(std::optional<Plan> plan);
  // Whoever comes here; of commands, those that the plan names.
  std::optional<Failure> meet();
  std::optional<Failure> meet(std::string_view command, std::string_view application,
                              std::string_view name_space);
  bool is_armed() const { return armed_.load(std::memory_order_relaxed); }

 private:
  std::optional<Failure> count() OCTAVO_REQUIRES(mutex_);

  std::atomic<bool> armed_{false};  // there is a plan: commands look no further where there is none
  Mutex mutex_;
  std::optional<Plan> plan_ OCTAVO_GUARDED_BY(mutex_);
  std::int64_t met_ OCTAVO_GUARDED_BY(mutex_) = 0;
};

struct FailPoints {
  FailPoint command;  // "failCommand": before it runs
  // "onPrimaryTransactionalWrite": each document that a retryable write changes. The connection
  // closes once it is written, or before, where there is an error.
  FailPoint retryable_write;
  // "failGetMoreAfterCursorCheckout": a batch, before it is read.
  FailPoint get_more;
};

}  // namespace octavo::mongodb
