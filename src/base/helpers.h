#pragma once

// Threads that have nothing else to do and do some of another thread's work meanwhile. Who paces
// work (base/pacer.h) may have such threads as well.

#include <cstddef>

#include "base/pacer.h"

namespace octavo {

// Work that may be done by others, in steps.
class Help {
 public:
  virtual ~Help() = default;
  // Does a step, some hundred microseconds of work. False: there is nothing to do for now. Called
  // from any thread, from several at once.
  virtual bool step() noexcept = 0;
};

// Thread-safe; calls for one `Help` come from one thread at a time, but for `wake`.
class Helpers {
 public:
  virtual ~Helpers() = default;
  // How many threads may help at once, at most; 0: nobody ever does.
  virtual std::size_t most_helpers() const = 0;
  // From now on threads that are idle run steps of `help`. One that had nothing to do is not asked
  // again before `wake`.
  virtual void offer(Help& help) = 0;
  // There may be something to do again. From any thread, also from a step; not after `withdraw`.
  virtual void wake(Help& help) = 0;
  // Returns when no thread is in a step of it; none will be.
  virtual void withdraw(Help& help) = 0;
};

// Those of who paces work; null: there are none.
inline Helpers* helpers_of(Pacer* pacer) { return dynamic_cast<Helpers*>(pacer); }

}  // namespace octavo
