#include "protocol/redis/state/notifier.h"

#include <fmt/format.h>

#include <array>

namespace octavo::redis {
namespace {

// Redis's order. A stands for those before `K`; misses (m) and new keys (n) are not among them.
constexpr std::string_view kLetters = "g$lshzxetdnKEm";
constexpr std::string_view kAllLetters = "g$lshzxetd";

constexpr EventFlags bit(char letter) {
  const std::size_t at = kLetters.find(letter);
  return at == std::string_view::npos ? 0 : EventFlags{1} << at;
}

constexpr EventFlags kAll = [] {
  EventFlags flags = 0;
  for (const char letter : kAllLetters) flags |= bit(letter);
  return flags;
}();
constexpr EventFlags kKeyspaceChannel = bit('K');
constexpr EventFlags kEventChannel = bit('E');

}  // namespace

std::optional<EventFlags> parse_event_flags(std::string_view letters) {
  EventFlags flags = 0;
  for (const char letter : letters) {
    const EventFlags one = letter == 'A' ? kAll : bit(letter);
    if (one == 0) return std::nullopt;
    flags |= one;
  }
  return flags;
}

std::string event_flags_text(EventFlags flags) {
  std::string out;
  const bool all = (flags & kAll) == kAll;
  if (all) out.push_back('A');
  for (const char letter : kLetters) {
    if ((flags & bit(letter)) == 0 || (all && (kAll & bit(letter)) != 0)) continue;
    out.push_back(letter);
  }
  return out;
}

void KeyspaceNotifier::set_flags(EventFlags flags) {
  const MutexLock lock(mutex_);
  flags_ = flags;
  const bool listen = (flags & (kKeyspaceChannel | kEventChannel)) != 0;
  if (listen == listening_) return;
  listening_ = listen;
  listen ? observers_.add_listener(*this) : observers_.remove_listener(*this);
}

void KeyspaceNotifier::changed(unsigned db, std::string_view key, keyspace::EventClass kind,
                               std::string_view event) {
  const EventFlags flags = flags_.load(std::memory_order_relaxed);
  if ((flags & bit(static_cast<char>(kind))) == 0 || pubsub_.idle()) return;
  if ((flags & kKeyspaceChannel) != 0) {
    pubsub_.publish_event(db, fmt::format("__keyspace@{}__:{}", db, key), event);
  }
  if ((flags & kEventChannel) != 0) {
    pubsub_.publish_event(db, fmt::format("__keyevent@{}__:{}", db, event), key);
  }
}

}  // namespace octavo::redis
