#pragma once

// A bounded pool of threads for work that computes or blocks. A coroutine hands over a callable
// and is resumed on its own executor with what it returned:
//
//   auto job = [&] { return engine.get(key); };              // Result<Row>
//   Result<Row> row = co_await pool.run(std::move(job));
//
// A full queue or a stopped pool refuses with an error instead of waiting. What the callable
// throws is rethrown at the `co_await`.

#include <condition_variable>
#include <coroutine>
#include <cstddef>
#include <exception>
#include <functional>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>

#include "base/result.h"
#include "io/executor.h"

namespace octavo::io {

struct WorkerPoolOptions {
  std::size_t threads = 0;           // 0: one per core
  std::size_t queue_limit = 10'000;  // waiting jobs, over which new ones are refused
  std::size_t away_limit = 512;      // jobs that wait for something outside, see `Away`
  std::string name = "worker";
};

namespace detail {

template <class T>
struct PoolResult {
  using type = Result<T>;
};
template <class T>
struct PoolResult<Result<T>> {
  using type = Result<T>;  // a callable that can fail is not wrapped twice
};

}  // namespace detail

class WorkerPool {
 public:
  using Job = std::move_only_function<void()>;

  // A job in memory of its owner. `refusal` is null, or why it will never run.
  struct Work {
    using Function = void (*)(Work*, const Error* refusal);
    explicit Work(Function f) noexcept : function(f) {}
    Work* next = nullptr;
    Function function;
  };

  explicit WorkerPool(WorkerPoolOptions options = {});
  ~WorkerPool();  // stops
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  template <class F>
  class RunAwaiter;

  // To be awaited at once, on an executor.
  template <class F>
  [[nodiscard]] RunAwaiter<std::decay_t<F>> run(F&& callable) {
    return RunAwaiter<std::decay_t<F>>(*this, std::forward<F>(callable));
  }

  // Fire and forget, from any thread. A job accepted before `stop` is run.
  Status post(Job job);

  // Lets the running jobs and the posted ones finish, answers waiting coroutines with
  // `unavailable`, and joins the threads. Not from a worker.
  void stop();

  // As long as it lives, the calling job waits for something that may never come (news for a
  // client, say), and another thread does its share: the pool is not used up by those who wait.
  class Away {
   public:
    Away(Away&& other) noexcept : pool_(std::exchange(other.pool_, nullptr)) {}
    Away& operator=(Away&&) = delete;
    ~Away() {
      if (pool_ != nullptr) pool_->come_back();
    }

   private:
    friend class WorkerPool;
    explicit Away(WorkerPool& pool) : pool_(&pool) {}
    WorkerPool* pool_;
  };
  // From a job of this pool. Refused when the pool stops, and when too many are away.
  [[nodiscard]] Result<Away> go_away();

  std::size_t queued() const;
  std::size_t size() const noexcept { return size_; }

 private:
  using Threads = std::list<std::thread>;

  Status enqueue(Work& work);
  void start_thread();  // with `mutex_` held
  void work_loop(Threads::iterator self);
  void come_back();

  WorkerPoolOptions options_;
  mutable std::mutex mutex_;
  std::condition_variable available_;
  Work* head_ = nullptr;
  Work** tail_ = &head_;
  std::size_t queued_ = 0;
  std::size_t idle_ = 0;
  std::size_t away_ = 0;
  bool stopping_ = false;
  std::size_t size_ = 0;  // threads that are there to work, beside those that are away
  Threads threads_;
  Threads retired_;  // have ended, or are about to; to be joined
};

template <class F>
class WorkerPool::RunAwaiter : private WorkerPool::Work, private ResumeNode {
 public:
  using Value = std::invoke_result_t<F&>;
  using Output = typename detail::PoolResult<Value>::type;

  RunAwaiter(WorkerPool& pool, F callable)
      : Work(&RunAwaiter::execute), pool_(pool), callable_(std::move(callable)) {}
  RunAwaiter(const RunAwaiter&) = delete;

  bool await_ready() const noexcept { return false; }
  bool await_suspend(std::coroutine_handle<> awaiter) {
    executor_ = &Executor::current();
    handle = awaiter;
    Status accepted = pool_.enqueue(*this);
    if (accepted) return true;
    output_.emplace(fail(std::move(accepted).error()));
    return false;
  }
  Output await_resume() {
    if (failure_) std::rethrow_exception(failure_);
    return *std::move(output_);
  }

 private:
  static void execute(Work* work, const Error* refusal) {
    auto* self = static_cast<RunAwaiter*>(work);
    if (refusal != nullptr) {
      self->output_.emplace(fail(*refusal));
    } else {
      self->call();
    }
    self->executor_->post(*static_cast<ResumeNode*>(self));
  }

  // What the callable throws (out of memory, say) is the awaiter's to handle, not the worker's.
  void call() noexcept {
    try {
      if constexpr (std::is_void_v<Value>) {
        callable_();
        output_.emplace();
      } else {
        output_.emplace(callable_());
      }
    } catch (const std::exception&) {
      failure_ = std::current_exception();
    }
  }

  WorkerPool& pool_;
  F callable_;
  Executor* executor_ = nullptr;
  std::optional<Output> output_;
  std::exception_ptr failure_;
};

}  // namespace octavo::io
