#include "io/worker_pool.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <system_error>

#include "base/assert.h"
#include "base/metrics.h"
#include "base/thread.h"

namespace octavo::io {
namespace {

struct PostedJob : WorkerPool::Work {
  explicit PostedJob(WorkerPool::Job j) : Work(&PostedJob::execute), job(std::move(j)) {}
  WorkerPool::Job job;

  // A posted job was promised to run: nobody is there to hear of a refusal.
  static void execute(WorkerPool::Work* work, const Error*) {
    const std::unique_ptr<PostedJob> self(static_cast<PostedJob*>(work));
    self->job();
  }
};

constexpr MetricRow kLongJobs{"octavo_long_queries",
                              "Queries that have a worker thread for longer than 20 ms."};

Counter& help_steps() {
  static Counter& counter = process_metrics().counter(kHelpSteps);
  return counter;
}

Gauge& long_gauge() {
  static Gauge& gauge = process_metrics().gauge(kLongJobs);
  return gauge;
}

std::size_t threads_of(const WorkerPoolOptions& options) {
  if (options.threads > 0) return options.threads;
  return std::max<std::size_t>(1, std::thread::hardware_concurrency());
}

}  // namespace

thread_local WorkerPool::Worker* WorkerPool::this_worker_ = nullptr;

void WorkerPool::Queue::push(Work& work) {
  work.next = nullptr;
  *tail_ = &work;
  tail_ = &work.next;
  ++size_;
}

WorkerPool::Work* WorkerPool::Queue::pop() {
  Work* const work = head_;
  if (work == nullptr) return nullptr;
  head_ = work->next;
  if (head_ == nullptr) tail_ = &head_;
  --size_;
  return work;
}

WorkerPool::WorkerPool(WorkerPoolOptions options)
    : options_(std::move(options)),
      long_jobs_({.slots = threads_of(options_), .clock = options_.clock}),
      size_(threads_of(options_)) {
  const MutexLock lock(mutex_);
  for (std::size_t i = 0; i < size_; ++i) start_thread();
  reserve_.reserve = true;
  reserve_.thread = std::thread([this] { reserve_loop(); });
  watcher_ = std::thread([this] { watch_loop(); });
}

WorkerPool::~WorkerPool() { stop(); }

Status WorkerPool::post(Job job) {
  auto work = std::make_unique<PostedJob>(std::move(job));
  TRY_STATUS(enqueue(*work));
  (void)work.release();  // owned by the queue now
  return {};
}

Status WorkerPool::enqueue(Work& work) {
  Condition* wake = nullptr;
  {
    const MutexLock lock(mutex_);
    if (stopping_) return fail(Code::unavailable, "The server is shutting down.");
    if (queue_.size() + urgent_.size() >= options_.queue_limit) {
      return fail(Code::resource_exhausted, "Too many queries are waiting to run.");
    }
    (work.options.urgent ? urgent_ : queue_).push(work);
    if (idle_ > 0) {
      wake = &available_;
    } else if (work.options.urgent && !reserve_.busy) {
      wake = &urgent_available_;
    } else if (!watching_) {
      watching_ = true;
      wake = &watch_;
    }
  }
  if (wake != nullptr) wake->notify_one();
  return {};
}

void WorkerPool::start_thread() {
  for (; !retired_.empty(); retired_.pop_front()) retired_.front().thread.join();
  const auto self = workers_.emplace(workers_.end(), *this);
  try {
    self->thread = std::thread([this, self] { work_loop(self); });  // it needs the mutex first
  } catch (const std::system_error&) {
    workers_.erase(self);
    throw;
  }
}

// Another thread takes the place of `worker`, which works or waits on beside the pool.
bool WorkerPool::replace(Worker& worker) {
  if (!stopping_ && workers_.size() - replaced_ <= size_) {
    try {
      start_thread();
    } catch (const std::system_error&) {
      return false;
    }
  }
  worker.replaced = true;
  ++replaced_;
  return true;
}

Result<WorkerPool::OutsideWait> WorkerPool::begin_outside_wait() {
  Worker* const found = this_worker();
  if (found == nullptr) return fail(Code::internal, "Not a job of this pool.");
  Worker& self = *found;
  const MutexLock lock(mutex_);
  if (stopping_) return fail(Code::unavailable, "The server is shutting down.");
  if (outside_waits_ >= options_.outside_wait_limit || self.reserve) {
    return fail(Code::resource_exhausted, "Too many queries wait for others.");
  }
  if (!self.replaced && !replace(self)) {
    return fail(Code::resource_exhausted, "No thread can be started for a query that waits.");
  }
  if (self.turn) self.turn->pause();
  ++outside_waits_;
  call_helpers();
  return OutsideWait(*this);
}

void WorkerPool::end_outside_wait() {
  Worker& self = *this_worker();
  const MutexLock lock(mutex_);
  --outside_waits_;
  if (self.is_long) return;
  self.replaced = false;
  --replaced_;
  self.started_ns = options_.clock->monotonic_ns();  // the wait was no work
}

// The thread for urgent jobs has nobody in its place, and waits itself.
Status WorkerPool::begin_wait() {
  const Worker* const found = this_worker();
  if (found == nullptr || found->reserve) return {};
  TRY(OutsideWait wait, begin_outside_wait());
  wait.pool_ = nullptr;  // `end_wait` ends it
  return {};
}

void WorkerPool::end_wait() {
  const Worker* const found = this_worker();
  if (found != nullptr && !found->reserve) end_outside_wait();
}

Status WorkerPool::pace() {
  Worker* const found = this_worker();
  if (found == nullptr) return {};
  Worker& self = *found;
  if (!self.turn) {
    const std::int64_t worked_ns = options_.clock->monotonic_ns() - self.started_ns;
    if (worked_ns < options_.long_after.count()) return {};
    return become_long(self);
  }
  self.turn->pace();
  return {};
}

Status WorkerPool::become_long(Worker& self) {
  {
    const MutexLock lock(mutex_);
    if (self.reserve) {
      return fail(Code::resource_exhausted,
                  "All threads are busy, and the one for urgent queries runs short ones only.");
    }
    if (!self.is_long) {
      if (long_ >= options_.long_limit) {
        return fail(Code::resource_exhausted,
                    fmt::format("{} queries that take long are running already; end some of them "
                                "or try again later.",
                                long_));
      }
      if (!self.replaced && !replace(self)) {
        return fail(Code::resource_exhausted, "No thread can be started for a query that is long.");
      }
      count_long(self);
    }
  }
  // Short jobs and connections go first.
  if (!std::exchange(self.lowered, true)) set_thread_priority(ThreadPriority::lowest);
  self.turn.emplace(long_jobs_, self.owner);
  return {};
}

void WorkerPool::run_job(Worker& self, Work& work) {
  static const Error kStopped{Code::unavailable, "The server is shutting down."};
  ++taken_;
  if (idle_ == 0 && !watching_ && !(queue_.empty() && urgent_.empty())) {
    watching_ = true;
    watch_.notify_one();
  }
  self.busy = true;
  ++running_;
  self.owner = work.options.owner;
  self.started_ns = options_.clock->monotonic_ns();
  const bool refuse = stopping_;
  mutex_.unlock();
  work.function(&work, refuse ? &kStopped : nullptr);
  self.turn.reset();
  mutex_.lock();
  self.busy = false;
  --running_;
  if (self.replaced) {
    self.replaced = false;
    --replaced_;
  }
  if (std::exchange(self.is_long, false)) {
    --long_;
    long_gauge().add(-1);
  }
  call_helpers();
}

void WorkerPool::work_loop(Workers::iterator self) {
  begin_thread(options_.name, ThreadPriority::working);
  const MutexLock lock(mutex_);
  this_worker_ = &*self;
  for (;;) {
    // One too many: somebody who was replaced is back. A thread of low priority always ends.
    if (!stopping_ && (surplus() || self->lowered)) {
      retired_.splice(retired_.end(), workers_, self);
      if (workers_.size() - replaced_ < size_) start_thread();
      return;
    }
    Work* work = urgent_.pop();
    if (work == nullptr) work = queue_.pop();
    if (work != nullptr) {
      run_job(*self, *work);
      continue;
    }
    if (stopping_) return;
    if (help()) continue;
    ++idle_;
    available_.wait(mutex_);
    --idle_;
  }
}

// --- Help ---

void WorkerPool::offer(Help& help) {
  const MutexLock lock(mutex_);
  offers_.add(help);
  call_helpers();
}

void WorkerPool::wake(Help& help) {
  const MutexLock lock(mutex_);
  HelpOffers::Offer* const offer = offers_.find(help);
  if (offer == nullptr) return;
  ++offer->awakened;
  offer->ready = true;
  call_helpers();
}

void WorkerPool::withdraw(Help& help) {
  const MutexLock lock(mutex_);
  HelpOffers::Offer* const offer = offers_.find(help);
  if (offer == nullptr) return;
  offer->withdrawn = true;
  while (offer->inside > 0) step_ended_.wait(mutex_);
  offers_.remove(help);
}

void WorkerPool::call_helpers() {
  if (!may_help() || !offers_.any_ready()) return;
  const std::size_t room = size_ + outside_waits_ - running_ - helping_;
  for (std::size_t i = std::min(idle_, room); i > 0; --i) available_.notify_one();
}

bool WorkerPool::help() {
  if (!may_help()) return false;
  HelpOffers::Offer* const offer = offers_.take_turn();
  if (offer == nullptr) return false;
  ++helping_;
  ++offer->inside;
  const std::size_t awakened = offer->awakened;
  Help* const help = offer->help;
  mutex_.unlock();
  const bool more = help->step();
  if (more) help_steps().add();
  mutex_.lock();
  --helping_;
  // What was said while it looked for something to do counts.
  if (more || awakened == offer->awakened) offer->ready = more;
  if (--offer->inside == 0 && offer->withdrawn) step_ended_.notify_all();
  return true;
}

void WorkerPool::reserve_loop() {
  begin_thread(options_.name + "+", ThreadPriority::working);
  const MutexLock lock(mutex_);
  this_worker_ = &reserve_;
  while (!stopping_) {
    if (Work* const work = urgent_.pop()) {
      run_job(reserve_, *work);
    } else {
      urgent_available_.wait(mutex_);
    }
  }
}

// Awake only while something waits for a thread.
void WorkerPool::watch_loop() {
  begin_thread(options_.name + "-watch", ThreadPriority::serving);
  const MutexLock lock(mutex_);
  while (!stopping_) {
    const bool needed = idle_ == 0 && !(queue_.empty() && urgent_.empty());
    watching_ = needed;
    if (!needed) {
      watch_.wait(mutex_);
      continue;
    }
    const std::uint64_t taken = taken_;
    watch_.wait_for(mutex_, options_.long_after);
    if (taken == taken_ && !stopping_) find_long_jobs();
  }
}

void WorkerPool::count_long(Worker& worker) {
  worker.is_long = true;
  ++long_;
  long_gauge().add(1);
}

// Nothing was taken from the queue for a while: whatever the threads do, it is long.
void WorkerPool::find_long_jobs() {
  const std::int64_t begun_before_ns = options_.clock->monotonic_ns() - options_.long_after.count();
  for (auto worker = workers_.begin(); worker != workers_.end(); ++worker) {
    if (!worker->busy || worker->replaced || worker->started_ns > begun_before_ns) continue;
    if (long_ >= options_.long_limit || !replace(*worker)) return;
    count_long(*worker);
  }
}

void WorkerPool::stop() {
  Workers all;
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
    all.splice(all.end(), workers_);
    all.splice(all.end(), retired_);
  }
  long_jobs_.open();
  available_.notify_all();
  urgent_available_.notify_all();
  watch_.notify_all();
  for (Worker& worker : all) worker.thread.join();
  if (reserve_.thread.joinable()) reserve_.thread.join();
  if (watcher_.joinable()) watcher_.join();
}

std::size_t WorkerPool::queued() const {
  const MutexLock lock(mutex_);
  return queue_.size() + urgent_.size();
}

}  // namespace octavo::io
