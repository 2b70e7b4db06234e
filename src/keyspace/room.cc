#include "keyspace/room.h"

#include <string_view>

#include "base/random.h"
#include "keyspace/command_table.h"
#include "keyspace/eviction.h"

namespace octavo::keyspace {
namespace {

// Keys in one record, at most.
constexpr std::size_t kEvictedAtOnce = 16;

}  // namespace

Evictions::Evictions(const std::vector<KeyRef>& victims) : victims_(victims), batch_(replies_) {
  const auto* evict = keyspace_commands().find_logged("octavo.evict");
  for (const KeyRef& victim : victims_) {
    const std::string_view args[] = {evict->name, victim.key};
    batch_.add(*evict, victim.db, args);
  }
}

void KeyspaceRoom::set_share(std::int64_t bytes) {
  share_ = bytes;
  const auto lock = keyspace_.lock();
  set_limit(0, keyspace_.eviction_policy());
}

void KeyspaceRoom::set_limit(std::int64_t bytes, EvictionPolicy policy) {
  const bool share_counts = share_ > 0 && (bytes <= 0 || share_ < bytes);
  const std::int64_t limit = share_counts ? share_ : bytes;
  keyspace_.set_memory_limit(limit, policy);
  limit_.store(limit, std::memory_order_relaxed);
}

std::vector<KeyRef> KeyspaceRoom::victims(std::size_t bytes) {
  while (full(bytes) && keyspace_.free_garbage()) {
  }
  const auto lock = keyspace_.lock();
  if (!full(bytes)) return {};
  std::int64_t excess =
      keyspace_.used_bytes() + static_cast<std::int64_t>(bytes) - keyspace_.memory_limit();
  const std::int64_t now_ms = clock_.wall_ns() / 1'000'000;
  auto found = eviction_victims(keyspace_, kEvictedAtOnce, now_ms, thread_random());
  std::size_t needed = 0;
  while (needed < found.size() && excess > 0) {
    const KeyRef& victim = found[needed++];
    const auto* entry = keyspace_.database(victim.db).find(victim.key);
    if (entry == nullptr) continue;
    excess -=
        static_cast<std::int64_t>(sizeof(*entry) + victim.key.size() + entry->value.memory_bytes());
  }
  found.resize(needed);
  return found;
}

bool KeyspaceRoom::make(std::size_t bytes, int rounds, const Commit& commit) {
  while (full(bytes) && rounds-- > 0) {
    Evictions evictions(victims(bytes));
    if (evictions.empty()) return !full(bytes);
    if (!commit(evictions.batch())) return true;  // whoever asked will hear of it
  }
  return true;
}

}  // namespace octavo::keyspace
