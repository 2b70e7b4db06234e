#include "keyspace/type/dense_map.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/random.h"
#include "keyspace/type/set_value.h"

namespace octavo::keyspace {
namespace {

using Map = DenseMap<MemberNode>;

void add(Map& map, const std::string& key) { map.insert(MemberNode::create(key, dense_hash(key))); }

TEST(DenseMapTest, AgreesWithAModelThroughGrowthAndShrinking) {
  Random random(7);
  Map map;
  std::set<std::string> model;
  for (int phase = 0; phase < 6; ++phase) {
    const bool growing = phase % 2 == 0;
    for (int i = 0; i < 20'000; ++i) {
      const std::string key = "k" + std::to_string(random.below(15'000));
      const bool insert = random.below(10) < (growing ? 8U : 2U);
      MemberNode* node = map.find(key);
      ASSERT_EQ(node != nullptr, model.contains(key));
      if (insert && node == nullptr) {
        add(map, key);
        model.insert(key);
      } else if (!insert && node != nullptr) {
        map.erase(node);
        model.erase(key);
      }
      ASSERT_EQ(map.size(), model.size());
    }
    for (const std::string& key : model) ASSERT_NE(map.find(key), nullptr) << key;
    for (std::uint32_t i = 0; i < map.size(); ++i) {
      ASSERT_EQ(map.at(i)->position, i);
      ASSERT_TRUE(model.contains(std::string(map.at(i)->key())));
    }
  }
}

TEST(DenseMapTest, OrderDependsOnHistoryAlone) {
  // Two maps with different table sizes, the same inserts and erases.
  Map small;
  Map large;
  large.reserve(100'000);
  Random random(3);
  for (int i = 0; i < 5'000; ++i) {
    const std::string key = std::to_string(random.below(1'000));
    MemberNode* node = small.find(key);
    if (node == nullptr) {
      add(small, key);
      add(large, key);
    } else {
      small.erase(node);
      large.erase(large.find(key));
    }
  }
  ASSERT_EQ(small.size(), large.size());
  for (std::uint32_t i = 0; i < small.size(); ++i) {
    ASSERT_EQ(small.at(i)->key(), large.at(i)->key());
  }
}

TEST(DenseMapTest, ScanReturnsEveryNodeThatStays) {
  Random random(11);
  for (int round = 0; round < 20; ++round) {
    Map map;
    std::set<std::string> stays;
    for (int i = 0; i < 500; ++i) {
      add(map, "stay" + std::to_string(i));
      stays.insert("stay" + std::to_string(i));
      add(map, "go" + std::to_string(i));
    }
    std::set<std::string> seen;
    std::uint64_t cursor = 0;
    int fresh = 0;
    do {
      cursor = map.scan(cursor, 1 + random.below(20),
                        [&](MemberNode* node) { seen.insert(std::string(node->key())); });
      for (int i = 0; i < 15; ++i) {
        if (MemberNode* node = map.find("go" + std::to_string(random.below(500)))) {
          map.erase(node);
        }
        if (random.below(3) == 0) add(map, "new" + std::to_string(fresh++));
      }
    } while (cursor != 0);
    EXPECT_TRUE(std::includes(seen.begin(), seen.end(), stays.begin(), stays.end()));
  }
}

TEST(DenseMapTest, MemoryIsGivenBack) {
  collect_memory_delta();
  {
    Map map;
    for (int i = 0; i < 10'000; ++i) add(map, std::to_string(i));
    EXPECT_GT(collect_memory_delta(), 10'000 * 24);
    for (int i = 0; i < 10'000; ++i) map.erase(map.find(std::to_string(i)));
    EXPECT_LT(map.overhead_bytes(), 200'000U);  // the array keeps its room, the index does not
  }
  collect_memory_delta();
  Map map;
  add(map, "a");
  map.clear();
  EXPECT_EQ(collect_memory_delta(), 0);
}

}  // namespace
}  // namespace octavo::keyspace
