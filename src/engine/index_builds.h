#pragma once

// Builds new indexes in the background, one after the other, and says when each is ready.

#include <functional>
#include <optional>
#include <thread>
#include <unordered_map>
#include <vector>

#include "base/condition.h"
#include "base/mutex.h"
#include "engine/definitions.h"
#include "index/builder.h"
#include "index/index_set.h"
#include "txn/sequencer.h"

namespace octavo::engine {

struct IndexProgress {
  std::uint64_t rows_done = 0;
  std::uint64_t rows_estimated = 0;
};

class IndexBuilds {
 public:
  // Marks an index as ready, by a definition change.
  using MarkReady = std::function<Status(TableId table, IndexId index)>;

  IndexBuilds(Definitions& definitions, index::IndexSets& indexes, kv::Store& rows,
              txn::Sequencer& sequencer, MarkReady mark_ready);
  ~IndexBuilds() { stop(); }

  // Definitions changed: there may be indexes to build, or waiters of indexes that are gone.
  void look();
  void stop();

  void when_ready(TableId table, IndexId index, std::move_only_function<void(Status)> done);
  std::optional<IndexProgress> progress(IndexId index) const;

 private:
  struct Job {
    TableId table{};
    IndexId index{};
  };
  struct Waiter {
    Job job;
    std::move_only_function<void(Status)> done;
  };

  void run();
  std::optional<Job> next_job() const;
  void build(const Job& job);
  Status step(const Job& job, index::Build& build);
  bool wanted(const Job& job) const;
  Status retry_while_disk_full(const std::function<Status()>& action);
  // The verdict for somebody who waits: OK when ready, nothing while it is being built.
  std::optional<Status> verdict(const Job& job) const;
  void answer_waiters();

  Definitions& definitions_;
  index::IndexSets& indexes_;
  kv::Store& rows_;
  txn::Sequencer& sequencer_;
  MarkReady mark_ready_;

  mutable Mutex mutex_;
  Condition changed_;
  bool look_again_ OCTAVO_GUARDED_BY(mutex_) = true;
  bool stopping_ OCTAVO_GUARDED_BY(mutex_) = false;
  std::vector<Waiter> waiters_ OCTAVO_GUARDED_BY(mutex_);
  std::unordered_map<std::uint64_t, IndexProgress> progress_ OCTAVO_GUARDED_BY(mutex_);
  // By index; not tried again until restart.
  std::unordered_map<std::uint64_t, Error> failed_ OCTAVO_GUARDED_BY(mutex_);
  std::thread thread_;
};

}  // namespace octavo::engine
