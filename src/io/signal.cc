#include "io/signal.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <bit>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <utility>

#include "base/assert.h"
#include "io/descriptor.h"

namespace octavo::io {
namespace {

// What the handler may touch: it does nothing but set a bit and make an edge.
std::atomic<std::uint64_t> pending_signals{0};
std::atomic<int> wake_fd{-1};

void make_edge() {
  const int saved = errno;
  const std::uint64_t one = 1;
  const int fd = wake_fd.load(std::memory_order_relaxed);
  // Refused only while an earlier edge has not been taken, and that one will do.
  if (fd >= 0) (void)!::write(fd, &one, sizeof one);
  errno = saved;
}

void handle_signal(int number) {
  pending_signals.fetch_or(std::uint64_t{1} << (number - 1));
  make_edge();
}

}  // namespace

struct SignalSet::State {
  State(Executor& executor, int fd) : descriptor(executor, fd) {}
  Descriptor descriptor;
  std::vector<std::pair<int, struct sigaction>> before;
  bool interrupted = false;
};

SignalSet::SignalSet(Executor& executor, std::initializer_list<int> signals) {
  const int fd = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  ASSERT(fd >= 0);
  ASSERT(wake_fd.exchange(fd) == -1);  // one set per process
  state_ = std::make_unique<State>(executor, fd);
  for (const int number : signals) {
    struct sigaction action{};
    struct sigaction old{};
    action.sa_handler = &handle_signal;
    action.sa_flags = SA_RESTART;
    ASSERT(::sigaction(number, &action, &old) == 0);
    state_->before.emplace_back(number, old);
  }
}

SignalSet::~SignalSet() {
  for (const auto& [number, old] : state_->before) ::sigaction(number, &old, nullptr);
  wake_fd.store(-1);
  pending_signals.store(0);
}

void SignalSet::interrupt() {
  state_->interrupted = true;
  make_edge();
}

int SignalSet::take() {
  const std::uint64_t bits = pending_signals.load();
  if (bits == 0) return 0;
  const int index = std::countr_zero(bits);
  pending_signals.fetch_and(~(std::uint64_t{1} << index));
  return index + 1;
}

bool SignalSet::NextAwaiter::await_ready() {
  number_ = set_.take();
  return number_ != 0 || set_.state_->interrupted;
}

void SignalSet::NextAwaiter::await_suspend(std::coroutine_handle<> awaiter) {
  awaiter_ = awaiter;
  set_.state_->descriptor.on_readable = {&NextAwaiter::on_ready, this};
}

void SignalSet::NextAwaiter::on_ready(void* raw) {
  auto* self = static_cast<NextAwaiter*>(raw);
  if (!self->await_ready()) return;
  self->set_.state_->descriptor.on_readable = {};
  self->awaiter_.resume();
}

}  // namespace octavo::io
