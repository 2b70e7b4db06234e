#include "txn/read_watch.h"

#include <gtest/gtest.h>

#include "txn/row_key.h"

namespace octavo::txn {
namespace {

using kv::Family;

constexpr TableId kTable{7};
constexpr TableId kOther{8};

Lsn at(std::uint64_t order) { return Lsn::of(0, LsnOrder{order}); }

class ReadWatchTest : public testing::Test {
 protected:
  void change(Family family, const Bytes& key, std::uint64_t order) {
    kv::WriteBatch batch;
    batch.put(family, key, "x");
    watches_.applied(batch, at(order));
  }
  void change_row(BytesView key, std::uint64_t order, TableId table = kTable) {
    change(Family::rows, row_key(table, key), order);
  }

  ReadWatches watches_;
  std::shared_ptr<ReadWatch> watch_ = std::make_shared<ReadWatch>(watches_);
};

TEST_F(ReadWatchTest, KeysThatChangedAfterwards) {
  watch_->add_key(Family::rows, row_key(kTable, "b"), at(10));
  change_row("b", 9);
  change_row("b", 10);
  change_row("a", 11);
  change_row("bb", 11);
  change_row("b", 11, kOther);
  change(Family::index, row_key(kTable, "b"), 11);
  change(Family::meta, row_key(kTable, "b"), 11);
  EXPECT_TRUE(watch_->still_so());
  change_row("b", 12);
  EXPECT_FALSE(watch_->still_so());
  EXPECT_FALSE(watch_->still_so()) << "it does not come back";
}

TEST_F(ReadWatchTest, AKeyThatWasReadTwiceIsAsOldAsTheFirstTime) {
  watch_->add_key(Family::rows, "k", at(10));
  watch_->add_key(Family::rows, "k", at(20));
  change(Family::rows, "k", 15);
  EXPECT_FALSE(watch_->still_so());
}

TEST_F(ReadWatchTest, RangesHaveALowerAndAnUpperEnd) {
  watch_->add_range(Family::index, "b", "d", at(10));
  for (const char* key : {"a", "azz", "d", "e"}) change(Family::index, key, 11);
  change(Family::rows, "c", 11);
  change(Family::index, "c", 10);
  EXPECT_TRUE(watch_->still_so());
  change(Family::index, "b", 12);
  EXPECT_FALSE(watch_->still_so());
}

TEST_F(ReadWatchTest, RangesWithoutEnds) {
  watch_->add_range(Family::rows, "m", {}, at(10));
  change(Family::rows, "l", 11);
  change(Family::index, "z", 11);
  EXPECT_TRUE(watch_->still_so());
  change(Family::rows, "\xff\xff", 12);
  EXPECT_FALSE(watch_->still_so());
}

TEST_F(ReadWatchTest, WhatIsErasedAsARange) {
  watch_->add_key(Family::index, "c", at(10));
  kv::WriteBatch batch;
  batch.erase_range(Family::index, "a", "c");
  watches_.applied(batch, at(11));
  EXPECT_TRUE(watch_->still_so());
  batch.clear();
  batch.erase_range(Family::index, "b", "d");
  watches_.applied(batch, at(12));
  EXPECT_FALSE(watch_->still_so());
}

TEST_F(ReadWatchTest, OnlyTheLastPassCounts) {
  watch_->add_key(Family::rows, "before", at(10));
  watch_->begin_pass();
  watch_->add_key(Family::rows, "first", at(10));
  change(Family::rows, "first", 11);
  watch_->begin_pass();
  watch_->add_key(Family::rows, "second", at(11));
  watch_->end_passes();
  EXPECT_TRUE(watch_->still_so());
  change(Family::rows, "first", 12);
  EXPECT_TRUE(watch_->still_so());
  change(Family::rows, "second", 12);
  EXPECT_FALSE(watch_->still_so());
}

TEST_F(ReadWatchTest, WhoOnlyReadsMayBeEarlierThanWhatCameLater) {
  watch_->notes_at(at(10))->key(Family::rows, "k");
  change(Family::rows, "k", 11);
  EXPECT_TRUE(watch_->was_so_at_once());
  EXPECT_FALSE(watch_->still_so());
  watch_->notes_at(at(11))->key(Family::rows, "other");
  EXPECT_FALSE(watch_->was_so_at_once()) << "the first read was no more so at the second";
}

TEST_F(ReadWatchTest, ManyReadsBecomeCoarseAndLoseNothing) {
  for (int i = 0; i < 20'000; ++i) {
    watch_->add_key(Family::rows, row_key(kTable, "key " + std::to_string(i)), at(10));
  }
  change_row("key", 11, kOther);
  EXPECT_TRUE(watch_->still_so());
  change_row("key 3", 12);
  EXPECT_FALSE(watch_->still_so());
}

TEST_F(ReadWatchTest, ManyRangesBecomeCoarseAndLoseNothing) {
  for (int i = 0; i < 1'000; ++i) {
    const std::string from = std::to_string(i);
    watch_->add_range(Family::rows, row_key(kTable, from), row_key(kTable, from + "x"), at(10));
  }
  watch_->add_range(Family::rows, table_begin(kOther), {}, at(10));
  change_row("7", 11, TableId{6});
  change(Family::index, row_key(kTable, "7"), 11);
  EXPECT_TRUE(watch_->still_so());
  change_row("7", 12);
  EXPECT_FALSE(watch_->still_so());
}

TEST_F(ReadWatchTest, WhoSleepsForTooLongHasLost) {
  ReadWatch& sleeper = *watch_;
  auto awake = std::make_shared<ReadWatch>(watches_);
  const Bytes large(kMiB, 'x');
  for (std::uint64_t i = 0; i <= ReadWatches::kMostBytes / large.size(); ++i) {
    change(Family::rows, large, 11 + i);
    EXPECT_TRUE(awake->still_so());
  }
  EXPECT_FALSE(sleeper.still_so());
  EXPECT_FALSE(sleeper.was_so_at_once());
  // Nobody else is any the worse for it.
  change(Family::rows, "k", 1000);
  EXPECT_TRUE(awake->still_so());
}

TEST_F(ReadWatchTest, AWatchKnowsNothingOfWhatCameBeforeIt) {
  change(Family::rows, "k", 10);
  auto later = std::make_shared<ReadWatch>(watches_);
  watch_.reset();
  later->add_key(Family::rows, "k", at(10));
  EXPECT_TRUE(later->still_so());
  change(Family::rows, "k", 11);
  EXPECT_FALSE(later->still_so());
}

}  // namespace
}  // namespace octavo::txn
