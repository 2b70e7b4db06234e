#include "keyspace/type/list_value.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <memory>
#include <string>

#include "base/random.h"

namespace octavo::keyspace {
namespace {

using Model = std::deque<std::string>;

Model contents(const ListValue& list, bool backwards = false) {
  Model out;
  if (list.size() == 0) return out;
  list.visit(backwards ? list.size() - 1 : 0, backwards, [&](std::string_view element) {
    backwards ? out.emplace_front(element) : out.emplace_back(element);
    return true;
  });
  return out;
}

std::string random_element(Random& random) {
  switch (random.below(20)) {
    case 0: return std::string(random.below(10'000), 'L');  // larger than a chunk now and then
    case 1: return std::string(random.below(600), 'm');
    default: return "e" + std::to_string(random.below(9));
  }
}

void remove_equal(Model& model, const std::string& element, std::uint64_t limit, bool from_back) {
  std::uint64_t removed = 0;
  const auto wanted = [&] { return limit == 0 || removed < limit; };
  if (from_back) std::reverse(model.begin(), model.end());
  for (auto at = model.begin(); at != model.end() && wanted();) {
    if (*at != element) {
      ++at;
      continue;
    }
    at = model.erase(at);
    ++removed;
  }
  if (from_back) std::reverse(model.begin(), model.end());
}

void one_change(Random& random, ListValue& list, Model& model) {
  const std::string element = random_element(random);
  const std::size_t index = random.below(model.size() + 1);
  const auto offset = static_cast<std::ptrdiff_t>(index);
  switch (random.below(9)) {
    case 0:
    case 1:
      list.push_back(element);
      model.push_back(element);
      break;
    case 2:
    case 3:
      list.push_front(element);
      model.push_front(element);
      break;
    case 4:
      list.insert(index, element);
      model.insert(model.begin() + offset, element);
      break;
    case 5:
      if (index == model.size()) break;
      list.set(index, element);
      model[index] = element;
      break;
    case 6: {
      const std::size_t count = std::min<std::size_t>(random.below(8), model.size() - index);
      list.erase(index, count);
      model.erase(model.begin() + offset,
                  model.begin() + offset + static_cast<std::ptrdiff_t>(count));
      break;
    }
    case 7:
      if (model.empty()) break;
      list.pop_front();
      model.pop_front();
      break;
    default: {
      const bool from_back = random.below(2) == 0;
      const std::uint64_t limit = random.below(3);
      list.remove_equal(element, limit, from_back);
      remove_equal(model, element, limit, from_back);
    }
  }
}

TEST(ListValueTest, AgreesWithADeque) {
  Random random(9);
  for (int round = 0; round < 10; ++round) {
    ListValue list;
    Model model;
    for (int i = 0; i < 1'500; ++i) {
      one_change(random, list, model);
      ASSERT_EQ(list.size(), model.size());
      if (!model.empty()) {
        const std::size_t index = random.below(model.size());
        ASSERT_EQ(list.at(index), model[index]);
        ASSERT_EQ(list.front(), model.front());
        ASSERT_EQ(list.back(), model.back());
      }
    }
    EXPECT_EQ(contents(list), model);
    EXPECT_EQ(contents(list, true), model);
    const std::unique_ptr<ListValue> copy(list.clone());
    EXPECT_EQ(contents(*copy), model);
  }
}

}  // namespace
}  // namespace octavo::keyspace
