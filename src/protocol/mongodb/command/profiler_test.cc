#include "protocol/mongodb/command/profiler.h"

#include <gtest/gtest.h>

#include <string>

namespace octavo::mongodb {
namespace {

constexpr std::int64_t kMilli = 1'000'000;

TEST(ProfilerTest, LevelsAreThoseOfADatabase) {
  Profiler profiler;
  EXPECT_EQ(profiler.change("a", {.level = ProfileLevel::all}).level, ProfileLevel::off);
  EXPECT_EQ(profiler.settings("a").level, ProfileLevel::all);
  EXPECT_EQ(profiler.settings("b").level, ProfileLevel::off);
  EXPECT_EQ(profiler.change("a", {}).level, ProfileLevel::all);
  EXPECT_EQ(profiler.change("a", {.level = ProfileLevel::off}).level, ProfileLevel::all);
  EXPECT_EQ(profiler.settings("a").level, ProfileLevel::off);
}

TEST(ProfilerTest, SlowIsWhatTakesSoLong) {
  Profiler profiler;
  profiler.change("a", {.level = ProfileLevel::slow, .slow_ms = 20});
  const ProfileSettings settings = profiler.settings("a");
  EXPECT_FALSE(settings.wants(19 * kMilli));
  EXPECT_TRUE(settings.wants(20 * kMilli));
  profiler.change("a", {.sample_rate = 0});
  EXPECT_FALSE(profiler.settings("a").wants(1000 * kMilli));
  profiler.change("a", {.level = ProfileLevel::all});
  EXPECT_TRUE(profiler.settings("a").wants(0));
}

TEST(ProfilerTest, TheCollectionIsThereFromTheFirstLevelToItsDrop) {
  Profiler profiler;
  profiler.add("a", "lost");
  EXPECT_FALSE(profiler.has_collection("a"));
  profiler.change("a", {.level = ProfileLevel::all});
  profiler.add("a", "first");
  EXPECT_FALSE(profiler.drop("a"));
  profiler.change("a", {.level = ProfileLevel::off});
  EXPECT_EQ(profiler.entries("a"), std::vector<Bytes>{"first"});
  EXPECT_TRUE(profiler.drop("a"));
  EXPECT_EQ(profiler.entries("a"), std::nullopt);
  profiler.change("a", {.level = ProfileLevel::all});
  profiler.forget("a");
  EXPECT_FALSE(profiler.has_collection("a"));
  EXPECT_EQ(profiler.settings("a").level, ProfileLevel::off);
}

TEST(ProfilerTest, TheOldestEntriesMakeRoom) {
  Profiler profiler;
  profiler.change("a", {.level = ProfileLevel::all});
  const Bytes half(kMaxProfileBytes / 2, 'x');
  profiler.add("a", "oldest");
  profiler.add("a", half);
  profiler.add("a", half);
  EXPECT_EQ(profiler.entries("a"), (std::vector<Bytes>{half, half}));
  profiler.add("a", Bytes(kMaxProfileBytes + 1, 'y'));
  EXPECT_EQ(profiler.entries("a"), (std::vector<Bytes>{half, half}));
}

}  // namespace
}  // namespace octavo::mongodb
