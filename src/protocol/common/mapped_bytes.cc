#include "protocol/common/mapped_bytes.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <new>

#include "base/assert.h"
#include "base/limits.h"
#include "base/sanitizer.h"
#include "io/executor.h"

namespace octavo::protocol {
namespace {

constexpr std::size_t kStepBytes = 2 * kMiB;

void* map(std::size_t size) {
  return ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

void* map_again(void* memory, std::size_t before, std::size_t size) {
  if constexpr (!kThreadSanitizer) return ::mremap(memory, before, size, MREMAP_MAYMOVE);
  // The thread sanitizer does not know of mremap, and takes memory that others have next for
  // shared.
  void* const moved = map(size);
  if (moved == MAP_FAILED) return moved;
  std::memcpy(moved, memory, std::min(before, size));
  const int failed = ::munmap(memory, before);
  ASSERT(failed == 0);
  return moved;
}

}  // namespace

MappedBytes::~MappedBytes() {
  if (data_ == nullptr) return;
  const int failed = ::munmap(data_, size_);
  ASSERT(failed == 0);
}

void MappedBytes::resize(std::size_t size) {
  ASSERT(size > 0);
  void* const memory = data_ == nullptr ? map(size) : map_again(data_, size_, size);
  if (memory == MAP_FAILED) throw std::bad_alloc();
  data_ = static_cast<char*>(memory);
  size_ = size;
}

void give_back_gradually(MappedBytes bytes) {
  io::Executor* const executor = io::Executor::current_or_null();
  if (executor == nullptr || bytes.size() <= kStepBytes) return;
  bytes.resize(bytes.size() - kStepBytes);
  executor->post([rest = std::move(bytes)]() mutable { give_back_gradually(std::move(rest)); });
}

}  // namespace octavo::protocol
