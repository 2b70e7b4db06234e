#pragma once

// When the keyspace's snapshots are written: by a thread of its own (a large keyspace takes its
// time, and expiry must not wait for it), once a restart would have to replay much, or when a
// client asks; and a last one when the server stops.

#include <functional>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/complaint.h"
#include "base/condition.h"
#include "base/mutex.h"
#include "engine/keyspace_facade.h"
#include "layout/keyspace/snapshots.h"
#include "log/commit_log.h"
#include "txn/sequencer.h"

namespace octavo::engine {

// The snapshots of the keyspace since the start.
struct KeyspaceSaves {
  bool running = false;
  bool last_failed = false;
  std::int64_t last_wall_ns = 0;      // of the last that was written, or of the start
  std::uint64_t changes_by_then = 0;  // keyspace::KeyspaceStats::changes at its beginning
};

struct SaverParts {
  layout::KeyspaceSnapshots& snapshots;
  KeyspaceFacade& keyspace;
  txn::Sequencer& sequencer;
  const log::CommitLog& log;
  Clock& clock;
};

class KeyspaceSaver {
 public:
  // `due_bytes`: of log behind the newest snapshot, or as many as the keyspace has. `saved` is
  // called on the thread after each attempt.
  KeyspaceSaver(const SaverParts& parts, std::uint64_t due_bytes, std::function<void()> saved);

  // Soon; calls back, on the thread, when it is on the disk or could not be written.
  void request(std::move_only_function<void(Status)> done);
  KeyspaceSaves saves() const;

  // Gives up a snapshot under way. No other call after it but `save_last`.
  void stop();
  // When nothing is being committed any more. Given up at `limit`, or where there is no room: the
  // log has it all.
  Status save_last(Nanoseconds limit);

 private:
  void run();
  Status save();
  Status write(const keyspace::SnapshotProgress& go_on);
  bool stopping() const;

  SaverParts parts_;
  const std::uint64_t due_bytes_;
  std::function<void()> saved_;
  Complaint complaint_{"keyspace snapshot failed"};  // the thread's

  mutable Mutex mutex_;
  Condition changed_;
  bool stopping_ OCTAVO_GUARDED_BY(mutex_) = false;
  std::vector<std::move_only_function<void(Status)>> requests_ OCTAVO_GUARDED_BY(mutex_);
  KeyspaceSaves saves_ OCTAVO_GUARDED_BY(mutex_);
  std::thread thread_;
};

}  // namespace octavo::engine
