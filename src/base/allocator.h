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
// Freed blocks of 8 MiB and more go back to the system as late as others do, by the allocator's own
// thread. By itself it would return them at once, on the thread that frees them. They stay in the
// one arena that all threads take such blocks from, so that it is no matter who freed one. Once, at
// the start; without effect where the allocator is another.
void return_large_blocks_later();
// Gives what is free back to the system at once.
void purge_allocator();

}  // namespace octavo
