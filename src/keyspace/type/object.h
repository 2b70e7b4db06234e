#pragma once

// The value of a key: a string in place, or one container. 16 bytes, movable; `clone` copies.

#include <cstdint>
#include <cstring>
#include <string_view>

#include "base/assert.h"
#include "base/limits.h"
#include "keyspace/type/prefetch_step.h"
#include "keyspace/type/string_value.h"

namespace octavo::keyspace {

class ListValue;
class SetValue;
class ZsetValue;
class HashValue;
class StreamValue;

enum class Kind : std::uint8_t { string, list, set, zset, hash, stream };
constexpr std::size_t kKindCount = 6;

std::string_view kind_name(Kind kind);  // as TYPE answers

template <class T>
struct KindOf;
template <>
struct KindOf<StringValue> {
  static constexpr Kind kKind = Kind::string;
};
template <>
struct KindOf<ListValue> {
  static constexpr Kind kKind = Kind::list;
};
template <>
struct KindOf<SetValue> {
  static constexpr Kind kKind = Kind::set;
};
template <>
struct KindOf<ZsetValue> {
  static constexpr Kind kKind = Kind::zset;
};
template <>
struct KindOf<HashValue> {
  static constexpr Kind kKind = Kind::hash;
};
template <>
struct KindOf<StreamValue> {
  static constexpr Kind kKind = Kind::stream;
};

class Object {
 public:
  Object() = default;  // an empty string
  explicit Object(StringValue string) : bits_(std::move(string)) {}
  explicit Object(ListValue* owned) { adopt(owned, Kind::list); }
  explicit Object(SetValue* owned) { adopt(owned, Kind::set); }
  explicit Object(ZsetValue* owned) { adopt(owned, Kind::zset); }
  explicit Object(HashValue* owned) { adopt(owned, Kind::hash); }
  explicit Object(StreamValue* owned) { adopt(owned, Kind::stream); }
  Object(Object&& other) noexcept : bits_(std::move(other.bits_)) {}
  Object& operator=(Object&& other) noexcept {
    if (this != &other) {
      free_container();
      bits_ = std::move(other.bits_);
    }
    return *this;
  }
  ~Object() { free_container(); }

  Object clone() const;
  // For borrowing what is not worth copying, a container or the bytes of a large string: its
  // address (null: copy it), and a second owner of it, which must `forget` it before it goes.
  static constexpr std::size_t kBorrowedStringBytes = 256 * kKiB;
  const void* container() const {
    if (is_container()) return pointer();
    const bool heap = bits_.rep_ == StringValue::Rep::heap;
    return heap && bits_.size() >= kBorrowedStringBytes ? pointer() : nullptr;
  }
  Object alias() const {
    ASSERT(container() != nullptr);
    Object out;
    std::memcpy(out.bits_.data_, bits_.data_, sizeof bits_.data_);
    out.bits_.size_ = bits_.size_;
    out.bits_.rep_ = bits_.rep_;
    return out;
  }
  void forget() {
    bits_.rep_ = StringValue::Rep::in_place;
    bits_.size_ = 0;
  }

  Kind kind() const { return is_container() ? static_cast<Kind>(bits_.size_) : Kind::string; }
  bool is_string() const { return !is_container(); }

  // Asserts the kind.
  template <class T>
  T& as() {
    ASSERT(kind() == KindOf<T>::kKind);
    return *static_cast<T*>(pointer());
  }
  template <class T>
  const T& as() const {
    ASSERT(kind() == KindOf<T>::kKind);
    return *static_cast<const T*>(pointer());
  }

  std::string_view encoding_name() const;  // as OBJECT ENCODING answers
  // Elements, fields, members or entries; 1 for a string. The cost of freeing it.
  std::uint64_t element_count() const;
  // Of reading or copying it, in elements of a container.
  std::uint64_t cost() const;
  static std::uint64_t cost_of_text(std::size_t bytes) { return bytes / 64; }
  // Starts to bring what it points to into the cache.
  void prefetch() const { bits_.prefetch(); }
  // The same for what a lookup of an element reads, by its dense_hash; nothing where there is no
  // table of elements.
  void prefetch_element(std::uint32_t hash, PrefetchStep step) const;
  bool is_empty_container() const { return is_container() && element_count() == 0; }
  // Approximate bytes; samples large containers.
  std::size_t memory_bytes(std::uint32_t samples = 5) const;

 private:
  bool is_container() const { return bits_.rep_ == StringValue::Rep::container; }
  void* pointer() const {
    void* container;
    std::memcpy(&container, bits_.data_, sizeof(container));
    return container;
  }
  void adopt(void* container, Kind kind) {
    std::memcpy(bits_.data_, &container, sizeof(container));
    bits_.size_ = static_cast<std::uint8_t>(kind);
    bits_.rep_ = StringValue::Rep::container;
  }
  void free_container() noexcept {
    if (is_container()) destroy_container();
  }
  void destroy_container() noexcept;

  StringValue bits_;  // of a container: its address, and its kind in `size_`
};
static_assert(sizeof(Object) == 16);

template <>
inline StringValue& Object::as<StringValue>() {
  ASSERT(!is_container());
  return bits_;
}
template <>
inline const StringValue& Object::as<StringValue>() const {
  ASSERT(!is_container());
  return bits_;
}

}  // namespace octavo::keyspace
