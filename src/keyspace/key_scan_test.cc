#include "keyspace/key_scan.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "base/random.h"
#include "keyspace/command_table.h"
#include "keyspace/keyspace.h"

namespace octavo::keyspace {
namespace {

constexpr std::int64_t kNowNs = 1'700'000'000'000'000'000;
constexpr std::int64_t kNowMs = kNowNs / 1'000'000;

void run(Keyspace& keyspace, const std::vector<std::string>& words) {
  std::string out;
  LocalBatch batch(out);
  const std::vector<std::string_view> args(words.begin(), words.end());
  const auto* spec = keyspace_commands().find_logged(args[0]);
  ASSERT_NE(spec, nullptr);
  batch.add(*spec, 0, args);
  keyspace.apply_local(batch, kNowNs, 1);
  ASSERT_FALSE(out.starts_with('-')) << words[0] << " " << out;
}

std::string name(std::uint64_t n) { return "key" + std::to_string(n); }

// The names in the order in which they were found.
std::vector<std::string> names_of(std::string_view bulks) {
  std::vector<std::string> names;
  while (!bulks.empty()) {
    bulks.remove_prefix(bulks.find('\n') + 1);
    const std::size_t end = bulks.find("\r\n");
    names.emplace_back(bulks.substr(0, end));
    bulks.remove_prefix(end + 2);
  }
  return names;
}

void change_something(Keyspace& keyspace, Random& random) {
  const std::string key = name(random.below(300));
  switch (random.below(5)) {
    case 0: return run(keyspace, {"set", key, "v"});
    case 1: return run(keyspace, {"expire", key, "100"});
    case 2: return run(keyspace, {"copy", key, name(300 + random.below(50)), "replace"});
    default: return run(keyspace, {"del", key});
  }
}

TEST(KeyScanTest, FindsWhatWasThereAtItsStartWhateverHappensMeanwhile) {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    Keyspace keyspace;
    Random random(seed);
    for (int i = 0; i < 200; ++i) run(keyspace, {"set", name(random.below(300)), "v"});
    run(keyspace, {"pexpireat", name(1), std::to_string(kNowMs + 1)});
    std::multiset<std::string> expected;
    for (std::uint32_t i = 0; i < keyspace.database(0).size(); ++i) {
      expected.emplace(keyspace.database(0).keys().at(i)->key());
    }
    Bytes found;
    KeyScan scan(keyspace, 0, kNowMs, "*");
    const std::uint64_t flush_at = random.below(40);
    for (std::uint64_t step = 0; scan.step(random.below(20), found); ++step) {
      if (step == flush_at) run(keyspace, {seed % 2 == 0 ? "flushall" : "dbsize"});
      for (std::uint64_t i = random.below(10); i > 0; --i) change_something(keyspace, random);
      while (keyspace.free_garbage()) {
      }
    }
    const auto names = names_of(found);
    EXPECT_EQ(std::multiset<std::string>(names.begin(), names.end()), expected) << seed;
    EXPECT_EQ(scan.found(), names.size());
  }
}

TEST(KeyScanTest, LeavesOutWhatDoesNotMatchAndWhatHasExpired) {
  Keyspace keyspace;
  for (std::uint64_t i = 0; i < 20; ++i) run(keyspace, {"set", name(i), "v"});
  run(keyspace, {"pexpireat", name(11), std::to_string(kNowMs + 5)});
  Bytes found;
  KeyScan scan(keyspace, 0, kNowMs + 10, "key1?");
  EXPECT_FALSE(scan.step(1000, found));
  auto names = names_of(found);
  std::sort(names.begin(), names.end());
  EXPECT_EQ(names, (std::vector<std::string>{"key10", "key12", "key13", "key14", "key15", "key16",
                                             "key17", "key18", "key19"}));
}

}  // namespace
}  // namespace octavo::keyspace
