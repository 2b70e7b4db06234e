#pragma once

// Rows that live for a time only: an ordered index with `expire_after_seconds`
// (index/ordered/ordered_options.h) says of which entry that time is counted. Rows whose time has
// come are erased by ordinary writes, whichever protocol wrote them.

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "base/cancel.h"
#include "base/clock.h"
#include "engine/engine.h"
#include "index/index_set.h"

namespace octavo::engine {

// What may be set and seen while it runs. Thread-safe.
struct RowExpiryControl {
  std::atomic<std::int64_t> period_seconds{60};  // from one look at all tables to the next
  std::atomic<bool> enabled{true};
  std::atomic<std::uint64_t> passes{0};
  std::atomic<std::uint64_t> erased{0};  // rows
};

// What every engine is as well.
class ExpiresRows {
 public:
  virtual ~ExpiresRows() = default;
  virtual RowExpiryControl& row_expiry() = 0;
};
RowExpiryControl& row_expiry_of(Engine& engine);

// One thread uses it.
class RowExpiry {
 public:
  RowExpiry(Engine& engine, index::IndexSets& indexes, Clock& clock, RowExpiryControl& control);
  ~RowExpiry();

  // A few of the rows whose time has come; true: there may be more, now. Waits for no other writer:
  // a row that is locked has its turn in the next pass.
  bool step();
  // From any thread: what is running ends, and nothing is begun.
  void stop() { stop_.cancel(); }

 private:
  class Pass;

  bool is_due();

  Engine& engine_;
  index::IndexSets& indexes_;
  Clock& clock_;
  RowExpiryControl& control_;
  CancelSource stop_;
  std::int64_t last_ns_;  // monotonic: when the last pass began
  std::unique_ptr<Pass> pass_;
};

}  // namespace octavo::engine
