// What every store promises, over each of them: the twin, RocksDB on a disk, RocksDB on a
// simulated disk.

#include "kv/store.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <map>

#include "base/random.h"
#include "io/sim_file.h"

namespace octavo::kv {
namespace {

enum class Kind { memory, rocks, rocks_simulated };

Lsn at(std::uint64_t order) { return Lsn::of(0, LsnOrder{order}); }

class EngineTest : public testing::TestWithParam<Kind> {
 protected:
  void SetUp() override { open(); }
  void TearDown() override {
    store_.reset();
    if (!directory_.empty()) std::filesystem::remove_all(directory_);
  }

  void open() {
    store_.reset();
    if (GetParam() == Kind::memory) {
      if (!memory_disk_) memory_disk_ = make_memory_disk();
      store_ = open_memory_store(memory_disk_);
      return;
    }
    StoreOptions options;
    options.memory_bytes = 4 * kMiB;
    if (GetParam() == Kind::rocks) {
      if (directory_.empty()) {
        char name[] = "/tmp/octavo_kv_XXXXXX";
        directory_ = ::mkdtemp(name);
      }
      options.path = directory_;
    } else {
      if (!disk_) disk_ = io::make_sim_disk(7);
      files_ = disk_->mount();
      options.path = "/data/rows";
      options.files = files_.get();
    }
    auto opened = Store::open(options);
    ASSERT_TRUE(opened) << opened.error().what;
    store_ = *std::move(opened);
  }

  void put(Family family, BytesView key, BytesView value) {
    WriteBatch batch;
    batch.put(family, key, value);
    apply(batch);
  }
  void apply(const WriteBatch& batch) {
    const Status status = store_->apply(batch, at(++lsn_));
    ASSERT_TRUE(status) << status.error().what;
  }
  std::optional<Bytes> get(Family family, BytesView key, const Snapshot* snapshot = nullptr) {
    Bytes value;
    ReadOptions options;
    options.snapshot = snapshot;
    const Result<bool> found = store_->get(family, key, value, options);
    EXPECT_TRUE(found) << found.error().what;
    return found.value_or(false) ? std::optional<Bytes>(value) : std::nullopt;
  }

