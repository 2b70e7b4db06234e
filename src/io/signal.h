#pragma once

// Signals of the process as something a coroutine awaits:
//
//   SignalSet signals(executor, {SIGTERM, SIGINT});
//   int number = co_await signals.next();
//
// One SignalSet per process at a time. Its signals have their old handlers back when it goes.

#include <coroutine>
#include <initializer_list>
#include <memory>
#include <vector>

#include "io/executor.h"

namespace octavo::io {

class SignalSet {
 public:
  SignalSet(Executor& executor, std::initializer_list<int> signals);
  ~SignalSet();  // on the executor's thread
  SignalSet(const SignalSet&) = delete;
  SignalSet& operator=(const SignalSet&) = delete;

  class NextAwaiter;
  [[nodiscard]] NextAwaiter next();  // the number; 0 after `interrupt`
  void interrupt();

 private:
  int take();
  struct State;
  std::unique_ptr<State> state_;
};

class SignalSet::NextAwaiter {
 public:
  explicit NextAwaiter(SignalSet& set) : set_(set) {}
  bool await_ready();
  void await_suspend(std::coroutine_handle<> awaiter);
  int await_resume() const noexcept { return number_; }

 private:
  static void on_ready(void* self);
  SignalSet& set_;
  int number_ = 0;
  std::coroutine_handle<> awaiter_;
};

inline SignalSet::NextAwaiter SignalSet::next() { return NextAwaiter(*this); }

}  // namespace octavo::io
