#include "base/allocator.h"

#include <malloc.h>

#include <cstdint>
#include <string_view>

// There when the program is linked with jemalloc.
extern "C" {
[[gnu::weak]] int mallctl(const char* name, void* old_value, std::size_t* old_size, void* new_value,
                          std::size_t new_size);
}

namespace octavo {
namespace {

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

void purge_allocator() {
  if (mallctl == nullptr) {
    malloc_trim(0);
    return;
  }
  // Without the right to it nothing is lost: pages go back by themselves after a second.
  (void)mallctl(kPurgeAllArenas, nullptr, nullptr, nullptr, 0);
}

}  // namespace octavo
