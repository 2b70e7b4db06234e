#include "io/worker_pool.h"

#include <pthread.h>

#include <algorithm>
#include <memory>

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

}  // namespace

WorkerPool::WorkerPool(WorkerPoolOptions options) : options_(std::move(options)) {
  std::size_t count = options_.threads;
  if (count == 0) count = std::max<std::size_t>(1, std::thread::hardware_concurrency());
  threads_.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    threads_.emplace_back([this, i] { work_loop(i); });
  }
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

void WorkerPool::work_loop(std::size_t index) {
  ::pthread_setname_np(::pthread_self(), (options_.name + "-" + std::to_string(index)).c_str());
  static const Error kStopped{Code::unavailable, "The server is shutting down."};
  std::unique_lock lock(mutex_);
  for (;;) {
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
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  available_.notify_all();
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

std::size_t WorkerPool::queued() const {
  std::lock_guard lock(mutex_);
  return queued_;
}

}  // namespace octavo::io
