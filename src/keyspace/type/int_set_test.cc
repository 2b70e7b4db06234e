#include "keyspace/type/int_set.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <set>

#include "base/random.h"

namespace octavo::keyspace {
namespace {

TEST(IntSetTest, AgreesWithASetWhileItWidens) {
  Random random(6);
  IntSet set;
  std::set<std::int64_t> model;
  for (int i = 0; i < 6'000; ++i) {
    // Two bytes first, then four, then eight.
    const unsigned shift = i < 2'000 ? 50 : i < 4'000 ? 34 : 0;
    const auto value = static_cast<std::int64_t>(random()) >> (shift + random.below(8));
    if (random.below(3) > 0) {
      ASSERT_EQ(set.insert(value), model.insert(value).second);
    } else {
      ASSERT_EQ(set.erase(value), model.erase(value) > 0);
    }
    ASSERT_EQ(set.contains(value), model.contains(value));
  }
  ASSERT_EQ(set.size(), model.size());
  std::uint32_t index = 0;
  for (const std::int64_t value : model) ASSERT_EQ(set.at(index++), value);
}

TEST(IntSetTest, HoldsTheExtremes) {
  IntSet set;
  for (const std::int64_t value : {INT64_MAX, INT64_MIN, std::int64_t{0}}) set.insert(value);
  EXPECT_EQ(set.at(0), INT64_MIN);
  EXPECT_EQ(set.at(2), INT64_MAX);
}

}  // namespace
}  // namespace octavo::keyspace
