#include "io/executor.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <memory>
#include <utility>

#include "base/assert.h"
#include "io/descriptor.h"

namespace octavo::io {
namespace {

thread_local Executor* current_executor = nullptr;

constexpr int kEventsPerRound = 128;
// How long timers, and then jobs, may keep descriptors from being looked at.
constexpr std::int64_t kSliceNs = 1'000'000;
// Likewise those that are busy.
constexpr std::int64_t kBusySliceNs = 500'000;

// Of counting the descriptors that have events.
constexpr std::int64_t kPeriodNs = 1'000'000;

// A descriptor is busy when its callbacks have taken this much. What they have taken counts half
// after each half-life; a descriptor that takes one percent of the thread has taken 720 µs.
constexpr std::int64_t kBusyAboveNs = 1'000'000;
constexpr std::int64_t kHalfLifeNs = 50'000'000;

constexpr std::uint32_t kGone = EPOLLHUP | EPOLLERR;
constexpr std::uint32_t kHangUp = EPOLLRDHUP | kGone;

struct JobNode : Runnable {
  explicit JobNode(Executor::Job j) : Runnable(&JobNode::call), job(std::move(j)) {}
  Executor::Job job;

  static void call(Runnable* node, Mode mode) {
    const std::unique_ptr<JobNode> self(static_cast<JobNode*>(node));
    if (mode == Mode::run) self->job();
  }
};

// OpenSSL writes to sockets with `write`, which cannot be told to leave SIGPIPE alone.
void ignore_sigpipe() {
  static const bool once = [] {
    struct sigaction old{};
    if (::sigaction(SIGPIPE, nullptr, &old) == 0 && old.sa_handler == SIG_DFL) {
      std::signal(SIGPIPE, SIG_IGN);
    }
    return true;
  }();
  (void)once;
}

}  // namespace

Executor::Executor(Clock& clock, std::string name)
    : clock_(clock), name_(std::move(name)), now_ns_(clock.monotonic_ns()) {
  ignore_sigpipe();
  epoll_fd_ = ::epoll_create1(EPOLL_CLOEXEC);
  wake_fd_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  ASSERT(epoll_fd_ >= 0);
  ASSERT(wake_fd_ >= 0);
  // Edge-triggered: every write is an edge, so the counter never has to be read back.
  epoll_event event{};
  event.events = EPOLLIN | EPOLLET;
  event.data.ptr = nullptr;
  ASSERT(::epoll_ctl(epoll_fd_, EPOLL_CTL_ADD, wake_fd_, &event) == 0);
}

void JobQueue::push(Runnable& job) noexcept {
  job.next = nullptr;
  *tail_ = &job;
  tail_ = &job.next;
}

void JobQueue::append(Runnable* jobs) noexcept {
  *tail_ = jobs;
  while (*tail_ != nullptr) tail_ = &(*tail_)->next;
}

void JobQueue::put_back(Runnable* jobs) noexcept {
  Runnable* later = take();
  append(jobs);
  append(later);
}

Runnable* JobQueue::take() noexcept {
  tail_ = &head_;
  return std::exchange(head_, nullptr);
}

Executor::~Executor() {
  for (Runnable* node : {local_.take(), last_.take(), remote_.load()}) {
    while (node != nullptr) {
      Runnable* next = node->next;
      node->function(node, Runnable::Mode::drop);
      node = next;
    }
  }
  for (TimerNode* timer : timers_) timer->position = TimerNode::kIdle;
  ::close(wake_fd_);
  ::close(epoll_fd_);
}

Executor& Executor::current() {
  ASSERT(current_executor != nullptr);
  return *current_executor;
}

Executor* Executor::current_or_null() noexcept { return current_executor; }

void Executor::post(Job job) { post(*new JobNode(std::move(job))); }

void Executor::post(Runnable& node) {
  if (current_executor == this) return local_.push(node);
  // Sequentially consistent against `round`: either the loop sees the node before it sleeps, or
  // we see that it sleeps.
  Runnable* head = remote_.load(std::memory_order_relaxed);
  do {
    node.next = head;
  } while (!remote_.compare_exchange_weak(head, &node, std::memory_order_seq_cst));
  if (sleeping_.load(std::memory_order_seq_cst) && sleeping_.exchange(false)) wake();
}

void Executor::post_last(Runnable& node) {
  ASSERT(current_executor == this);
  last_.push(node);
}

void Executor::wake() noexcept {
  const std::uint64_t one = 1;
  while (::write(wake_fd_, &one, sizeof one) < 0 && errno == EINTR) {
  }
}

void Executor::run() {
  ASSERT(current_executor == nullptr);
  current_executor = this;
  while (!stopping_.load(std::memory_order_acquire)) round(true);
  run_jobs();  // what was posted before the stop
  current_executor = nullptr;
}

bool Executor::poll() {
  Executor* outer = std::exchange(current_executor, this);
  ASSERT(outer == nullptr || outer == this);
  const bool progress = round(false);
  current_executor = outer;
  return progress;
}

void Executor::stop() {
  stopping_.store(true, std::memory_order_release);
  wake();
}

bool Executor::round(bool may_wait) {
  int timeout_ms = may_wait && !jobs_waiting() ? wait_ms() : 0;
  if (timeout_ms != 0) {
    sleeping_.store(true, std::memory_order_seq_cst);
    if (remote_.load(std::memory_order_seq_cst) != nullptr) timeout_ms = 0;
  }
  const bool events = dispatch_events(timeout_ms);
  const bool timers = fire_timers();
  const bool jobs = run_jobs();
  const bool busy = run_busy();
  return events || timers || jobs || busy;
}

bool Executor::jobs_waiting() const noexcept {
  return !local_.empty() || remote_.load(std::memory_order_relaxed) != nullptr ||
         busy_first_ != nullptr || !last_.empty();
}

int Executor::wait_ms() const {
  if (timers_.empty()) return -1;
  const std::int64_t left_ns = timers_.front()->deadline_ns - clock_.monotonic_ns();
  if (left_ns <= 0) return 0;
  constexpr std::int64_t kMaxWaitMs = 60'000;
  return static_cast<int>(std::min((left_ns + 999'999) / 1'000'000, kMaxWaitMs));
}

bool Executor::dispatch_events(int timeout_ms) {
  epoll_event events[kEventsPerRound];
  const int count = ::epoll_wait(epoll_fd_, events, kEventsPerRound, timeout_ms);
  sleeping_.store(false, std::memory_order_relaxed);
  now_ns_ = clock_.monotonic_ns();
  if (count <= 0) {
    ASSERT(count == 0 || errno == EINTR);
    return false;
  }
  batch_ = events;
  batch_size_ = count;
  bool any = false;
  const bool is_alone = count == 1 && !jobs_waiting();
  std::int64_t time_ns = now_ns_;
  for (int i = 0; i < count; ++i) {
    batch_next_ = i + 1;
    if (events[i].data.ptr == nullptr) continue;  // the wake-up, or forgotten by `remove`
    auto& descriptor = *static_cast<Descriptor*>(events[i].data.ptr);
    note_event(descriptor);
    // That a peer has gone is told at once: what others do in this round must not count on it.
    const bool hangs_up = (events[i].events & kHangUp) != 0;
    // One that is alone takes nobody's turn: what it answers leaves in this round.
    const bool waits = !is_alone && (descriptor.queued_events_ != 0 || is_busy(descriptor));
    if (!hangs_up && waits) {
      enqueue(descriptor, events[i].events);
    } else {
      const std::uint32_t all = events[i].events | descriptor.queued_events_;
      dequeue(descriptor);
      time_ns = dispatch(descriptor, all, time_ns);
    }
    any = true;
  }
  batch_ = nullptr;
  batch_size_ = 0;
  return any;
}

// Returns when it ended. The callbacks may destroy the descriptor, which then resets
// `dispatching_`.
std::int64_t Executor::dispatch(Descriptor& descriptor, std::uint32_t events,
                                std::int64_t started_ns) {
  dispatching_ = &descriptor;
  call_back(descriptor, events);
  const std::int64_t ended_ns = clock_.monotonic_ns();
  if (dispatching_ != nullptr) descriptor.used_ns_ += ended_ns - started_ns;
  dispatching_ = nullptr;
  return ended_ns;
}

void Executor::call_back(Descriptor& descriptor, std::uint32_t events) {
  if ((events & (EPOLLIN | kHangUp)) != 0) descriptor.readable = true;
  if ((events & (EPOLLOUT | kGone)) != 0) descriptor.writable = true;
  if ((events & kGone) != 0) descriptor.broken = true;
  const bool hangs_up = (events & kHangUp) != 0 && !descriptor.hung_up;
  if (hangs_up) descriptor.hung_up = true;

  if ((descriptor.readable || descriptor.coupled) && descriptor.on_readable) {
    descriptor.on_readable();
    if (dispatching_ == nullptr) return;
  }
  if ((descriptor.writable || descriptor.coupled) && descriptor.on_writable) {
    descriptor.on_writable();
    if (dispatching_ == nullptr) return;
  }
  if (hangs_up && descriptor.on_hang_up) std::exchange(descriptor.on_hang_up, {})();
}

void Executor::note_event(Descriptor& descriptor) noexcept {
  const std::int64_t period = now_ns_ / kPeriodNs;
  if (period != period_) {
    seen_before_ = period == period_ + 1 ? seen_now_ : 0;
    seen_now_ = 0;
    period_ = period;
  }
  if (std::exchange(descriptor.seen_in_, period) != period) ++seen_now_;
}

bool Executor::serves_one() const noexcept {
  return seen_now_ <= 1 && seen_before_ <= 1 && !jobs_waiting();
}

bool Executor::is_busy(Descriptor& descriptor) const noexcept {
  const std::int64_t halvings = (now_ns_ - descriptor.used_at_ns_) / kHalfLifeNs;
  if (halvings > 0) {
    descriptor.used_ns_ = halvings < 63 ? descriptor.used_ns_ >> halvings : 0;
    descriptor.used_at_ns_ += halvings * kHalfLifeNs;
  }
  return descriptor.used_ns_ > kBusyAboveNs;
}

void Executor::enqueue(Descriptor& descriptor, std::uint32_t events) noexcept {
  const bool queued = descriptor.queued_events_ != 0;
  descriptor.queued_events_ |= events;
  if (queued) return;
  descriptor.queued_before_ = busy_last_;
  descriptor.queued_after_ = nullptr;
  (busy_last_ == nullptr ? busy_first_ : busy_last_->queued_after_) = &descriptor;
  busy_last_ = &descriptor;
}

void Executor::dequeue(Descriptor& descriptor) noexcept {
  if (descriptor.queued_events_ == 0) return;
  Descriptor* before = descriptor.queued_before_;
  Descriptor* after = descriptor.queued_after_;
  (before == nullptr ? busy_first_ : before->queued_after_) = after;
  (after == nullptr ? busy_last_ : after->queued_before_) = before;
  descriptor.queued_events_ = 0;
}

// One descriptor and one job in turn, at least one of each. Nothing is added meanwhile: what is
// posted waits for the next round.
bool Executor::run_busy() {
  if (busy_first_ == nullptr && last_.empty()) return false;
  Runnable* jobs = last_.take();
  now_ns_ = clock_.monotonic_ns();
  const std::int64_t started_ns = now_ns_;
  while (busy_first_ != nullptr || jobs != nullptr) {
    if (Descriptor* descriptor = busy_first_; descriptor != nullptr) {
      const std::uint32_t events = descriptor->queued_events_;
      dequeue(*descriptor);
      now_ns_ = dispatch(*descriptor, events, now_ns_);
    }
    if (jobs != nullptr) {
      Runnable* next = jobs->next;  // the job may be gone after the call
      jobs->function(jobs, Runnable::Mode::run);
      jobs = next;
      now_ns_ = clock_.monotonic_ns();
    }
    if (now_ns_ - started_ns >= kBusySliceNs) break;
  }
  last_.put_back(jobs);
  return true;
}

// Jobs that are posted while these run wait for the next round, and so do jobs beyond the slice:
// descriptors and timers have their turn.
bool Executor::run_jobs() {
  Runnable* remote = nullptr;
  if (remote_.load(std::memory_order_relaxed) != nullptr) {
    remote = remote_.exchange(nullptr, std::memory_order_acquire);
  }
  if (local_.empty() && remote == nullptr) return false;

  Runnable* in_order = nullptr;  // the stack, reversed
  while (remote != nullptr) {
    Runnable* next = remote->next;
    remote->next = in_order;
    in_order = remote;
    remote = next;
  }
  local_.append(in_order);
  Runnable* node = local_.take();

  const std::int64_t started_ns = clock_.monotonic_ns();
  while (node != nullptr) {
    Runnable* next = node->next;  // the node may be gone after the call
    node->function(node, Runnable::Mode::run);
    node = next;
    if (node != nullptr && slice_is_over(started_ns)) {
      local_.put_back(node);
      break;
    }
  }
  return true;
}

bool Executor::slice_is_over(std::int64_t started_ns) const {
  return clock_.monotonic_ns() - started_ns >= kSliceNs;
}

void Executor::add(Descriptor& descriptor) {
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  event.data.ptr = &descriptor;
  ASSERT(::epoll_ctl(epoll_fd_, EPOLL_CTL_ADD, descriptor.fd, &event) == 0);
}

void Executor::remove(Descriptor& descriptor) noexcept {
  ::epoll_ctl(epoll_fd_, EPOLL_CTL_DEL, descriptor.fd, nullptr);
  if (dispatching_ == &descriptor) dispatching_ = nullptr;
  dequeue(descriptor);
  for (int i = batch_next_; i < batch_size_; ++i) {
    if (batch_[i].data.ptr == &descriptor) batch_[i].data.ptr = nullptr;
  }
}

Descriptor::Descriptor(Executor& owner, int file) : executor(owner), fd(file) {
  executor.add(*this);
}

Descriptor::~Descriptor() {
  executor.remove(*this);
  ::close(fd);
}

}  // namespace octavo::io
