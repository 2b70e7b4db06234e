#include "base/random.h"

#include <gtest/gtest.h>

#include <set>

namespace octavo {
namespace {

TEST(Random, OneSeedGivesOneSequence) {
  Random a(42);
  Random b(42);
  Random c(43);
  const std::uint64_t first = a();
  EXPECT_EQ(first, b());
  EXPECT_NE(first, c());
}

TEST(Random, BelowStaysInRangeAndReachesAllOfIt) {
  Random random(1);
  std::set<std::uint64_t> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(random.below(7));
  EXPECT_EQ(seen.size(), 7U);
  EXPECT_EQ(*seen.rbegin(), 6U);
  EXPECT_EQ(random.below(1), 0U);
}

TEST(Random, UniformIsInTheUnitInterval) {
  Random random(2);
  double sum = 0;
  for (int i = 0; i < 10000; ++i) {
    const double x = random.uniform();
    ASSERT_GE(x, 0.0);
    ASSERT_LT(x, 1.0);
    sum += x;
  }
  EXPECT_NEAR(sum / 10000, 0.5, 0.02);
}

TEST(Random, SecureBytesDiffer) {
  EXPECT_EQ(secure_random_bytes(33).size(), 33U);
  EXPECT_NE(secure_random_bytes(16), secure_random_bytes(16));
}

}  // namespace
}  // namespace octavo
