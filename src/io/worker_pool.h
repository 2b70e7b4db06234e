#pragma once

// A bounded pool of threads for work that computes or blocks. A coroutine hands over a callable
// and is resumed on its own executor with what it returned:
//
//   auto job = [&] { return engine.get(key); };              // Result<Row>
//   Result<Row> row = co_await pool.run(std::move(job));
//
// A full queue or a stopped pool refuses with an error instead of waiting. What the callable
// throws is rethrown at the `co_await`.
//
// Jobs that take long do not hold up those that do not. One that calls `pace` becomes a long job
// after `long_after`: another thread takes its place, its own goes on with less priority, and it
// shares the cores in turns with the other long ones (io/long_jobs.h). One that does not call it
// (it waits for a lock or a disk, say) is found when something has to wait for a thread. Beyond
// `long_limit` of them a job is refused at the moment it becomes long, so that there is always a
// thread for short ones. Urgent jobs go first, and have one thread more for themselves.
//
// An idle thread helps jobs that offer it (base/helpers.h): while jobs that run and threads that
// help are fewer than the threads of the pool, and until a job comes, which waits for one step.

#include <coroutine>
#include <cstddef>
#include <exception>
#include <functional>
#include <list>
#include <optional>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>

#include "base/clock.h"
#include "base/condition.h"
#include "base/helpers.h"
#include "base/mutex.h"
#include "base/pacer.h"
#include "base/result.h"
#include "base/waits.h"
#include "io/executor.h"
#include "io/help_offers.h"
#include "io/long_jobs.h"

namespace octavo::io {

struct WorkerPoolOptions {
  std::size_t threads = 0;               // 0: one per core
  std::size_t queue_limit = 10'000;      // waiting jobs, over which new ones are refused
  std::size_t outside_wait_limit = 512;  // jobs that wait for something outside, see `OutsideWait`
  std::size_t long_limit = 256;          // long jobs
  Nanoseconds long_after = std::chrono::milliseconds(20);
  Clock* clock = &system_clock();
  std::string name = "worker";
};

struct WorkOptions {
  std::uint64_t owner = 0;  // whose: owners share the turns of long jobs
  bool urgent = false;      // what an operator does about a busy server
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

class WorkerPool final : public Pacer, public Waits, public Helpers {
 public:
  using Job = std::move_only_function<void()>;

  // A job in memory of its owner. `refusal` is null, or why it will never run.
  struct Work {
    using Function = void (*)(Work*, const Error* refusal);
    explicit Work(Function f) noexcept : function(f) {}
    Work* next = nullptr;
    Function function;
    WorkOptions options;
  };

  explicit WorkerPool(WorkerPoolOptions options = {});
  ~WorkerPool() override;  // stops
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  template <class F>
  class RunAwaiter;

  // To be awaited at once, on an executor.
  template <class F>
  [[nodiscard]] RunAwaiter<std::decay_t<F>> run(F&& callable, WorkOptions options = {}) {
    return RunAwaiter<std::decay_t<F>>(*this, std::forward<F>(callable), options);
  }

  // From a job of this pool, between its steps; from other threads it does nothing.
  Status pace() override;
  Status begin_wait() override;  // as `begin_outside_wait`
  void end_wait() override;

  std::size_t most_helpers() const override { return size_ - 1; }
  void offer(Help& help) override;
  void wake(Help& help) override;
  void withdraw(Help& help) override;

  // Fire and forget, from any thread. A job accepted before `stop` is run.
  Status post(Job job);

  // Lets the running jobs and the posted ones finish, answers waiting coroutines with
  // `unavailable`, and joins the threads. Not from a worker.
  void stop();

  // As long as it lives, the calling job waits for something that may never come (news for a
  // client, say), and another thread does its share: the pool is not used up by those who wait.
  class OutsideWait {
   public:
    OutsideWait(OutsideWait&& other) noexcept : pool_(std::exchange(other.pool_, nullptr)) {}
    OutsideWait& operator=(OutsideWait&&) = delete;
    ~OutsideWait() {
      if (pool_ != nullptr) pool_->end_outside_wait();
    }

   private:
    friend class WorkerPool;
    explicit OutsideWait(WorkerPool& pool) : pool_(&pool) {}
    WorkerPool* pool_;
  };
  // From a job of this pool. Refused when the pool stops, and when too many wait outside already.
  [[nodiscard]] Result<OutsideWait> begin_outside_wait();

  std::size_t queued() const;
  std::size_t size() const noexcept { return size_; }

