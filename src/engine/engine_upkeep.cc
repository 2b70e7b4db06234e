#include <algorithm>
#include <chrono>

#include "base/thread.h"
#include "engine/engine_impl.h"

namespace octavo::engine {
namespace {

constexpr auto kHousekeepingInterval = std::chrono::milliseconds(100);
constexpr std::size_t kExpireAtOnce = 1000;

}  // namespace

void EngineImpl::housekeeping() {
  begin_thread("housekeeping", ThreadPriority::working);
  bool rows_are_due = false;  // not all of those whose time has come are gone
  for (;;) {
    {
      const MutexLock lock(mutex_);
      if (!stopping_ && !rows_are_due) changed_.wait_for(mutex_, kHousekeepingInterval);
      if (stopping_) return;
    }
    while (keyspace_->expire_some(kExpireAtOnce)) {
    }
    rows_are_due = row_expiry_->step();
    // The limit may have been lowered, and nobody writes.
    while (keyspace_->evict_some()) {
    }
    while (keyspace_->keyspace().free_garbage()) {
    }
    // Asked for its effect: room is found again although nobody writes. `writes_refused` tells.
    (void)rows_->writable();
    feeds_->settle();
    checkpoint_if_due();
  }
}

void EngineImpl::checkpoint_if_due() {
  const Lsn from = sequencer_->rows_replay_from();
  if (log_->bytes_between(from, log_->tail()) < options_.checkpoint_log_bytes) return;
  checkpoints_.note(sequencer_->checkpoint());
  trim_log();
}

// Gives up what neither a restart, nor the older snapshot, nor the wish for history needs.
void EngineImpl::trim_log() {
  const log::RetentionPolicy policy{.max_bytes = options_.log_retention_bytes,
                                    .max_age_ns = options_.log_retention_age_ns};
  const Lsn upto = std::min({sequencer_->rows_replay_from(), snapshots_->log_needed_from(),
                             log_->retention_point(policy, options_.clock->wall_ns())});
  if (upto <= log_->head()) return;
  if (const Status trimmed = log_->trim(upto); !trimmed) {
    log_warning("the log could not be trimmed", {{"reason", trimmed.error().what}});
  }
}

}  // namespace octavo::engine
