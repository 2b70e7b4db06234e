#include "txn/recent_writes.h"

#include <gtest/gtest.h>

#include <map>

#include "base/random.h"

namespace octavo::txn {
namespace {

Lsn at(std::uint64_t order) { return Lsn::of(0, LsnOrder{order}); }

TEST(RecentWrites, KeepsThePartitionOfItsLog) {
  const auto of_second = [](std::uint64_t order) { return Lsn::of(2, LsnOrder{order}); };
  RecentWrites window(1, of_second(7));
  EXPECT_EQ(window.floor(), of_second(7));
  for (std::uint64_t record = 8; record < 11; ++record) {
    (void)window.begin_record();
    window.stamp(1, of_second(record));
  }
  EXPECT_EQ(window.floor(), of_second(8));
  EXPECT_TRUE(window.written_after(1, of_second(9)));
  EXPECT_FALSE(window.written_after(1, of_second(10)));
}

TEST(RecentWrites, AgreesWithAMapAboveTheFloor) {
  Random random(1);
  for (const std::size_t capacity : {1u, 10u, 1000u}) {
    RecentWrites window(capacity, at(0));
    std::map<KeyHash, std::uint64_t> model;
    for (std::uint64_t record = 1; record < 3000; ++record) {
      (void)window.begin_record();
      for (std::uint64_t i = random.below(3); i > 0; --i) {
        const KeyHash key = 1 + random.below(200);
        window.stamp(key, at(record));
        model[key] = record;
      }
      const std::uint64_t floor = raw(window.floor().order());
      const std::uint64_t snapshot = floor + random.below(record - floor + 1);
      const KeyHash key = 1 + random.below(200);
      EXPECT_EQ(window.written_after(key, at(snapshot)), model[key] > snapshot);
    }
    EXPECT_LE(window.size(), 2 * (capacity + 3));
  }
}

// A node that starts from the floor ends with the same answers as one that never stopped.
TEST(RecentWrites, RebuildsFromItsFloor) {
  Random random(2);
  std::vector<std::vector<KeyHash>> records;
  RecentWrites window(50, at(0));
  for (std::uint64_t record = 0; record < 400; ++record) {
    auto& keys = records.emplace_back();
    for (std::uint64_t i = random.below(4); i > 0; --i) keys.push_back(random.below(100));
    (void)window.begin_record();
    for (const KeyHash key : keys) window.stamp(key, at(record + 1));

    RecentWrites rebuilt(50, window.rebuild_from());
    for (std::uint64_t again = raw(window.rebuild_from().order()); again <= record; ++again) {
      (void)rebuilt.begin_record();
      for (const KeyHash key : records[again]) rebuilt.stamp(key, at(again + 1));
    }
    ASSERT_EQ(rebuilt.floor(), window.floor());
    for (KeyHash key = 0; key < 100; key += 7) {
      const Lsn snapshot =
          at(raw(window.floor().order()) + random.below(record + 2 - raw(window.floor().order())));
      ASSERT_EQ(rebuilt.written_after(key, snapshot), window.written_after(key, snapshot));
    }
  }
}

}  // namespace
}  // namespace octavo::txn
