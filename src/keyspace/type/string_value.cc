#include "keyspace/type/string_value.h"

#include <algorithm>

#include "keyspace/type/memory.h"

namespace octavo::keyspace {
namespace {

// Growing strings reserve as much again, up to one MiB more.
constexpr std::size_t kMaxSlackBytes = 1024 * 1024;

}  // namespace

StringValue StringValue::clone() const {
  if (is_integer()) return from_integer(integer());
  StringValue out = from_bytes(view());
  if (is_raw()) out.mark_raw();
  return out;
}

std::size_t StringValue::size() const {
  Scratch scratch;
  return view(scratch).size();
}

void StringValue::set_heap(std::string_view bytes) {
  // Overwriting a value by one of similar size reuses the buffer.
  if (rep_ == Rep::heap && capacity() >= bytes.size() && capacity() / 2 <= bytes.size()) {
    std::memmove(heap()->bytes(), bytes.data(), bytes.size());
    heap()->size = bytes.size();
    size_ = 0;
    return;
  }
  auto* buffer = static_cast<Heap*>(allocate(sizeof(Heap) + bytes.size()));
  buffer->size = bytes.size();
  std::memcpy(buffer->bytes(), bytes.data(), bytes.size());
  reset();
  set_heap_pointer(buffer, bytes.size(), false);
}

void StringValue::free_heap() noexcept { release(heap()); }

char* StringValue::resize(std::size_t size) {
  if (rep_ != Rep::heap) {
    Scratch scratch;
    const std::string_view bytes = view(scratch);
    const std::size_t capacity = std::max(size, bytes.size());
    auto* buffer = static_cast<Heap*>(allocate(sizeof(Heap) + capacity));
    buffer->size = bytes.size();
    std::memcpy(buffer->bytes(), bytes.data(), bytes.size());
    set_heap_pointer(buffer, capacity, true);
  }
  Heap* buffer = heap();
  size_ = 1;
  if (size > capacity()) {
    const std::size_t capacity = size + std::min(size, kMaxSlackBytes);
    buffer = static_cast<Heap*>(reallocate(buffer, sizeof(Heap) + capacity));
    set_heap_pointer(buffer, capacity, true);
  }
  if (size > buffer->size) std::memset(buffer->bytes() + buffer->size, 0, size - buffer->size);
  buffer->size = size;
  return buffer->bytes();
}

void StringValue::append(std::string_view bytes) {
  const std::size_t before = size();
  char* data = resize(before + bytes.size());
  std::memcpy(data + before, bytes.data(), bytes.size());
}

std::string_view StringValue::encoding_name() const {
  if (is_integer()) return "int";
  return is_raw() ? "raw" : "embstr";
}

bool StringValue::is_raw() const {
  return rep_ == Rep::heap && (size_ != 0 || heap()->size > kMaxEmbeddedBytes);
}

void StringValue::mark_raw() {
  if (!is_raw()) resize(size());
}

std::size_t StringValue::heap_bytes() const {
  return rep_ == Rep::heap ? sizeof(Heap) + capacity() : 0;
}

}  // namespace octavo::keyspace
