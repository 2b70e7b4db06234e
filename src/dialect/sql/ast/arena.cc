#include "dialect/sql/ast/arena.h"

#include <algorithm>

#include "base/limits.h"

namespace octavo::sql {
namespace {

// Short statements take one small block, long ones few large blocks.
constexpr std::size_t kFirstBlockBytes = 2 * kKiB;
constexpr std::size_t kMaxBlockBytes = kMiB;

}  // namespace

void* Arena::allocate_block(std::size_t bytes) {
  const std::size_t usual = std::clamp(bytes_, kFirstBlockBytes, kMaxBlockBytes);
  const std::size_t size = std::max(usual, bytes);
  if (Status charged = charge_.add(size); !charged) {
    throw value::OutOfMemory(std::move(charged).error());
  }
  bytes_ += size;
  // new[] aligns for any type.
  blocks_.push_back(std::make_unique_for_overwrite<char[]>(size));
  if (bytes > usual / 2) {
    // A block of its own: the one that is filled goes on.
    return blocks_.back().get();
  }
  block_ = blocks_.back().get();
  size_ = size;
  used_ = bytes;
  return block_;
}

}  // namespace octavo::sql
