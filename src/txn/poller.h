#pragma once

// The thread that answers submissions when the log delivers records from a thread of its own, which
// may neither wait nor append.

#include <thread>

#include "base/condition.h"
#include "base/mutex.h"

namespace octavo::txn {

class Sequencer;

// `SequencerOptions::on_ready` calls `wake`. Ends after the log has stopped, which calls it no
// more, and before the sequencer.
class Poller {
 public:
  Poller() = default;
  ~Poller();
  Poller(const Poller&) = delete;
  Poller& operator=(const Poller&) = delete;

  void start(Sequencer& sequencer);
  void wake();  // from any thread; quick

 private:
  void run(Sequencer& sequencer);

  Mutex mutex_;
  Condition changed_;
  bool ready_ OCTAVO_GUARDED_BY(mutex_) = false;
  bool stopping_ OCTAVO_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace octavo::txn
