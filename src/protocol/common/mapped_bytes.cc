#include "protocol/common/mapped_bytes.h"

#include <sys/mman.h>

#include <new>

#include "base/assert.h"
#include "base/limits.h"
#include "io/executor.h"

namespace octavo::protocol {
namespace {

constexpr std::size_t kStepBytes = 2 * kMiB;

}  // namespace

MappedBytes::~MappedBytes() {
  if (data_ == nullptr) return;
  const int failed = ::munmap(data_, size_);
  ASSERT(failed == 0);
}

void MappedBytes::resize(std::size_t size) {
  ASSERT(size > 0);
  void* const memory = data_ == nullptr ? ::mmap(nullptr, size, PROT_READ | PROT_WRITE,
                                                 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
                                        : ::mremap(data_, size_, size, MREMAP_MAYMOVE);
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
