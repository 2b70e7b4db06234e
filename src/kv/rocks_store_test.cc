// RocksDB on a bad disk: power cuts, flipped bits, no room.

#include <gtest/gtest.h>

#include "base/random.h"
#include "io/sim_file.h"
#include "kv/store.h"

namespace octavo::kv {
namespace {

const std::string kPath = "/data/rows";

Lsn at(std::uint64_t order) { return Lsn::of(0, LsnOrder{order}); }

std::unique_ptr<Store> open(io::FileSystem& files, std::size_t memory_bytes = 2 * kMiB) {
  StoreOptions options;
  options.path = kPath;
  options.memory_bytes = memory_bytes;
  options.files = &files;
  options.reserve_bytes = 0;
  auto store = Store::open(options);
  EXPECT_TRUE(store) << store.error().what;
  return store ? *std::move(store) : nullptr;
}

Bytes noise(Random& random, std::size_t size) {
  Bytes bytes;
  while (bytes.size() < size) put_le(bytes, random());
  return bytes;
}

Bytes key_of(std::uint64_t number) {
  Bytes key;
  put_be(key, number);
  return key;
}

std::vector<std::string> table_files(io::FileSystem& files) {
  std::vector<std::string> result;
  const auto names = files.list(kPath);
  for (const std::string& name : *names) {
    if (name.ends_with(".sst")) result.push_back(io::join_path(kPath, name));
  }
  return result;
}

// Each batch writes the same number to three families: after a power cut they must agree with
// each other and with `applied`, at a position between the last flush and the end.
TEST(RocksStore, PowerCutsLeaveOneConsistentState) {
  const auto disk = io::make_sim_disk(3);
  Random random(3);
  std::uint64_t number = 0;
  for (int life = 0; life < 12; ++life) {
    const auto files = disk->mount();
    const auto store = open(*files);
    ASSERT_NE(store, nullptr);
    const std::uint64_t found = raw(store->applied().order());
    ASSERT_LE(found, number);
    Bytes value;
    for (const Family family : {Family::meta, Family::rows, Family::index}) {
      const auto there = store->get(family, "number", value);
      ASSERT_TRUE(there) << there.error().what;
      ASSERT_EQ(*there, found != 0);
      if (*there) {
        ASSERT_EQ(value, std::to_string(found));
      }
    }
    number = found;
    std::uint64_t flushed = found;
    for (std::uint64_t i = random.below(400); i > 0; --i) {
      WriteBatch batch;
      ++number;
      for (const Family family : {Family::meta, Family::rows, Family::index}) {
        batch.put(family, "number", std::to_string(number));
        batch.put(family, key_of(number), noise(random, 2000));
      }
      ASSERT_TRUE(store->apply(batch, at(number)));
      if (random.below(100) == 0) {
        ASSERT_TRUE(store->flush());
        flushed = number;
      }
    }
    disk->power_cut();
    const auto next_files = disk->mount();
    const auto survivor = open(*next_files);
    ASSERT_NE(survivor, nullptr);
    ASSERT_GE(raw(survivor->applied().order()), flushed);
  }
}

TEST(RocksStore, FlippedBitsAreNeverServed) {
  Random random(5);
  int detected = 0;
  for (int round = 0; round < 25; ++round) {
    const auto disk = io::make_sim_disk(static_cast<std::uint64_t>(round));
    const auto files = disk->mount();
    {
      const auto store = open(*files);
      WriteBatch batch;
      for (std::uint64_t i = 0; i < 500; ++i)
        batch.put(Family::rows, key_of(i), noise(random, 100));
      ASSERT_TRUE(store->apply(batch, at(1)));
      ASSERT_TRUE(store->flush());
    }
    const Result<CheckReport> before = check(*files, kPath);
    ASSERT_TRUE(before) << before.error().what;
    EXPECT_TRUE(before->ok());
    EXPECT_EQ(before->applied, at(1));

    const std::vector<std::string> tables = table_files(*files);
    ASSERT_FALSE(tables.empty());
    const std::string& victim = tables[random.below(tables.size())];
    const std::uint64_t size = *(*files->open(victim, io::OpenMode::read))->size();
    disk->flip_bit(victim, random.below(size), static_cast<unsigned>(random.below(8)));

    const Result<CheckReport> report = check(*files, kPath);
    if (report) {
      ASSERT_EQ(report->errors.size(), 1u);
      EXPECT_NE(report->errors[0].find(victim), std::string::npos) << report->errors[0];
    } else {
      EXPECT_EQ(report.error().code, Code::corrupt) << report.error().what;
    }

    StoreOptions options;
    options.path = kPath;
    options.files = files.get();
    const auto store = Store::open(options);
    if (!store) {
      EXPECT_EQ(store.error().code, Code::corrupt) << store.error().what;
      ++detected;
      continue;
    }
    const auto cursor = (*store)->cursor(Family::rows);
    std::uint64_t next = 0;
    for (cursor->seek_to_first(); cursor->valid(); cursor->next()) {
      ASSERT_EQ(cursor->key(), key_of(next++));
    }
    if (const Status status = cursor->status(); !status) {
      EXPECT_EQ(status.error().code, Code::corrupt);
      EXPECT_NE(status.error().what.find(".sst"), std::string::npos) << status.error().what;
      ++detected;
    } else {
      EXPECT_EQ(next, 500u);  // the flip hit a filter, an index that was not needed, or meta
    }
  }
  EXPECT_GT(detected, 5);
}

TEST(RocksStore, ColdReadsDoNotTouchTheDiskWhenAskedNotTo) {
  const auto disk = io::make_sim_disk(1);
  const auto files = disk->mount();
  Random random(1);
  {
    const auto store = open(*files);
    WriteBatch batch;
    for (std::uint64_t i = 0; i < 1000; ++i) batch.put(Family::rows, key_of(i), noise(random, 500));
    ASSERT_TRUE(store->apply(batch, at(1)));
    ASSERT_TRUE(store->flush());
  }
  const auto store = open(*files);
  Bytes value;
  const ReadOptions cold{.tier = ReadTier::cache_only};
  const Result<bool> refused = store->get(Family::rows, key_of(500), value, cold);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::would_block);
  const auto cursor = store->cursor(Family::rows, {.read = cold});
  cursor->seek(key_of(500));
  EXPECT_FALSE(cursor->valid());
  ASSERT_FALSE(cursor->status());
  EXPECT_EQ(cursor->status().error().code, Code::would_block);

