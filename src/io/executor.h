#pragma once

// One event loop on one thread: a queue of jobs, timers, and an epoll instance for descriptors
// (descriptor.h). Whatever lives on an executor is touched by its thread only, so it needs no
// lock; other threads talk to it through `post`, `Event` and `Channel`.
//
// One round of the loop: ready descriptors, due timers, the jobs that were queued by then, and a
// slice of time for those that keep the thread busy. A descriptor is busy while its callbacks have
// taken more than a small share of the thread lately; a job is when it was posted by `post_last`.
// So a client that asks little does not wait for those that ask much, however many they are, and
// they share what is left in turns.
//
// A coroutine that suspends in one of our awaitables is resumed on the executor it suspended on.

#include <atomic>
#include <chrono>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/clock.h"

struct epoll_event;  // NOLINT(readability-identifier-naming): the system's name

namespace octavo::io {

class Descriptor;

// A job that lives in memory of its owner, so that queueing it allocates nothing. A node is in at
// most one queue at a time; the owner may reuse or free it once `run` was called.
struct Runnable {
  enum class Mode : unsigned char { run, drop };  // drop: the executor died before it ran
  using Function = void (*)(Runnable*, Mode);

  explicit Runnable(Function f) noexcept : function(f) {}
  Runnable* next = nullptr;
  Function function;
};

// Jobs in order.
class JobQueue {
 public:
  JobQueue() = default;
  JobQueue(const JobQueue&) = delete;
  JobQueue& operator=(const JobQueue&) = delete;

  bool empty() const noexcept { return head_ == nullptr; }
  void push(Runnable& job) noexcept;
  void append(Runnable* jobs) noexcept;    // a list
  void put_back(Runnable* jobs) noexcept;  // before everything that is in the queue
  Runnable* take() noexcept;               // everything, as a list

 private:
  Runnable* head_ = nullptr;
  Runnable** tail_ = &head_;
};

// Resumes a coroutine.
struct ResumeNode : Runnable {
  ResumeNode() noexcept : Runnable(&ResumeNode::resume) {}
  std::coroutine_handle<> handle;

 private:
  static void resume(Runnable* self, Mode mode) {
    if (mode == Mode::run) static_cast<ResumeNode*>(self)->handle.resume();
  }
};

// A timer in memory of its owner; armed and disarmed on the executor's thread.
struct TimerNode {
  static constexpr std::size_t kIdle = ~std::size_t{0};
  using Function = void (*)(TimerNode*);

  explicit TimerNode(Function f) noexcept : function(f) {}
  TimerNode(const TimerNode&) = delete;
  TimerNode& operator=(const TimerNode&) = delete;
  bool armed() const noexcept { return position != kIdle; }

  Function function;
  std::int64_t deadline_ns = 0;
  std::size_t position = kIdle;  // in the executor's heap
};

class Executor {
 public:
  using Job = std::move_only_function<void()>;

  explicit Executor(Clock& clock = system_clock(), std::string name = "io");
  ~Executor();
  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;

  // The executor whose loop runs on this thread.
  static Executor& current();
  static Executor* current_or_null() noexcept;
  bool is_current() const noexcept { return current_or_null() == this; }

  // From any thread; runs in a later round, in the order of posting per thread.
  void post(Job job);
  void post(Runnable& node);
  // On the executor's thread: when everything else that is ready has had its turn.
  void post_last(Runnable& node);

  // Whether one descriptor alone has had events in the last millisecond or two, and no job waits:
  // who stops this thread for a moment stops nobody else.
  bool serves_one() const noexcept;

  // Monotonic, read once per round and before each busy one's turn: cheap, and late by at most one
  // round.
  std::int64_t now_ns() const noexcept { return now_ns_; }
  Clock& clock() noexcept { return clock_; }

  // On the executor's thread. Arming an armed timer moves it.
  void arm(TimerNode& timer, std::int64_t deadline_ns);
  void arm_after(TimerNode& timer, Nanoseconds delay);
  void disarm(TimerNode& timer) noexcept;

