#include "keyspace/type/expiry_heap.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/random.h"
#include "keyspace/type/key_entry.h"

namespace octavo::keyspace {
namespace {

TEST(ExpiryHeapTest, TopIsAlwaysTheNextToExpire) {
  Random random(4);
  ExpiryHeap<KeyEntry> heap;
  std::vector<KeyEntry*> entries;
  for (int i = 0; i < 300; ++i) {
    const std::string key = std::to_string(i);
    entries.push_back(KeyEntry::create(key, dense_hash(key)));
  }
  for (int i = 0; i < 20'000; ++i) {
    KeyEntry* entry = entries[random.below(entries.size())];
    if (random.below(3) == 0) {
      heap.remove(entry);
      entry->expire_at_ms = kNoExpiry;
    } else {
      entry->expire_at_ms = static_cast<std::int64_t>(random.below(1'000));
      heap.update(entry);
    }
    std::vector<std::int64_t> times;
    for (const KeyEntry* one : entries) {
      if (one->expire_at_ms != kNoExpiry) times.push_back(one->expire_at_ms);
    }
    ASSERT_EQ(heap.size(), times.size());
    if (times.empty()) continue;
    ASSERT_EQ(heap.top()->expire_at_ms, *std::min_element(times.begin(), times.end()));
    std::size_t due = 0;
    heap.visit_due(500, [&](const KeyEntry* one) {
      EXPECT_LE(one->expire_at_ms, 500);
      ++due;
      return true;
    });
    const auto expected =
        std::count_if(times.begin(), times.end(), [](std::int64_t at) { return at <= 500; });
    ASSERT_EQ(due, static_cast<std::size_t>(expected));
  }
  for (KeyEntry* entry : entries) KeyEntry::destroy(entry);
}

}  // namespace
}  // namespace octavo::keyspace