  std::unique_ptr<io::SimDisk> disk_;
  std::unique_ptr<io::FileSystem> files_;
  std::shared_ptr<MemoryDisk> memory_disk_;
  std::string directory_;
  std::unique_ptr<Store> store_;
  std::uint64_t lsn_ = 0;
};

TEST_P(EngineTest, FamiliesAreApart) {
  put(Family::rows, "k", "row");
  put(Family::index, "k", "index");
  EXPECT_EQ(get(Family::rows, "k"), "row");
  EXPECT_EQ(get(Family::index, "k"), "index");
  EXPECT_EQ(get(Family::meta, "k"), std::nullopt);
}

// Rows and range deletions of one table in one memtable, in turns: what dropping tables does.
TEST_P(EngineTest, RangesAreErasedBesideRowsOfTheSameTable) {
  const Bytes table(8, 'T');
  for (int round = 0; round < 50; ++round) {
    WriteBatch batch;
    for (int row = 0; row < 20; ++row) {
      batch.put(Family::rows, table + std::to_string(row), "value");
    }
    apply(batch);
    WriteBatch drop;
    drop.erase_range(Family::rows, table, table + "~");
    drop.erase_range(Family::index, table, table + "~");
    apply(drop);
    EXPECT_EQ(get(Family::rows, table + "7"), std::nullopt);
  }
}

TEST_P(EngineTest, BatchesKeepTheirOrder) {
  WriteBatch batch;
  batch.put(Family::rows, "a", "1");
  batch.erase_range(Family::rows, "a", "c");
  batch.put_parts(Family::rows, "b", "b", "va", "lue");
  batch.put(Family::rows, "z", "1");
  batch.erase_parts(Family::rows, "", "z");
  apply(batch);
  EXPECT_EQ(get(Family::rows, "a"), std::nullopt);
  EXPECT_EQ(get(Family::rows, "bb"), "value");
  EXPECT_EQ(get(Family::rows, "z"), std::nullopt);
}

TEST_P(EngineTest, SnapshotsStandStillAndKnowTheirPosition) {
  put(Family::rows, "k", "1");
  const SnapshotPointer first = store_->snapshot();
  put(Family::rows, "k", "2");
  const SnapshotPointer second = store_->snapshot();
  WriteBatch batch;
  batch.erase(Family::rows, "k");
  apply(batch);
  EXPECT_EQ(first->applied(), at(1));
  EXPECT_EQ(second->applied(), at(2));
  EXPECT_EQ(store_->snapshot()->applied(), at(3));
  EXPECT_EQ(get(Family::rows, "k", first.get()), "1");
  EXPECT_EQ(get(Family::rows, "k", second.get()), "2");
  EXPECT_EQ(get(Family::rows, "k"), std::nullopt);
}

TEST_P(EngineTest, OnlyWhatWasFlushedSurvives) {
  put(Family::rows, "a", "1");
  put(Family::index, "a", "1");
  ASSERT_TRUE(store_->flush());
  EXPECT_EQ(store_->durable_applied(), at(2));
  put(Family::rows, "a", "2");
  EXPECT_EQ(store_->applied(), at(3));
  EXPECT_EQ(store_->durable_applied(), at(2));
  if (disk_) disk_->kill();
  open();
  EXPECT_EQ(store_->applied(), at(2));
  EXPECT_EQ(store_->durable_applied(), at(2));
  EXPECT_EQ(get(Family::rows, "a"), "1");
  EXPECT_EQ(get(Family::index, "a"), "1");
}

TEST_P(EngineTest, FlushAsksTheBarrierFirst) {
  Lsn asked;
  store_->set_flush_barrier([&](Lsn applied) {
    EXPECT_LT(store_->durable_applied(), applied);
    asked = applied;
    return Status();
  });
  put(Family::rows, "a", "1");
  put(Family::rows, "b", "1");
  ASSERT_TRUE(store_->flush());
  EXPECT_EQ(asked, at(2));
  store_->set_flush_barrier(nullptr);
}

TEST_P(EngineTest, NothingIsFlushedWhenTheBarrierFails) {
  put(Family::rows, "a", "1");
  ASSERT_TRUE(store_->flush());
  const Lsn durable = store_->durable_applied();
  store_->set_flush_barrier([](Lsn) -> Status { return fail(Code::unavailable, "no"); });
  put(Family::rows, "a", "2");
  EXPECT_FALSE(store_->flush());
  EXPECT_EQ(store_->durable_applied(), durable);
  if (disk_) disk_->kill();
  open();
  EXPECT_EQ(get(Family::rows, "a"), "1");
}

TEST_P(EngineTest, MultiGet) {
  for (int i = 0; i < 200; i += 2) put(Family::rows, "key" + std::to_string(i), std::to_string(i));
  std::vector<Bytes> names;
  for (int i = 0; i < 200; ++i) names.push_back("key" + std::to_string(i));
  const std::vector<BytesView> keys(names.begin(), names.end());
  std::vector<std::optional<Bytes>> values(keys.size(), Bytes("old"));
  ASSERT_TRUE(store_->multi_get(Family::rows, keys, values));
  for (std::size_t i = 0; i < keys.size(); ++i) {
    EXPECT_EQ(values[i], i % 2 == 0 ? std::optional<Bytes>(std::to_string(i)) : std::nullopt);
  }
}

TEST_P(EngineTest, ReadsOfTheMemtableNeverBlock) {
  put(Family::rows, "a", "1");
  Bytes value;
  const ReadOptions options{.tier = ReadTier::cache_only};
  const Result<bool> found = store_->get(Family::rows, "a", value, options);
  ASSERT_TRUE(found);
  EXPECT_TRUE(*found);
}

// A model of sorted keys against the store's cursors: bounds, both directions, snapshots.
using Model = std::map<Bytes, Bytes>;

void expect_same_walk(Store& store, const Model& model, const Snapshot* snapshot, Random& random) {
  const auto random_key = [&] { return std::to_string(random.below(60)); };
  CursorOptions options;
  options.read.snapshot = snapshot;
  if (random.below(2) == 0) options.lower = random_key();
  if (random.below(2) == 0) options.upper = random_key();
  if (!options.upper.empty() && options.lower > options.upper) {
    std::swap(options.lower, options.upper);
  }
  if (options.upper.empty() && options.lower.empty()) options.readahead_bytes = 4096;
  const auto begin = model.lower_bound(options.lower);
  const auto end = options.upper.empty() ? model.end() : model.lower_bound(options.upper);
  const Model bounded(begin, end);

  const std::unique_ptr<Cursor> cursor = store.cursor(Family::rows, options);
  EXPECT_FALSE(cursor->valid());
  auto place = bounded.end();
  for (int step = 0; step < 30; ++step) {
    const Bytes target = random_key();
    switch (place == bounded.end() ? random.below(4) : random.below(10)) {
      case 0:
        cursor->seek(target);
        place = bounded.lower_bound(target);
        break;
      case 1: {
        cursor->seek_for_prev(target);
        const auto after = bounded.upper_bound(target);
        place = after == bounded.begin() ? bounded.end() : std::prev(after);
        break;
      }
      case 2:
        cursor->seek_to_first();
        place = bounded.begin();
        break;
      case 3:
        cursor->seek_to_last();
        place = bounded.empty() ? bounded.end() : std::prev(bounded.end());
        break;
      case 4:
      case 5:
      case 6:
        cursor->prev();
        place = place == bounded.begin() ? bounded.end() : std::prev(place);
        break;
      default: cursor->next(); ++place;
    }
    ASSERT_TRUE(cursor->status());
    ASSERT_EQ(cursor->valid(), place != bounded.end())
        << "[" << options.lower << "," << options.upper << ") target " << target;
    if (!cursor->valid()) continue;
    ASSERT_EQ(cursor->key(), place->first);
    ASSERT_EQ(cursor->value(), place->second);
  }
}

TEST_P(EngineTest, CursorsAgreeWithAModel) {
  Random random(11);
  Model model;
  std::vector<std::pair<SnapshotPointer, Model>> snapshots;
  for (int round = 0; round < 300; ++round) {
    WriteBatch batch;
    for (std::uint64_t i = random.below(4); i > 0; --i) {
      const Bytes key = std::to_string(random.below(60));
      if (random.below(12) == 0) {
        const Bytes end = std::to_string(random.below(60));
        if (key >= end) continue;
        batch.erase_range(Family::rows, key, end);
        model.erase(model.lower_bound(key), model.lower_bound(end));
      } else if (random.below(3) == 0) {
        batch.erase(Family::rows, key);
        model.erase(key);
      } else {
        batch.put(Family::rows, key, std::to_string(round));
        model[key] = std::to_string(round);
      }
    }
    apply(batch);
    if (random.below(10) == 0) snapshots.emplace_back(store_->snapshot(), model);
    if (random.below(10) == 0 && !snapshots.empty()) {
      snapshots.erase(snapshots.begin() +
                      static_cast<std::ptrdiff_t>(random.below(snapshots.size())));
    }
    if (random.below(40) == 0) {
      ASSERT_TRUE(store_->flush());
    }
    expect_same_walk(*store_, model, nullptr, random);
    for (const auto& [snapshot, state] : snapshots) {
      expect_same_walk(*store_, state, snapshot.get(), random);
    }
    if (HasFatalFailure()) return;
  }
}

TEST_P(EngineTest, CursorsAreNotDisturbedByWrites) {
  for (int i = 10; i < 20; ++i) put(Family::rows, std::to_string(i), "old");
  const auto cursor = store_->cursor(Family::rows);
  cursor->seek_to_first();
  WriteBatch batch;
  batch.erase_range(Family::rows, "0", "9");
  apply(batch);
  int count = 0;
  for (; cursor->valid(); cursor->next()) {
    EXPECT_EQ(cursor->value(), "old");
    ++count;
  }
  EXPECT_EQ(count, 10);
}

INSTANTIATE_TEST_SUITE_P(Engines, EngineTest,
                         testing::Values(Kind::memory, Kind::rocks, Kind::rocks_simulated),
                         [](const auto& chosen) {
                           switch (chosen.param) {
                             case Kind::memory: return "memory";
                             case Kind::rocks: return "rocks";
                             case Kind::rocks_simulated: return "rocks_simulated";
                           }
                           return "";
                         });

}  // namespace
}  // namespace octavo::kv
