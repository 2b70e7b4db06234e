#include "io/worker_pool.h"

#include <pthread.h>

#include <algorithm>
#include <memory>
#include <system_error>

#include "base/assert.h"

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

// The pool that the calling thread works for.
thread_local const WorkerPool* this_threads_pool = nullptr;

}  // namespace

WorkerPool::WorkerPool(WorkerPoolOptions options) : options_(std::move(options)) {
  size_ = options_.threads;
  if (size_ == 0) size_ = std::max<std::size_t>(1, std::thread::hardware_concurrency());
  const std::lock_guard lock(mutex_);
  for (std::size_t i = 0; i < size_; ++i) start_thread();
}

WorkerPool::~WorkerPool() { stop(); }

Status WorkerPool::post(Job job) {
  auto work = std::make_unique<PostedJob>(std::move(job));
  TRY_STATUS(enqueue(*work));
  (void)work.release();  // owned by the queue now
  return {};
}

Status WorkerPool::enqueue(Work& work) {
  bool somebody_sleeps = false;
  {
    std::lock_guard lock(mutex_);
    if (stopping_) return fail(Code::unavailable, "The server is shutting down.");
    if (queued_ >= options_.queue_limit) {
      return fail(Code::resource_exhausted, "Too many queries are waiting to run.");
    }
    work.next = nullptr;
    *tail_ = &work;
    tail_ = &work.next;
    ++queued_;
    somebody_sleeps = idle_ > 0;
  }
  if (somebody_sleeps) available_.notify_one();
  return {};
}

void WorkerPool::start_thread() {
  for (; !retired_.empty(); retired_.pop_front()) retired_.front().join();
  const auto self = threads_.emplace(threads_.end());
  try {
    *self = std::thread([this, self] { work_loop(self); });  // it needs the mutex first
  } catch (const std::system_error&) {
    threads_.erase(self);
    throw;
  }
}

Result<WorkerPool::Away> WorkerPool::go_away() {
  if (this_threads_pool != this) return fail(Code::internal, "Not a job of this pool.");
  const std::lock_guard lock(mutex_);
  if (stopping_) return fail(Code::unavailable, "The server is shutting down.");
  if (away_ >= options_.away_limit) {
    return fail(Code::resource_exhausted, "Too many queries wait for changes.");
  }
  if (threads_.size() - away_ <= size_) {
    try {
      start_thread();
    } catch (const std::system_error&) {
      return fail(Code::resource_exhausted, "No thread can be started for a query that waits.");
    }
  }
  ++away_;
  return Away(*this);
}

void WorkerPool::come_back() {
  const std::lock_guard lock(mutex_);
  --away_;
}

void WorkerPool::work_loop(Threads::iterator self) {
  ::pthread_setname_np(::pthread_self(), options_.name.c_str());
  this_threads_pool = this;
  static const Error kStopped{Code::unavailable, "The server is shutting down."};
  std::unique_lock lock(mutex_);
  for (;;) {
    if (threads_.size() - away_ > size_ && !stopping_) {
      // Somebody who was away is back.
      retired_.splice(retired_.end(), threads_, self);
      return;
    }
    if (head_ == nullptr) {
      if (stopping_) return;
      ++idle_;
      available_.wait(lock);
      --idle_;
      continue;
    }
    Work* work = head_;
    head_ = work->next;
    if (head_ == nullptr) tail_ = &head_;
    --queued_;
    const bool refuse = stopping_;
    lock.unlock();
    work->function(work, refuse ? &kStopped : nullptr);
    lock.lock();
  }
}

void WorkerPool::stop() {
  Threads all;
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    all.splice(all.end(), threads_);
    all.splice(all.end(), retired_);
  }
  available_.notify_all();
  for (std::thread& thread : all) thread.join();
}

std::size_t WorkerPool::queued() const {
  std::lock_guard lock(mutex_);
  return queued_;
}

}  // namespace octavo::io
