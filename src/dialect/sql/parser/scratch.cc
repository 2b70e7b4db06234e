#include "dialect/sql/parser/scratch.h"

#include <algorithm>

#include "base/limits.h"

namespace octavo::sql {

void Scratch::grow(std::size_t bytes) {
  const std::size_t wanted = std::max({2 * capacity_, size_ + bytes, kKiB});
  if (Status charged = charge_.add(wanted); !charged) {
    throw value::OutOfMemory(std::move(charged).error());
  }
  auto larger = std::make_unique_for_overwrite<char[]>(wanted);
  if (size_ > 0) std::memcpy(larger.get(), bytes_.get(), size_);
  bytes_ = std::move(larger);
  charge_.remove(capacity_);
  capacity_ = wanted;
}

}  // namespace octavo::sql
