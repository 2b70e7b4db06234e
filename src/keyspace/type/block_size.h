#pragma once

#include <bit>
#include <cstddef>

namespace octavo::keyspace {

// The size of the block that the allocator takes for `size` bytes: jemalloc has four sizes to each
// doubling, and 16 bytes between them at least. To ask for all of it costs nothing.
constexpr std::size_t whole_block(std::size_t size) {
  constexpr std::size_t kLeastStep = 16;
  const std::size_t step = size <= 8 * kLeastStep ? kLeastStep : std::bit_floor(size - 1) / 4;
  return (size + step - 1) / step * step;
}

// For what grows: a quarter more than is needed, once copying it all each time would count. Of
// small ones there are many: they take what the allocator has for their size.
constexpr std::size_t growing_block(std::size_t size) {
  constexpr std::size_t kSmall = 1024;
  return whole_block(size <= kSmall ? size : size + size / 4);
}

}  // namespace octavo::keyspace
