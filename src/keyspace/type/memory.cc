#include "keyspace/type/memory.h"

#include <malloc.h>

#include <cstdlib>
#include <new>
#include <utility>

namespace octavo::keyspace {
namespace {

// The allocator keeps one word in front of each block.
constexpr std::size_t kBlockHeaderBytes = 8;

thread_local std::int64_t delta_bytes = 0;

void count_in(void* block) {
  delta_bytes += static_cast<std::int64_t>(malloc_usable_size(block) + kBlockHeaderBytes);
}
void count_out(void* block) {
  delta_bytes -= static_cast<std::int64_t>(malloc_usable_size(block) + kBlockHeaderBytes);
}

}  // namespace

void* allocate(std::size_t size) {
  void* block = std::malloc(size);
  if (block == nullptr) throw std::bad_alloc();
  count_in(block);
  return block;
}

void* allocate_zeroed(std::size_t size) {
  void* block = std::calloc(1, size);
  if (block == nullptr) throw std::bad_alloc();
  count_in(block);
  return block;
}

void* reallocate(void* block, std::size_t size) {
  if (block == nullptr) return allocate(size);
  count_out(block);
  void* grown = std::realloc(block, size);
  if (grown == nullptr) {
    count_in(block);
    throw std::bad_alloc();
  }
  count_in(grown);
  return grown;
}

void release(void* block) noexcept {
  if (block == nullptr) return;
  count_out(block);
  std::free(block);
}

std::int64_t collect_memory_delta() noexcept { return std::exchange(delta_bytes, 0); }

}  // namespace octavo::keyspace
