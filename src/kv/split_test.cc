#include "kv/split.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "io/sim_file.h"

namespace octavo::kv {
namespace {

constexpr std::size_t kValueBytes = 100;

struct Cuts {
  std::size_t parts = 0;
  std::uint64_t largest = 0;
};

class Split : public testing::Test {
 protected:
  void fill(const std::vector<Bytes>& keys) {
    WriteBatch batch;
    for (const Bytes& key : keys) batch.put(Family::rows, key, Bytes(kValueBytes, 'v'));
    ASSERT_TRUE(store_->apply(batch, Lsn::of(0, LsnOrder{++lsn_})));
  }
  // Just behind the last key.
  Bytes end() const {
    const auto cursor = store_->cursor(Family::rows);
    cursor->seek_to_last();
    return cursor->valid() ? Bytes(cursor->key()) + '\0' : Bytes();
  }
  // Cuts all there is; the parts are to be all of it.
  Cuts cut_all(std::uint64_t bytes) const {
    Cuts cuts;
    const auto cursor = store_->cursor(Family::rows);
    cursor->seek_to_first();
    Bytes begin(cursor->key());
    const Bytes end = this->end();
    std::uint64_t sum = 0;
    for (;;) {
      const auto key = split_key(*store_, Family::rows, begin, end, bytes);
      if (key) {
        EXPECT_LT(begin, *key);
        EXPECT_LT(*key, end);
      }
      const Bytes& upper = key ? *key : end;
      const std::uint64_t part = store_->approximate_bytes(Family::rows, begin, upper);
      ++cuts.parts;
      cuts.largest = std::max(cuts.largest, part);
      sum += part;
      if (!key) break;
      begin = *key;
    }
    const auto all = store_->approximate_bytes(Family::rows, cursor->key(), end);
    EXPECT_NEAR(static_cast<double>(sum), static_cast<double>(all),
                0.01 * static_cast<double>(all));
    return cuts;
  }

  std::unique_ptr<Store> store_ = open_memory_store();
  std::uint64_t lsn_ = 0;
};

Bytes number_key(std::uint64_t number) {
  Bytes key("table---");
  put_be(key, number);
  return key;
}

TEST_F(Split, EvenKeysGiveEvenParts) {
  std::vector<Bytes> keys;
  for (std::uint64_t i = 0; i < 2000; ++i) keys.push_back(number_key(i * 37));
  fill(keys);
  const Cuts cuts = cut_all(116 * 100);
  EXPECT_GE(cuts.parts, 13U);
  EXPECT_LE(cuts.parts, 40U);
  EXPECT_LE(cuts.largest, 3U * 116 * 100);  // the last one: what is less than two
}

TEST_F(Split, SkewedTextsAreCutToo) {
  Random random(5);
  std::vector<Bytes> keys;
  for (int i = 0; i < 1000; ++i) {
    keys.push_back("customer of the house " + std::to_string(random.below(1'000'000)));
    keys.push_back(Bytes(random.below(30), 'a') + std::to_string(random.below(1000)));
  }
  keys.emplace_back("zz");
  fill(keys);
  const Cuts cuts = cut_all(10'000);
  EXPECT_GE(cuts.parts, 10U);
  EXPECT_LE(cuts.largest, 40'000U);
}

TEST_F(Split, WhatIsSmallOrHasOneKeyIsNotCut) {
  EXPECT_FALSE(split_key(*store_, Family::rows, "a", "z", 100));
  fill({"k"});
  EXPECT_FALSE(split_key(*store_, Family::rows, "a", "z", 10));
  EXPECT_FALSE(split_key(*store_, Family::rows, "z", "a", 10));
  EXPECT_FALSE(split_key(*store_, Family::rows, "a", "z", 0));
  fill({"k1", "k2"});
  EXPECT_FALSE(split_key(*store_, Family::rows, "a", "z", 1000));
}

TEST_F(Split, FilesAreCutByTheirIndexes) {
  const auto disk = io::make_sim_disk(3);
  const auto files = disk->mount();
  StoreOptions options;
  options.path = "/data/rows";
  options.files = files.get();
  options.reserve_bytes = 0;
  auto opened = Store::open(options);
  ASSERT_TRUE(opened);
  store_ = *std::move(opened);
  Random random(7);
  WriteBatch batch;
  for (std::uint64_t i = 0; i < 20'000; ++i) {
    Bytes value;
    while (value.size() < kValueBytes) put_le(value, random());
    batch.put(Family::rows, number_key(i), value);
  }
  ASSERT_TRUE(store_->apply(batch, Lsn::of(0, LsnOrder{++lsn_})));
  ASSERT_TRUE(store_->flush());
  const Cuts cuts = cut_all(100'000);
  EXPECT_GE(cuts.parts, 8U);
  EXPECT_LE(cuts.parts, 60U);
  store_.reset();
}

}  // namespace
}  // namespace octavo::kv
