#pragma once

// What a thread tells the system when it begins: its name, as top and debuggers show it, and how
// it stands beside others where there are more threads that could run than cores.

#include <string>

namespace octavo {

enum class ThreadPriority : unsigned char {
  // Everybody waits for it, and it does little at a time: short slices, and a higher priority than
  // usual where the system allows it.
  serving,
  // Works for one client, or on what a client waits for.
  working,
  // May be at it for long, while others are not to notice.
  lowest,
};

// Names this thread (15 bytes at most) and sets its priority, which cannot be raised again later.
void begin_thread(const std::string& name, ThreadPriority priority);
void set_thread_priority(ThreadPriority priority);

// As long as it lives, this thread stands beside others like one that serves: for a thread of a
// lower priority while it holds what those wait for, or they would wait until it has got a core. It
// does nothing on a thread that serves, on one whose priority nobody has set, and where the system
// does not let a thread raise its own. Two calls of the system, a microsecond in all.
class ServingMeanwhile {
 public:
  ServingMeanwhile() noexcept;
  ~ServingMeanwhile();
  ServingMeanwhile(const ServingMeanwhile&) = delete;
  ServingMeanwhile& operator=(const ServingMeanwhile&) = delete;

 private:
  bool is_raised_ = false;
};

}  // namespace octavo
