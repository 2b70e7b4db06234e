#include "keyspace/type/zset_value.h"

#include <gtest/gtest.h>

#include <cmath>
#include <iterator>
#include <limits>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>

#include "base/random.h"

namespace octavo::keyspace {
namespace {

struct Model {
  std::set<std::pair<double, std::string>> order;
  std::unordered_map<std::string, double> scores;

  void set(const std::string& member, double score) {
    erase(member);
    scores[member] = score;
    order.emplace(score, member);
  }
  bool erase(const std::string& member) {
    const auto found = scores.find(member);
    if (found == scores.end()) return false;
    order.erase({found->second, member});
    scores.erase(found);
    return true;
  }
};

void expect_same(const ZsetValue& zset, const Model& model) {
  ASSERT_EQ(zset.size(), model.order.size());
  auto at = model.order.begin();
  std::uint64_t rank = 0;
  zset.visit_all([&](std::string_view member, double score) {
    ASSERT_EQ(score, at->first);
    ASSERT_EQ(member, at->second);
    ++at;
  });
  if (zset.size() == 0) return;
  auto back = model.order.rbegin();
  zset.visit(zset.size() - 1, true, [&](std::string_view member, double score) {
    EXPECT_EQ(score, back->first);
    EXPECT_EQ(member, back->second);
    return ++back != model.order.rend();
  });
  for (const auto& [score, member] : model.order) {
    ASSERT_EQ(zset.rank(member), rank);
    ASSERT_EQ(zset.score(member), score);
    ++rank;
  }
}

// With few scores, so that ties are common, and with many.
void run_model(std::uint64_t seed, std::uint64_t members, std::uint64_t scores, int steps) {
  Random random(seed);
  const EncodingLimits limits;
  ZsetValue zset;
  Model model;
  for (int i = 0; i < steps; ++i) {
    const std::string member = "m" + std::to_string(random.below(members));
    const double score = static_cast<double>(random.below(scores)) - 5;
    if (random.below(10) < 6) {
      zset.set(member, score, limits);
      model.set(member, score);
    } else if (random.below(50) == 0 && zset.size() > 0) {
      const std::uint64_t start = random.below(zset.size());
      const std::uint64_t count = std::min<std::uint64_t>(random.below(40), zset.size() - start);
      zset.erase_ranks(start, count);
      auto first = std::next(model.order.begin(), static_cast<std::ptrdiff_t>(start));
      for (std::uint64_t k = 0; k < count; ++k) {
        model.scores.erase(first->second);
        first = model.order.erase(first);
      }
    } else {
      ASSERT_EQ(zset.erase(member), model.erase(member));
    }
    if (i % 500 == 0) expect_same(zset, model);
  }
  expect_same(zset, model);
}

TEST(ZsetValueTest, AgreesWithAModelWhilePacked) { run_model(1, 60, 10, 3'000); }
TEST(ZsetValueTest, AgreesWithAModelAsATree) { run_model(2, 4'000, 50, 30'000); }
TEST(ZsetValueTest, AgreesWithAModelWithManyScores) { run_model(3, 4'000, 1'000'000, 30'000); }

TEST(ZsetValueTest, GrowsAtOneEndAndEmptiesFromBoth) {
  const EncodingLimits limits;
  ZsetValue zset;
  for (int i = 0; i < 20'000; ++i) zset.set(std::to_string(i), i, limits);
  EXPECT_EQ(zset.at(12'345).score, 12'345);
  EXPECT_EQ(zset.count_before([](double score, std::string_view) { return score < 777; }), 777U);
  zset.erase_ranks(0, 9'999);
  zset.erase_ranks(1, zset.size() - 1);
  ASSERT_EQ(zset.size(), 1U);
  EXPECT_EQ(zset.at(0).score, 9'999);
  const std::unique_ptr<ZsetValue> copy(zset.clone());
  EXPECT_EQ(copy->at(0).member, "9999");
}

// A pack stores an integer in as many bytes as it needs.
TEST(ZsetValueTest, PackedScoresAreWhatWasSet) {
  const EncodingLimits limits;
  ZsetValue zset;
  for (const double score :
       {0.0, 1.0, -1.0, 127.0, 128.0, -128.0, -129.0, 32767.0, 32768.0, -32768.0, -32769.0,
        2147483647.0, 2147483648.0, -2147483648.0, -2147483649.0, 0.5, -127.5, 1e300, 5e-324}) {
    zset.set("member", score, limits);
    ASSERT_TRUE(zset.is_packed());
    EXPECT_EQ(zset.score("member"), score);
  }
  zset.set("member", -0.0, limits);
  zset.set("zero", -0.0, limits);
  EXPECT_FALSE(std::signbit(*zset.score("zero")));
}

TEST(ZsetValueTest, InfinitiesAreOrdered) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const EncodingLimits limits;
  for (const bool packed : {true, false}) {
    ZsetValue zset;
    if (!packed) zset.convert_to_table();
    zset.set("b", kInfinity, limits);
    zset.set("a", -kInfinity, limits);
    zset.set("c", 0, limits);
    EXPECT_EQ(zset.at(0).member, "a");
    EXPECT_EQ(zset.at(2).member, "b");
  }
}

}  // namespace
}  // namespace octavo::keyspace
