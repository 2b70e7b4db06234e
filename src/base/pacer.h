#pragma once

#include "base/result.h"

namespace octavo {

// How work that takes long gives way to other work. Called between steps, from the thread that
// does the work and without locks that others wait for; most calls only read a clock.
class Pacer {
 public:
  virtual ~Pacer() = default;
  // May block while others have their turn. An error ends the work: `resource_exhausted` when too
  // much takes long already.
  virtual Status pace() = 0;
};

}  // namespace octavo
