#pragma once

// What the process's allocator holds: jemalloc in the optimised server (server/allocator.cc), the
// C library's elsewhere. From any thread.

#include <cstddef>
#include <string>

namespace octavo {

struct AllocatorStats {
  std::size_t in_use = 0;    // of what was asked for and not freed
  std::size_t resident = 0;  // pages that it holds in memory, for what is in use and beside it
};

// "jemalloc-5.3.0", "libc".
std::string allocator_name();
AllocatorStats allocator_stats();
// Gives what is free back to the system at once.
void purge_allocator();

}  // namespace octavo
