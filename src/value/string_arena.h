#pragma once

// Texts of vectors. A ref is 16 bytes: size, then up to 12 bytes of text; of longer ones the first
// four, and where all of it is. Two refs differ if their first eight bytes do, so that most
// comparisons touch no other memory.

#include <compare>
#include <cstring>
#include <string_view>

#include "value/buffer.h"

namespace octavo::value {

class StringRef {
 public:
  static constexpr std::size_t kInside = 12;

  StringRef() = default;
  // Of more than kInside bytes it keeps the address: the text must outlive it. At most 4 GiB.
  explicit StringRef(std::string_view text) : size_(static_cast<std::uint32_t>(text.size())) {
    ASSERT(text.size() <= 0xffffffffU);
    if (text.size() <= kInside) {
      if (!text.empty()) std::memcpy(text_, text.data(), text.size());
      return;
    }
    const char* const data = text.data();
    std::memcpy(text_, data, kPrefix);
    std::memcpy(text_ + kPrefix, static_cast<const void*>(&data), sizeof data);
  }

  std::uint32_t size() const { return size_; }
  bool is_inside() const { return size_ <= kInside; }
  // Short ones are inside of the ref, which must then outlive the view.
  std::string_view view() const& { return {data(), size_}; }
  std::string_view view() && = delete;

  friend bool operator==(const StringRef& a, const StringRef& b) {
    if (a.head() != b.head()) return false;
    if (a.is_inside()) return std::memcmp(a.text_, b.text_, kInside) == 0;
    return std::memcmp(a.data(), b.data(), a.size_) == 0;
  }
  // Bytewise, a prefix first.
  friend std::strong_ordering operator<=>(const StringRef& a, const StringRef& b) {
    // What is behind a short text is zero: it differs from a longer one's, or the sizes decide.
    if (const int prefixes = std::memcmp(a.text_, b.text_, kPrefix); prefixes != 0) {
      return prefixes <=> 0;
    }
    return a.view().compare(b.view()) <=> 0;
  }

 private:
  static constexpr std::size_t kPrefix = 4;

  std::uint64_t head() const {
    std::uint64_t both;
    std::memcpy(&both, this, sizeof both);
    return both;
  }
  const char* data() const {
    if (is_inside()) return text_;
    const char* outside;
    std::memcpy(static_cast<void*>(&outside), text_ + kPrefix, sizeof outside);
    return outside;
  }

  std::uint32_t size_ = 0;
  char text_[kInside] = {};  // zero behind a short text; or the first four bytes and an address
};
static_assert(sizeof(StringRef) == 16);

// Where long texts lie: blocks that grow from 4 to 256 KiB and never move. Filled by one thread,
// then shared by every vector that refers to it, and freed with the last of them.
class StringArena {
 public:
  StringArena() = default;
  StringArena(const StringArena&) = delete;
  StringArena& operator=(const StringArena&) = delete;
  ~StringArena() { free_from(last_); }

  // A copy of `text` that lives as long as this.
  StringRef add(std::string_view text) {
    if (text.size() <= StringRef::kInside) return StringRef(text);
    if (text.size() > left_) make_room(text.size());
    char* const copy = next_;
    std::memcpy(copy, text.data(), text.size());
    next_ += text.size();
    left_ -= text.size();
    return StringRef({copy, text.size()});
  }

  // What it has allocated.
  std::size_t bytes() const { return bytes_; }
  // Forgets all texts. Keeps one block for those to come.
  void clear() noexcept;

  std::atomic<std::uint32_t> references{1};  // of Ref

 private:
  struct Block {
    Block* before;
    std::size_t bytes;  // behind this
  };

  void make_room(std::size_t bytes);
  void free_from(Block* block) noexcept;

  Block* last_ = nullptr;
  char* next_ = nullptr;
  std::size_t left_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace octavo::value
