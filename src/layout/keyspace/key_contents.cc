#include "layout/keyspace/key_contents.h"

#include "layout/keyspace/key_documents.h"

namespace octavo::layout {
namespace {

// A content is not worth holding when it is made as quickly as found.
constexpr std::uint64_t kFewElements = 16;
constexpr std::size_t kFewBytes = kKiB;
// What an element takes as a value of its own, and where it is shared.
constexpr std::size_t kElementBytes = 64;
constexpr std::size_t kSharedElementBytes = sizeof(value::Value);

}  // namespace

KeyContents::Content KeyContents::of(unsigned db, const keyspace::KeyEntry& entry,
                                     const value::Value* earlier) {
  const std::uint64_t elements = entry.value.element_count();
  if (elements < kFewElements && entry.value.memory_bytes() < kFewBytes) {
    Content content{.value = content_value(entry.value, earlier)};
    content.fresh_bytes = content.value.memory_bytes();
    return content;
  }
  std::string name(1, static_cast<char>(db));
  name.append(entry.key());
  const auto found = held_.find(name);
  if (found != held_.end()) {
    if (found->second.version == entry.version) return {.value = found->second.value};
    if (earlier == nullptr) earlier = &found->second.value;
  }
  Content content{.value = content_value(entry.value, earlier)};
  const std::size_t whole = elements * kElementBytes + entry.value.memory_bytes();
  const bool shared = earlier != nullptr && !entry.value.is_string();
  content.fresh_bytes = shared ? elements * kSharedElementBytes : whole;
  hold(std::move(name), {.version = entry.version, .value = content.value, .bytes = whole});
  return content;
}

void KeyContents::hold(std::string name, Held held) {
  if (held.bytes > max_held_bytes_) return;
  if (bytes_ + held.bytes > max_held_bytes_) clear();
  Held& slot = held_[std::move(name)];
  bytes_ = bytes_ - slot.bytes + held.bytes;
  slot = std::move(held);
}

void KeyContents::clear() {
  held_.clear();
  bytes_ = 0;
}

}  // namespace octavo::layout
