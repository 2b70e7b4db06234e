#include "keyspace/type/hash_value.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "base/random.h"

namespace octavo::keyspace {
namespace {

struct Field {
  std::string value;
  std::int64_t end_ms = kNoExpiry;
  friend bool operator==(const Field&, const Field&) = default;
};
using Model = std::map<std::string, Field>;

Model contents(const HashValue& hash) {
  Model out;
  hash.visit_timed([&](std::string_view field, std::string_view value, std::int64_t end_ms) {
    out[std::string(field)] = {std::string(value), end_ms};
    return true;
  });
  return out;
}

std::set<std::string> due_of(const Model& model, std::int64_t now_ms) {
  std::set<std::string> out;
  for (const auto& [name, field] : model) {
    if (field.end_ms != kNoExpiry && field.end_ms <= now_ms) out.insert(name);
  }
  return out;
}

std::int64_t next_end(const Model& model) {
  std::int64_t next = kNoExpiry;
  for (const auto& [name, field] : model) {
    if (field.end_ms == kNoExpiry) continue;
    next = next == kNoExpiry ? field.end_ms : std::min(next, field.end_ms);
  }
  return next;
}

void change(HashValue& hash, Model& model, const EncodingLimits& limits, Random& random) {
  const std::string name = "f" + std::to_string(random.below(40));
  const auto found = model.find(name);
  switch (random.below(6)) {
    case 0:
      EXPECT_EQ(hash.erase(name), found != model.end());
      model.erase(name);
      break;
    case 1:
      if (found == model.end()) break;
      found->second.end_ms = static_cast<std::int64_t>(random.below(100));
      hash.set_end(name, found->second.end_ms);
      break;
    case 2:
      if (found == model.end()) break;
      found->second.end_ms = kNoExpiry;
      hash.set_end(name, kNoExpiry);
      break;
    case 3:
      EXPECT_EQ(hash.set(name, "kept", limits, HashValue::Time::kept), found == model.end());
      model[name].value = "kept";
      break;
    default:
      EXPECT_EQ(hash.set(name, "v" + std::to_string(random.below(9)), limits),
                found == model.end());
      model[name] = {std::string(*hash.get(name)), kNoExpiry};
  }
}

void expect_same(const HashValue& hash, const Model& model) {
  ASSERT_EQ(contents(hash), model);
  ASSERT_EQ(hash.size(), model.size());
  ASSERT_EQ(hash.next_end(), next_end(model));
  const auto mortal = std::ranges::count_if(
      model, [](const auto& field) { return field.second.end_ms != kNoExpiry; });
  ASSERT_EQ(hash.mortal_count(), mortal);
  const std::set<std::string> due = due_of(model, 50);
  ASSERT_EQ(hash.due_count(50), due.size());
  std::size_t live = 0;
  hash.visit_live(50, [&](std::string_view field, std::string_view) {
    ++live;
    EXPECT_FALSE(due.contains(std::string(field)));
    return true;
  });
  ASSERT_EQ(live, model.size() - due.size());
}

TEST(HashValueTest, FieldsEndAsTheyWereSetInAPackAndInATable) {
  // Packed for good, turned into a table on the way, a table from the first field on.
  for (const std::int64_t packed : {1000, 20, 0}) {
    Random random(static_cast<std::uint64_t>(packed) + 1);
    EncodingLimits limits;
    limits.hash_max_pack_entries = packed;
    HashValue hash;
    Model model;
    for (int i = 0; i < 3'000; ++i) {
      change(hash, model, limits, random);
      if (i % 10 != 0) continue;
      expect_same(hash, model);
      const std::unique_ptr<HashValue> copy(hash.clone());
      expect_same(*copy, model);
      EXPECT_EQ(copy->is_packed(), hash.is_packed());
    }
    EXPECT_EQ(hash.is_packed(), packed == 1000);
  }
}

TEST(HashValueTest, AHashWithoutTimesIsNotTimed) {
  HashValue hash;
  const EncodingLimits limits;
  hash.set("a", "1", limits);
  hash.set_end("a", kNoExpiry);
  EXPECT_FALSE(hash.is_timed());
  EXPECT_EQ(hash.timed_bytes(), 0U);
  static_assert(sizeof(HashValue) == sizeof(Pack));
  hash.set_end("a", 5);
  EXPECT_TRUE(hash.is_timed());
  hash.set("a", "2", limits);
  EXPECT_TRUE(hash.is_timed());
  EXPECT_EQ(hash.mortal_count(), 0U);
  EXPECT_EQ(hash.get("a"), "2");
}

}  // namespace
}  // namespace octavo::keyspace
