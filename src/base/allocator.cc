#include "base/allocator.h"

#include <malloc.h>
#include <sys/types.h>

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/limits.h"

// There when the program is linked with jemalloc.
extern "C" {
[[gnu::weak]] int mallctl(const char* name, void* old_value, std::size_t* old_size, void* new_value,
                          std::size_t new_size);
}

namespace octavo {
namespace {

// More than "oversize_threshold" of jemalloc(3), 8 MiB.
constexpr std::size_t kLargeBlock = 9 * kMiB;
constexpr const char* kPurgeAllArenas = "arena.4096.purge";  // MALLCTL_ARENAS_ALL

std::size_t figure(const char* name) {
  std::size_t value = 0;
  std::size_t size = sizeof value;
  return mallctl(name, &value, &size, nullptr, 0) == 0 ? value : 0;
}

}  // namespace

std::string allocator_name() {
  if (mallctl == nullptr) return "libc";
  const char* version = "";
  std::size_t size = sizeof version;
  if (mallctl("version", &version, &size, nullptr, 0) != 0) return "jemalloc";
  const std::string_view text = version;  // "5.3.0-0-g54eaed1d…"
  return "jemalloc-" + std::string(text.substr(0, text.find('-')));
}

AllocatorStats allocator_stats() {
  if (mallctl == nullptr) {
    const auto info = mallinfo2();
    return {.in_use = info.uordblks + info.hblkhd, .resident = info.arena + info.hblkhd};
  }
  // The figures are those of the last epoch that was asked for.
  std::uint64_t epoch = 1;
  if (mallctl("epoch", nullptr, nullptr, &epoch, sizeof epoch) != 0) return {};
  return {.in_use = figure("stats.allocated"), .resident = figure("stats.resident")};
}

void return_large_blocks_later() {
  if (mallctl == nullptr) return;
  // The arena has no name: it is the one that has a block of this size, which it is made for.
  void* block = std::malloc(kLargeBlock);  // NOLINT: what is asked about is malloc itself
  unsigned arena = 0;
  std::size_t size = sizeof arena;
  const bool found = mallctl("arenas.lookup", &arena, &size, &block, sizeof block) == 0;
  std::free(block);  // NOLINT
  ssize_t decay_ms = 0;
  size = sizeof decay_ms;
  if (!found || mallctl("opt.dirty_decay_ms", &decay_ms, &size, nullptr, 0) != 0) return;
  const std::string name = "arena." + std::to_string(arena) + ".dirty_decay_ms";
  // Without it blocks go back at once, which costs time and nothing else.
  (void)mallctl(name.c_str(), nullptr, nullptr, &decay_ms, sizeof decay_ms);
}

void purge_allocator() {
  if (mallctl == nullptr) {
    malloc_trim(0);
    return;
  }
  // Without the right to it nothing is lost: pages go back by themselves a little later.
  (void)mallctl(kPurgeAllArenas, nullptr, nullptr, nullptr, 0);
}

}  // namespace octavo
