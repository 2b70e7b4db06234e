#pragma once

// A byte string of a key or a hash field, 16 bytes: an int64, up to 14 bytes in place, or a
// counted heap buffer with room to grow.

#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

#include "keyspace/type/numbers.h"

namespace octavo::keyspace {

constexpr std::size_t kMaxEmbeddedBytes = 44;  // longer ones answer "raw" to OBJECT ENCODING

class StringValue {
 public:
  enum class Rep : std::uint8_t { integer, in_place, heap, container };

  StringValue() noexcept { std::memset(data_, 0, sizeof(data_)); }
  // Texts of canonical integers become integers.
  static StringValue from_text(std::string_view text) {
    StringValue out;
    out.set_text(text);
    return out;
  }
  // Keeps the bytes as they are.
  static StringValue from_bytes(std::string_view bytes) {
    StringValue out;
    out.set_bytes(bytes);
    return out;
  }
  static StringValue from_integer(std::int64_t value) {
    StringValue out;
    out.set_integer(value);
    return out;
  }

  StringValue(StringValue&& other) noexcept { steal(other); }
  StringValue& operator=(StringValue&& other) noexcept {
    if (this != &other) {
      reset();
      steal(other);
    }
    return *this;
  }
  StringValue(const StringValue& other) = delete;
  StringValue& operator=(const StringValue& other) = delete;
  ~StringValue() { reset(); }

  StringValue clone() const;

  void set_text(std::string_view text) {
    if (text.size() <= kMaxInt64Chars) {
      if (const auto integer = parse_int64(text)) return set_integer(*integer);
    }
    set_bytes(text);
  }
  void set_bytes(std::string_view bytes) {
    if (bytes.size() <= sizeof(data_)) {
      // The bytes may lie in this value's own buffer, hence copy before freeing.
      char copy[sizeof(data_)];
      std::memcpy(copy, bytes.data(), bytes.size());
      reset();
      std::memcpy(data_, copy, sizeof(data_));
      size_ = static_cast<std::uint8_t>(bytes.size());
      rep_ = Rep::in_place;
    } else {
      set_heap(bytes);
    }
  }
  void set_integer(std::int64_t value) {
    reset();
    std::memcpy(data_, &value, sizeof(value));
    rep_ = Rep::integer;
  }

  bool is_integer() const { return rep_ == Rep::integer; }
  std::int64_t integer() const {
    std::int64_t value;
    std::memcpy(&value, data_, sizeof(value));
    return value;
  }
  std::optional<std::int64_t> to_int64() const {
    return is_integer() ? std::optional(integer()) : parse_int64(view());
  }

  // The bytes of a value that is not an integer. Valid until the value changes.
  std::string_view view() const {
    if (rep_ == Rep::in_place) return {data_, size_};
    const Heap* buffer = heap();
    return {buffer->bytes(), buffer->size};
  }
  // The bytes of any value; an integer's digits are written to `scratch`.
  using Scratch = char[kMaxInt64Chars + 4];
  std::string_view view(Scratch& scratch) const {
    if (is_integer()) return {scratch, format_int64(scratch, integer())};
    return view();
  }
  std::string to_string() const {
    Scratch scratch;
    return std::string(view(scratch));
  }
  std::size_t size() const;

  // Makes the value plain bytes of `size`, zero filled where it grows, and gives access to them.
  char* resize(std::size_t size);
  void append(std::string_view bytes);

  // "int", "embstr" or "raw"
  std::string_view encoding_name() const;
  // A value that was written in place of parts (APPEND, SETRANGE, ...) says "raw" from then on.
  void mark_raw();
  bool is_raw() const;

  std::size_t heap_bytes() const;

  // Starts to bring what it points to into the cache.
  void prefetch() const {
    if (rep_ == Rep::heap || rep_ == Rep::container) __builtin_prefetch(heap());
  }

 private:
  friend class Object;
  // In front of its bytes. How many there is room for is with its address, and whether it says
  // "raw" in `size_`: of the blocks that many keys have, each byte counts.
  struct Heap {
    std::size_t size;

    char* bytes() { return reinterpret_cast<char*>(this + 1); }
    const char* bytes() const { return reinterpret_cast<const char*>(this + 1); }
  };

  Heap* heap() const {
    Heap* buffer;
    std::memcpy(&buffer, data_, sizeof(buffer));
    return buffer;
  }
  // 48 bits behind the address.
  std::size_t capacity() const {
    std::uint32_t low;
    std::uint16_t high;
    std::memcpy(&low, data_ + sizeof(Heap*), sizeof(low));
    std::memcpy(&high, data_ + sizeof(Heap*) + sizeof(low), sizeof(high));
    return std::uint64_t{high} << 32 | low;
  }
  void set_heap_pointer(Heap* buffer, std::size_t capacity, bool raw) {
    const auto low = static_cast<std::uint32_t>(capacity);
    const auto high = static_cast<std::uint16_t>(std::uint64_t{capacity} >> 32);
    std::memcpy(data_, &buffer, sizeof(buffer));
    std::memcpy(data_ + sizeof(buffer), &low, sizeof(low));
    std::memcpy(data_ + sizeof(buffer) + sizeof(low), &high, sizeof(high));
    size_ = raw ? 1 : 0;
    rep_ = Rep::heap;
  }
  void set_heap(std::string_view bytes);
  void reset() noexcept {
    if (rep_ == Rep::heap) free_heap();
    rep_ = Rep::in_place;
    size_ = 0;
  }
  void free_heap() noexcept;
  void steal(StringValue& other) noexcept {
    std::memcpy(data_, other.data_, sizeof(data_));
    size_ = other.size_;
    rep_ = other.rep_;
    other.rep_ = Rep::in_place;
    other.size_ = 0;
  }

  alignas(8) char data_[14];
  std::uint8_t size_ = 0;  // of in-place bytes; a container's kind; of a buffer, whether it is raw
  Rep rep_ = Rep::in_place;
};
static_assert(sizeof(StringValue) == 16);

}  // namespace octavo::keyspace
