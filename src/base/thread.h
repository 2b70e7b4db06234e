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

}  // namespace octavo
