// Tables of integers against maps: many equal keys, ones that lie close together, and ones that
// share their lower bits.

#include "exec/integer_keys.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <limits>
#include <map>

#include "base/random.h"
#include "exec/integer_groups.h"

namespace octavo::exec {
namespace {

std::int64_t random_key(Random& random) {
  const auto key = static_cast<std::int64_t>(random.below(300)) - 150;
  return random.below(3) == 0 ? key << 40 : key;
}

// At the end of all integers, where distances go beyond half of them.
constexpr std::int64_t kFar = std::numeric_limits<std::int64_t>::max() - 500;
std::int64_t close_key(Random& random) {
  return kFar + static_cast<std::int64_t>(random.below(300)) - 150;
}

TEST(IntegerKeys, AreChainedInTheOrderOfTheirRows) {
  Random random(3);
  for (int round = 0; round < 50; ++round) {
    const bool close = round % 2 == 0;
    QueryContext query;
    IntegerKeys keys(query);
    std::map<std::int64_t, std::vector<IntegerKeys::Place>> expected;
    const std::uint64_t count = random.below(2'000);
    for (std::uint64_t i = 0; i < count; ++i) {
      std::optional<std::int64_t> key;
      if (random.below(8) != 0) key = close ? close_key(random) : random_key(random);
      if (key) expected[*key].push_back(keys.rows());
      ASSERT_TRUE(keys.add(key));
      EXPECT_EQ(keys.key(keys.rows() - 1), key);
    }
    ASSERT_TRUE(keys.finish());
    EXPECT_EQ(keys.is_unique(), std::ranges::all_of(expected, [](const auto& of_key) {
                return of_key.second.size() == 1;
              }));
    for (std::int64_t key = -200; key < 200; ++key) {
      for (const std::int64_t one : {key, key << 40, kFar + key, -kFar - key}) {
        keys.prefetch(one);
        std::vector<IntegerKeys::Place> found;
        for (auto at = keys.find(one); at != IntegerKeys::kNone; at = keys.next(at)) {
          found.push_back(at);
        }
        EXPECT_EQ(found, expected.contains(one) ? expected.at(one) : decltype(found)()) << one;
      }
    }
  }
}

TEST(IntegerKeys, EndsOfAllIntegersAreApart) {
  constexpr std::array kKeys = {std::numeric_limits<std::int64_t>::min(),
                                std::numeric_limits<std::int64_t>::max(), std::int64_t{0}};
  QueryContext query;
  IntegerKeys keys(query);
  for (const std::int64_t key : kKeys) ASSERT_TRUE(keys.add(key));
  ASSERT_TRUE(keys.finish());
  for (IntegerKeys::Place place = 0; place < kKeys.size(); ++place) {
    EXPECT_EQ(keys.find(kKeys[place]), place);
  }
  EXPECT_EQ(keys.find(1), IntegerKeys::kNone);
  EXPECT_TRUE(keys.is_unique());
}

TEST(IntegerGroups, AreFoundByTheirKeys) {
  Random random(5);
  QueryContext query;
  IntegerGroups groups(query);
  std::map<std::int64_t, IntegerGroups::Number> expected;
  for (std::uint32_t i = 0; i < 20'000; ++i) {
    const std::int64_t key = random_key(random) * (1 + static_cast<std::int64_t>(i) / 1'000);
    const auto known = expected.find(key);
    ASSERT_EQ(groups.find(key), known == expected.end() ? IntegerGroups::kNone : known->second);
    if (known != expected.end()) continue;
    ASSERT_TRUE(groups.add(key, i));
    expected.emplace(key, i);
  }
}

}  // namespace
}  // namespace octavo::exec
