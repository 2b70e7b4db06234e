#pragma once

// A batch on its way through the sequencer, and the coroutine that waits for it:
//
//   submission.begin();
//   engine.keyspace().submit(submission);
//   if (!submission.finished()) co_await submission.event.wait();

#include <atomic>

#include "engine/keyspace_facade.h"
#include "io/event.h"

namespace octavo::redis {

class Submission final : public engine::KeyspaceSubmission {
 public:
  using KeyspaceSubmission::KeyspaceSubmission;

  void begin() { state_.store(kSubmitted, std::memory_order_relaxed); }
  // True when `applied` was called already; else it will set `event`.
  bool finished() {
    int expected = kSubmitted;
    return !state_.compare_exchange_strong(expected, kAwaited, std::memory_order_acq_rel);
  }

  io::Event event;
  Status status;
  Lsn lsn;

 private:
  static constexpr int kSubmitted = 0;
  static constexpr int kAwaited = 1;
  static constexpr int kApplied = 2;

  void applied(const Status& verdict, const Lsn& at) override {
    status = verdict;
    lsn = at;
    if (state_.exchange(kApplied, std::memory_order_acq_rel) == kAwaited) event.set();
  }

  std::atomic<int> state_{kSubmitted};
};

}  // namespace octavo::redis