  ASSERT_TRUE(*store->get(Family::rows, key_of(500), value));
  const Result<bool> warm = store->get(Family::rows, key_of(500), value, cold);
  ASSERT_TRUE(warm) << warm.error().what;
  EXPECT_TRUE(*warm);
}

TEST(RocksStore, TheCacheGivesWayToOthers) {
  const auto disk = io::make_sim_disk(1);
  const auto files = disk->mount();
  const auto store = open(*files, 64 * kMiB);
  Random random(1);
  for (std::uint64_t round = 0; round < 20; ++round) {
    WriteBatch batch;
    for (std::uint64_t i = 0; i < 1000; ++i) {
      batch.put(Family::rows, key_of(round * 1000 + i), noise(random, 500));
    }
    ASSERT_TRUE(store->apply(batch, at(round + 1)));
  }
  EXPECT_GT(store->memory_bytes(), 2 * kMiB);  // not yet in files
  ASSERT_TRUE(store->flush());
  Bytes value;
  const auto read_all = [&] {
    for (std::uint64_t i = 0; i < 20'000; ++i) {
      ASSERT_TRUE(*store->get(Family::rows, key_of(i), value));
    }
  };
  read_all();
  const std::size_t full = store->memory_bytes();
  EXPECT_GT(full, 9 * kMiB);
  store->set_memory(4 * kMiB);
  EXPECT_LT(store->memory_bytes(), 5 * kMiB);
  read_all();
  EXPECT_LT(store->memory_bytes(), 5 * kMiB);
  store->set_memory(64 * kMiB);
  read_all();
  EXPECT_GT(store->memory_bytes(), 9 * kMiB);
  const StoreStats stats = store->stats();
  EXPECT_LE(stats.cache_bytes + stats.memtable_bytes, store->memory_bytes());
}

TEST(RocksStore, FullDiskRefusesWritesAndRecoversByItself) {
  const auto disk = io::make_sim_disk(9);
  const auto files = disk->mount();
  Random random(9);
  const auto store = open(*files);
  disk->set_capacity(3 * kMiB);
  std::uint64_t applied = 0;
  Status status;
  for (int i = 0; i < 100'000 && status; ++i) {
    status = store->writable();
    if (!status) break;
    WriteBatch batch;
    batch.put(Family::rows, key_of(applied + 1), noise(random, 1000));
    status = store->apply(batch, at(applied + 1));
    if (status) ++applied;
  }
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, Code::resource_exhausted) << status.error().what;
  Bytes value;
  for (std::uint64_t i = 1; i <= applied; i += 97) {
    const auto found = store->get(Family::rows, key_of(i), value);
    ASSERT_TRUE(found && *found) << i;
  }

  disk->set_capacity(1 * kGiB);
  // The store looks for room now and then; each look is a call of `writable`.
  while (!store->writable()) {
  }
  WriteBatch batch;
  batch.put(Family::rows, key_of(applied + 1), "there is room");
  ASSERT_TRUE(store->apply(batch, at(applied + 1)));
  const Status flushed = store->flush();
  ASSERT_TRUE(flushed) << flushed.error().what;
  EXPECT_EQ(store->durable_applied(), at(applied + 1));
}

TEST(RocksStore, OneProcessAtATime) {
  const auto disk = io::make_sim_disk(1);
  const auto files = disk->mount();
  const auto first = open(*files);
  StoreOptions options;
  options.path = kPath;
  options.files = files.get();
  EXPECT_FALSE(Store::open(options));
}

}  // namespace
}  // namespace octavo::kv
