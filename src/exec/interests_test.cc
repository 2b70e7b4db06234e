#include "exec/interests.h"

#include <gtest/gtest.h>

#include <optional>

#include "value/key.h"

namespace octavo::exec {
namespace {

using algebra::KeyRange;
using algebra::KeySet;
using algebra::Scan;
using value::Value;

Bytes key(std::string_view text) { return value::encoded_key(Value::string(text)); }

Scan scan_of(std::variant<KeyRange, KeySet> keys) {
  return {.table = TableId{1}, .index = {}, .keys = std::move(keys), .order = {}};
}

TEST(Interests, OnlyWhatSomebodyListensToIsWanted) {
  const auto all = std::make_shared<Interests>();
  EXPECT_FALSE(all->wants(key("a")));
  std::optional<Interests::Interest> point(std::in_place, all,
                                           scan_of(KeySet{{Value::string("a")}}));
  EXPECT_TRUE(all->wants(key("a")));
  EXPECT_FALSE(all->wants(key("aa")));
  ASSERT_TRUE(all->only_points());
  EXPECT_EQ(all->only_points()->size(), 1U);
  const KeyRange range{{Value::string("b"), true}, {Value::string("d"), false}};
  std::optional<Interests::Interest> some(std::in_place, all, scan_of(range));
  EXPECT_TRUE(all->wants(key("c")));
  EXPECT_FALSE(all->wants(key("d")));
  EXPECT_FALSE(all->only_points());
  // Two who listen to one key: it stays wanted until the last has gone.
  std::optional<Interests::Interest> again(std::in_place, all,
                                           scan_of(KeySet{{Value::string("a")}}));
  point.reset();
  EXPECT_TRUE(all->wants(key("a")));
  again.reset();
  EXPECT_FALSE(all->wants(key("a")));
  std::optional<Interests::Interest> everything(std::in_place, all, scan_of(KeyRange{}));
  EXPECT_TRUE(all->wants(key("z")));
  everything.reset();
  some.reset();
  EXPECT_FALSE(all->wants(key("c")));
}

TEST(Interests, AnIndexMeansEveryKey) {
  const auto all = std::make_shared<Interests>();
  Scan scan = scan_of(KeySet{{Value::string("a")}});
  scan.index = IndexId{7};
  const Interests::Interest interest(all, scan);
  EXPECT_TRUE(all->wants(key("b")));
}

}  // namespace
}  // namespace octavo::exec