  // `run` until `stop`; or, for tests and loops of one's own, single rounds that do not wait.
  // `poll` returns whether the round found anything to do.
  void run();
  bool poll();
  void stop();  // from any thread

  const std::string& name() const noexcept { return name_; }

 private:
  friend class Descriptor;

  void add(Descriptor& descriptor);
  void remove(Descriptor& descriptor) noexcept;
  bool round(bool may_wait);
  bool dispatch_events(int timeout_ms);
  std::int64_t dispatch(Descriptor& descriptor, std::uint32_t events, std::int64_t started_ns);
  void call_back(Descriptor& descriptor, std::uint32_t events);
  bool is_busy(Descriptor& descriptor) const noexcept;
  void note_event(Descriptor& descriptor) noexcept;
  void enqueue(Descriptor& descriptor, std::uint32_t events) noexcept;
  void dequeue(Descriptor& descriptor) noexcept;
  bool run_busy();
  bool fire_timers();
  bool slice_is_over(std::int64_t started_ns) const;
  bool run_jobs();
  bool jobs_waiting() const noexcept;
  int wait_ms() const;
  void wake() noexcept;
  void sift_up(std::size_t position) noexcept;
  void sift_down(std::size_t position) noexcept;
  void place(TimerNode* timer, std::size_t position) noexcept;

  Clock& clock_;
  std::string name_;
  int epoll_fd_ = -1;
  int wake_fd_ = -1;
  std::int64_t now_ns_ = 0;
  std::vector<TimerNode*> timers_;  // binary heap by deadline

  JobQueue local_;  // posted by this thread
  JobQueue last_;   // likewise, by `post_last`

  // The batch of events being dispatched, so that a descriptor that goes away is forgotten.
  epoll_event* batch_ = nullptr;
  int batch_size_ = 0;
  int batch_next_ = 0;
  Descriptor* dispatching_ = nullptr;

  // How many descriptors have had events in the current period and in the one before.
  std::int64_t period_ = 0;
  std::size_t seen_now_ = 0;
  std::size_t seen_before_ = 0;

  Descriptor* busy_first_ = nullptr;  // busy descriptors that wait for their turn
  Descriptor* busy_last_ = nullptr;

  std::atomic<bool> stopping_{false};
  // Posted by other threads, newest first; and whether the loop needs `wake_fd_` to see them.
  alignas(64) std::atomic<Runnable*> remote_{nullptr};
  std::atomic<bool> sleeping_{false};
};

// `co_await yield();` lets everything else that is ready on this executor go first.
struct YieldAwaiter : ResumeNode {
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> awaiter) {
    handle = awaiter;
    Executor::current().post_last(*this);
  }
  void await_resume() const noexcept {}
};
inline YieldAwaiter yield() { return {}; }

// `co_await resume_on(executor);` continues on that executor's thread. A task that hops away
// from the executor of its scope hops back before it ends.
struct ResumeOnAwaiter : ResumeNode {
  explicit ResumeOnAwaiter(Executor& to) noexcept : target(to) {}
  Executor& target;
  bool await_ready() const noexcept { return target.is_current(); }
  void await_suspend(std::coroutine_handle<> awaiter) {
    handle = awaiter;
    target.post(*this);
  }
  void await_resume() const noexcept {}
};
inline ResumeOnAwaiter resume_on(Executor& target) { return ResumeOnAwaiter(target); }

// A one-shot timer with a callback, confined to the executor it was made for.
class [[nodiscard]] Timer {
 public:
  Timer(Executor& executor, Executor::Job action);
  ~Timer() { cancel(); }
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  void start(Nanoseconds delay) { executor_.arm_after(node_, delay); }
  void cancel() noexcept { executor_.disarm(node_); }
  bool armed() const noexcept { return node_.armed(); }

 private:
  struct Node : TimerNode {
    explicit Node(Executor::Job a);
    Executor::Job action;
  };
  Executor& executor_;
  Node node_;
};

}  // namespace octavo::io
