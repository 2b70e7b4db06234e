#include "keyspace/type/expiry_heap.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "base/random.h"

namespace octavo::keyspace {
namespace {

struct Entry {
  std::int64_t at_ms = kNoExpiry;
  std::uint32_t place = 0;

  std::int64_t expire_at_ms() const { return at_ms; }
  std::uint32_t& heap_position() { return place; }
};

TEST(ExpiryHeapTest, TopIsAlwaysTheNextToExpire) {
  Random random(4);
  ExpiryHeap<Entry> heap;
  std::vector<Entry> entries(300);
  for (int i = 0; i < 20'000; ++i) {
    Entry* entry = &entries[random.below(entries.size())];
    if (random.below(3) == 0) {
      heap.remove(entry);
      entry->at_ms = kNoExpiry;
    } else {
      entry->at_ms = static_cast<std::int64_t>(random.below(1'000));
      heap.update(entry);
    }
    std::vector<std::int64_t> times;
    for (const Entry& one : entries) {
      if (one.at_ms != kNoExpiry) times.push_back(one.at_ms);
    }
    ASSERT_EQ(heap.size(), times.size());
    if (times.empty()) continue;
    ASSERT_EQ(heap.top()->at_ms, *std::min_element(times.begin(), times.end()));
    std::size_t due = 0;
    heap.visit_due(500, [&](const Entry* one) {
      EXPECT_LE(one->at_ms, 500);
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
