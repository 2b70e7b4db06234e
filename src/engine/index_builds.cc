#include "engine/index_builds.h"

#include "base/logging.h"
#include "base/progress.h"
#include "base/thread.h"
#include "txn/row_key.h"

namespace octavo::engine {
namespace {

constexpr std::uint64_t kBytesPerRowGuess = 128;
constexpr auto kRetryInterval = std::chrono::milliseconds(250);

std::unexpected<Error> stopped() { return fail(Code::unavailable, "The server is shutting down."); }

}  // namespace

IndexBuilds::IndexBuilds(Definitions& definitions, index::IndexSets& indexes, kv::Store& rows,
                         txn::Sequencer& sequencer, MarkReady mark_ready)
    : definitions_(definitions),
      indexes_(indexes),
      rows_(rows),
      sequencer_(sequencer),
      mark_ready_(std::move(mark_ready)),
      thread_([this] { run(); }) {}

void IndexBuilds::look() {
  const MutexLock lock(mutex_);
  look_again_ = true;
  changed_.notify_all();
}

void IndexBuilds::stop() {
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
  std::vector<Waiter> waiters;
  {
    const MutexLock lock(mutex_);
    waiters.swap(waiters_);
  }
  for (auto& waiter : waiters) waiter.done(stopped());
}

void IndexBuilds::when_ready(TableId table, IndexId index,
                             std::move_only_function<void(Status)> done) {
  if (auto now = verdict({table, index})) return done(std::move(*now));
  {
    const MutexLock lock(mutex_);
    if (!stopping_) {
      waiters_.push_back({{table, index}, std::move(done)});
      look_again_ = true;  // it may have become ready in between
      changed_.notify_all();
      return;
    }
  }
  done(stopped());
}

std::optional<IndexProgress> IndexBuilds::progress(IndexId index) const {
  const MutexLock lock(mutex_);
  const auto it = progress_.find(raw(index));
  return it == progress_.end() ? std::nullopt : std::optional(it->second);
}

std::optional<Status> IndexBuilds::verdict(const Job& job) const {
  const auto state = definitions_.current();
  const auto* table = state->find_table(job.table);
  const auto* index = table == nullptr ? nullptr : table->find_index(job.index);
  if (index == nullptr) return fail(Code::not_found, "The index was dropped.");
  if (index->ready) return Status();
  const MutexLock lock(mutex_);
  const auto failed = failed_.find(raw(job.index));
  if (failed != failed_.end()) return fail(failed->second);
  return std::nullopt;
}

void IndexBuilds::answer_waiters() {
  std::vector<Waiter> waiters;
  {
    const MutexLock lock(mutex_);
    waiters.swap(waiters_);
  }
  for (auto& waiter : waiters) {
    if (auto now = verdict(waiter.job)) {
      waiter.done(std::move(*now));
    } else {
      const MutexLock lock(mutex_);
      waiters_.push_back(std::move(waiter));
    }
  }
}

// The one that was created first: whoever waits for a later one finds the earlier ones ready.
std::optional<IndexBuilds::Job> IndexBuilds::next_job() const {
  const auto state = definitions_.current();
  std::optional<Job> first;
  const MutexLock lock(mutex_);
  for (const auto* table : state->all_tables()) {
    for (const auto& index : table->indexes) {
      if (index.ready || failed_.contains(raw(index.id))) continue;
      if (!first || raw(index.id) < raw(first->index)) first = Job{table->id, index.id};
    }
  }
  return first;
}

void IndexBuilds::run() {
  begin_thread("index-builds", ThreadPriority::lowest);
  for (;;) {
    {
      const MutexLock lock(mutex_);
      while (!look_again_ && !stopping_) changed_.wait(mutex_);
      if (stopping_) return;
      look_again_ = false;
    }
    while (const auto job = next_job()) {
      build(*job);
      answer_waiters();
      const MutexLock lock(mutex_);
      if (stopping_) return;
    }
    answer_waiters();
  }
}

void IndexBuilds::build(const Job& job) {
  const auto table = definitions_.current()->share_table(job.table);
  if (table == nullptr) return;
  const auto set = indexes_.of(table);
  std::shared_ptr<const index::Index> opened;
  for (const auto& index : set->indexes) {
    if (index->definition().id == job.index) opened = index;
  }
  const std::uint64_t bytes = rows_.approximate_bytes(kv::Family::rows, txn::table_begin(job.table),
                                                      txn::table_end(job.table));
  Progress line("building index " + (opened == nullptr ? std::string() : opened->definition().name),
                bytes / kBytesPerRowGuess);
  index::Build build(job.table, opened);
  Status done;
  if (opened == nullptr) done = fail(Code::unsupported, "The index cannot be opened.");
  while (done && !build.done() && wanted(job)) {
    {
      const MutexLock lock(mutex_);
      progress_[raw(job.index)] = {build.rows_done(), bytes / kBytesPerRowGuess};
    }
    done = step(job, build);
    line.advance_to(build.rows_done());
  }
  if (done && !build.done()) {
    const MutexLock lock(mutex_);
    progress_.erase(raw(job.index));
    return;
  }
  // The entries are in no log record: they must be on the disk before a record says that they are
  // there. From creation on, changes of rows maintain them, in replay as well.
  if (done) done = retry_while_disk_full([&] { return sequencer_.checkpoint(); });
  if (done) done = retry_while_disk_full([&] { return mark_ready_(job.table, job.index); });
  const MutexLock lock(mutex_);
  progress_.erase(raw(job.index));
  if (done) line.finish();
  if (done || stopping_ || done.error().code == Code::not_found) return;
  log_error("index build failed", {{"table", table->name}, {"reason", done.error().what}});
  failed_[raw(job.index)] = done.error();
}

// Not when the server stops or the index was dropped.
bool IndexBuilds::wanted(const Job& job) const {
  {
    const MutexLock lock(mutex_);
    if (stopping_) return false;
  }
  const auto state = definitions_.current();
  const auto* table = state->find_table(job.table);
  return table != nullptr && table->find_index(job.index) != nullptr;
}

// The functions of indexes are the users': they run beside the writers, and end between two rows.
Status IndexBuilds::step(const Job& job, index::Build& build) {
  TRY_STATUS(build.read(rows_, [&] { return wanted(job); }));
  return retry_while_disk_full([&] {
    Status written;
    sequencer_.run_exclusive([&](Lsn tip) {
      // Of an index that is gone an entry written now would never be erased.
      if (wanted(job)) written = build.write(rows_, tip);
    });
    return written;
  });
}

// A full disk is nothing that a build fails of: it goes on when there is room.
Status IndexBuilds::retry_while_disk_full(const std::function<Status()>& action) {
  for (bool said = false;; said = true) {
    Status done = action();
    if (done || done.error().code != Code::resource_exhausted) return done;
    if (!said) log_warning("index build waits for room", {{"reason", done.error().what}});
    const MutexLock lock(mutex_);
    if (!stopping_) changed_.wait_for(mutex_, kRetryInterval);
    if (stopping_) return stopped();
  }
}

}  // namespace octavo::engine
