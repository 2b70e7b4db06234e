#pragma once

// How other threads reach an object that is confined to one and may be gone by then:
//
//   class Session {
//     …
//     io::Reachable<Session> reachable_;   // the last member: it ends the handles first
//   };
//   handle.post([](Session& session) { session.look_at_rights(); });

#include <compare>
#include <memory>
#include <utility>

#include "base/assert.h"
#include "io/executor.h"

namespace octavo::io {

template <class T>
class Reachable;

// Copied freely and used on any thread, as long as the executor is there.
template <class T>
class RemoteHandle {
 public:
  // Calls `f(object)` on the object's thread, in a later round, unless the object is gone then.
  template <class F>
  void post(F f) const {
    target_->executor.post([target = target_, call = std::move(f)]() mutable {
      if (target->object != nullptr) call(*target->object);
    });
  }

  Executor& executor() const { return target_->executor; }
  // On the object's thread: null when it is gone.
  T* get() const {
    ASSERT(target_->executor.is_current());
    return target_->object;
  }

  auto operator<=>(const RemoteHandle&) const = default;  // those of one object are equal

 private:
  friend class Reachable<T>;
  struct Target {
    Executor& executor;
    T* object;  // touched on the executor only
  };
  explicit RemoteHandle(std::shared_ptr<Target> target) : target_(std::move(target)) {}

  std::shared_ptr<Target> target_;
};

// A member of T, made and destroyed on its thread.
template <class T>
class Reachable {
 public:
  Reachable(Executor& executor, T& object) : handle_(std::make_shared<Target>(executor, &object)) {}
  ~Reachable() { handle_.target_->object = nullptr; }
  Reachable(const Reachable&) = delete;
  Reachable& operator=(const Reachable&) = delete;

  const RemoteHandle<T>& handle() const { return handle_; }

 private:
  using Target = RemoteHandle<T>::Target;
  const RemoteHandle<T> handle_;
};

}  // namespace octavo::io
