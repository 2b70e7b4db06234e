#pragma once

// The answer of something that calls back once, from any thread, as a wait:
//
//   io::Completion<Status> saved;
//   engine.save_keyspace(saved.callback());
//   if (!co_await saved.wait(over)) co_return;  // given up: the answer that comes later goes
//   nowhere const Status status = saved.take();
//
// What the callback needs it shares with this object, so that who waits may give up and go.

#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "base/assert.h"
#include "io/event.h"

namespace octavo::io {

template <class T>
class Completion {
 public:
  // Once. It may be called on any thread, and before anybody waits.
  std::move_only_function<void(T)> callback() {
    return [state = state_](T answer) {
      state->answer.emplace(std::move(answer));
      state->came.set();
    };
  }

  // On an executor. False when `over`, which must live that long, was cancelled first.
  [[nodiscard]] Event::WaitAwaiter wait(const CancelToken& over) { return state_->came.wait(over); }
  [[nodiscard]] Event::WaitAwaiter wait() { return state_->came.wait(); }
  // Once, after a wait that was true.
  T take() {
    ASSERT(state_->answer.has_value());
    return *std::exchange(state_->answer, std::nullopt);
  }

 private:
  struct State {
    std::optional<T> answer;  // before `came`
    Event came;
  };
  std::shared_ptr<State> state_ = std::make_shared<State>();
};

}  // namespace octavo::io
