#include "keyspace/type/pack.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/random.h"

namespace octavo::keyspace {
namespace {

std::vector<std::string> forwards(const Pack& pack) {
  std::vector<std::string> out;
  for (Pack::Place at = pack.first(); at != pack.end(); at = pack.next(at)) {
    out.emplace_back(pack.get(at));
  }
  return out;
}

std::vector<std::string> backwards(const Pack& pack) {
  std::vector<std::string> out;
  for (Pack::Place at = pack.end(); at != pack.first();) {
    at = pack.previous(at);
    out.insert(out.begin(), std::string(pack.get(at)));
  }
  return out;
}

// Lengths around the change of the header's form, and the marker byte as content.
std::string random_entry(Random& random) {
  static constexpr std::size_t kSizes[] = {0, 1, 5, 253, 254, 255, 300, 5000};
  const char fill = random.below(2) == 0 ? 'x' : static_cast<char>(254);
  return std::string(kSizes[random.below(std::size(kSizes))], fill);
}

TEST(PackTest, AgreesWithAVector) {
  Random random(5);
  for (int round = 0; round < 30; ++round) {
    Pack pack;
    std::vector<std::string> model;
    for (int i = 0; i < 300; ++i) {
      const std::string entry = random_entry(random);
      const auto index = static_cast<std::uint32_t>(random.below(model.size() + 1));
      const Pack::Place place = index == model.size() ? pack.end() : pack.seek(index);
      const auto at = model.begin() + index;
      switch (random.below(6)) {
        case 0:
          pack.push_back(entry);
          model.push_back(entry);
          break;
        case 1:
          pack.push_front(entry);
          model.insert(model.begin(), entry);
          break;
        case 2:
          pack.insert(place, entry);
          model.insert(at, entry);
          break;
        case 3:
          if (index == model.size()) break;
          pack.replace(place, entry);
          *at = entry;
          break;
        default:
          if (index == model.size()) break;
          pack.erase(place);
          model.erase(at);
      }
      ASSERT_EQ(pack.size(), model.size());
    }
    EXPECT_EQ(forwards(pack), model);
    EXPECT_EQ(backwards(pack), model);
    EXPECT_EQ(forwards(pack.clone()), model);
  }
}

TEST(PackTest, FindLooksAtEveryStride) {
  Pack pack;
  for (const char* entry : {"a", "b", "b", "a", "c", "d"}) pack.push_back(entry);
  EXPECT_EQ(pack.find("b", 2), pack.seek(2));
  EXPECT_EQ(pack.find("d", 2), pack.end());
  EXPECT_EQ(pack.find("d", 1), pack.seek(5));
}

}  // namespace
}  // namespace octavo::keyspace