 private:
  class Queue {
   public:
    void push(Work& work);
    Work* pop();  // null when empty
    bool empty() const { return head_ == nullptr; }
    std::size_t size() const { return size_; }

   private:
    Work* head_ = nullptr;
    Work** tail_ = &head_;
    std::size_t size_ = 0;
  };

  // A thread and the job that it runs. All with `mutex_`, but for what is its own thread's.
  struct Worker {
    explicit Worker(WorkerPool& p) : pool(p) {}
    WorkerPool& pool;
    std::thread thread;
    bool busy = false;
    bool reserve = false;   // for urgent jobs only
    bool replaced = false;  // waits outside, or is long: counted in `replaced_`
    bool is_long = false;
    std::int64_t started_ns = 0;  // of the job
    std::uint64_t owner = 0;
    std::optional<LongJobs::Turn> turn;  // its own thread's
    bool lowered = false;                // its own thread's: its priority, which stays so
  };
  using Workers = std::list<Worker>;
  static thread_local Worker* this_worker_;  // null on threads that work for no pool
  Worker* this_worker() const {
    return this_worker_ != nullptr && &this_worker_->pool == this ? this_worker_ : nullptr;
  }

  Status enqueue(Work& work);
  void start_thread() OCTAVO_REQUIRES(mutex_);
  bool replace(Worker& worker) OCTAVO_REQUIRES(mutex_);
  void count_long(Worker& worker) OCTAVO_REQUIRES(mutex_);
  void run_job(Worker& self, Work& work) OCTAVO_REQUIRES(mutex_);  // without it meanwhile
  // Jobs that compute, as far as is known: those that wait for something outside do not.
  bool may_help() const OCTAVO_REQUIRES(mutex_) {
    return !stopping_ && running_ + helping_ < size_ + outside_waits_;
  }
  bool help() OCTAVO_REQUIRES(mutex_);          // a step, without the mutex meanwhile; false: none
  void call_helpers() OCTAVO_REQUIRES(mutex_);  // wakes those that may help with what is offered
  bool surplus() const OCTAVO_REQUIRES(mutex_) { return workers_.size() - replaced_ > size_; }
  void find_long_jobs() OCTAVO_REQUIRES(mutex_);

  void work_loop(Workers::iterator self);
  void reserve_loop();
  void watch_loop();
  Status become_long(Worker& self);
  void end_outside_wait();

  WorkerPoolOptions options_;
  LongJobs long_jobs_;
  mutable Mutex mutex_;
  Condition available_;
  Condition urgent_available_;
  Condition watch_;
  Queue queue_ OCTAVO_GUARDED_BY(mutex_);
  Queue urgent_ OCTAVO_GUARDED_BY(mutex_);
  std::uint64_t taken_ OCTAVO_GUARDED_BY(mutex_) = 0;  // jobs, ever
  std::size_t idle_ OCTAVO_GUARDED_BY(mutex_) = 0;
  std::size_t running_ OCTAVO_GUARDED_BY(mutex_) = 0;  // jobs
  std::size_t helping_ OCTAVO_GUARDED_BY(mutex_) = 0;  // threads
  HelpOffers offers_ OCTAVO_GUARDED_BY(mutex_);
  Condition step_ended_;  // of an offer that is withdrawn
  std::size_t outside_waits_ OCTAVO_GUARDED_BY(mutex_) = 0;
  std::size_t long_ OCTAVO_GUARDED_BY(mutex_) = 0;
  std::size_t replaced_ OCTAVO_GUARDED_BY(mutex_) = 0;  // threads whose place another one has taken
  bool watching_ OCTAVO_GUARDED_BY(mutex_) = false;     // `watch_loop` is awake
  bool stopping_ OCTAVO_GUARDED_BY(mutex_) = false;
  std::size_t size_ = 0;  // threads that are there to work, beside those that are replaced
  Workers workers_ OCTAVO_GUARDED_BY(mutex_);
  Workers retired_ OCTAVO_GUARDED_BY(mutex_);  // have ended, or are about to; to be joined
  Worker reserve_{*this};
  std::thread watcher_;
};

template <class F>
class WorkerPool::RunAwaiter : private WorkerPool::Work, private ResumeNode {
 public:
  using Value = std::invoke_result_t<F&>;
  using Output = typename detail::PoolResult<Value>::type;

  RunAwaiter(WorkerPool& pool, F callable, WorkOptions given)
      : Work(&RunAwaiter::execute), pool_(pool), callable_(std::move(callable)) {
    options = given;
  }
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
