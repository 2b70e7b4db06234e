#pragma once

// Heap use of the keyspace, counted where it happens.
//
// Values are allocated through `allocate`, which adds the block's real size to a counter of the
// calling thread. The keyspace collects that counter while it still holds its mutex, so used
// memory is known at any moment without walking the data and without atomics on the hot path.

#include <cstddef>
#include <cstdint>

namespace octavo::keyspace {

void* allocate(std::size_t size);
void* allocate_zeroed(std::size_t size);
void* reallocate(void* block, std::size_t size);
void release(void* block) noexcept;

// Bytes allocated minus bytes released by this thread since the last call.
std::int64_t collect_memory_delta() noexcept;

// Classes that derive from this are counted when made with `new`.
struct Counted {
  static void* operator new(std::size_t size) { return allocate(size); }
  static void* operator new(std::size_t, void* place) noexcept { return place; }
  static void operator delete(void* block) noexcept { release(block); }
};

// For standard containers inside values.
template <class T>
struct CountingAllocator {
  using value_type = T;
  CountingAllocator() = default;
  template <class U>
  explicit CountingAllocator(const CountingAllocator<U>&) noexcept {}
  T* allocate(std::size_t count) {
    return static_cast<T*>(::octavo::keyspace::allocate(count * sizeof(T)));
  }
  void deallocate(T* block, std::size_t) noexcept { release(block); }
  template <class U>
  friend bool operator==(const CountingAllocator&, const CountingAllocator<U>&) {
    return true;
  }
};

}  // namespace octavo::keyspace
