#include "keyspace/type/expiry_heap.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "base/random.h"

namespace octavo::keyspace {
namespace {

struct Entry {
  std::int64_t expire_at_ms = kNoExpiry;
  std::uint32_t heap_position = 0;
};

TEST(ExpiryHeapTest, TopIsAlwaysTheNextToExpire) {
  Random random(4);
  ExpiryHeap<Entry> heap;
  std::vector<Entry> entries(300);
  for (int i = 0; i < 20'000; ++i) {
    Entry* entry = &entries[random.below(entries.size())];
    if (random.below(3) == 0) {
      heap.remove(entry);
      entry->expire_at_ms = kNoExpiry;
    } else {
      entry->expire_at_ms = static_cast<std::int64_t>(random.below(1'000));
      heap.update(entry);
    }
    std::vector<std::int64_t> times;
    for (const Entry& one : entries) {
      if (one.expire_at_ms != kNoExpiry) times.push_back(one.expire_at_ms);
    }
    ASSERT_EQ(heap.size(), times.size());
    if (times.empty()) continue;
    ASSERT_EQ(heap.top()->expire_at_ms, *std::min_element(times.begin(), times.end()));
    std::size_t due = 0;
    heap.visit_due(500, [&](const Entry* one) {
      EXPECT_LE(one->expire_at_ms, 500);
      ++due;
      return true;
    });
    const auto expected =
        std::count_if(times.begin(), times.end(), [](std::int64_t at) { return at <= 500; });
    ASSERT_EQ(due, static_cast<std::size_t>(expected));
  }
}

}  // namespace
}  // namespace octavo::keyspace
