// Cursors over entries of one key, which leave out what filters say they lack, against a model.

#include "kv/entry_prefix.h"

#include <gtest/gtest.h>

#include <map>

#include "base/random.h"
#include "io/sim_file.h"
#include "kv/store.h"
#include "value/key.h"

namespace octavo::kv {
namespace {

using value::Value;
using Model = std::map<Bytes, Bytes>;

Bytes index_begin(std::uint64_t index) {
  Bytes out;
  put_be(out, index);
  return out;
}

Bytes prefix_of(std::uint64_t index, const Value& key) {
  return index_begin(index) + value::encoded_key(key);
}

Value random_key(Random& random) {
  const auto number = static_cast<std::int64_t>(random.below(12));
  if (random.below(2) == 0) return Value::int64(number);
  return Value::string(std::string(static_cast<std::size_t>(number), 'k'));
}

TEST(EntryPrefix, IsIdAndKey) {
  const Bytes prefix = prefix_of(7, Value::string("a"));
  EXPECT_EQ(entry_prefix(prefix + value::encoded_key(Value::int64(1))), prefix);
  EXPECT_EQ(entry_prefix(prefix), prefix);
  EXPECT_EQ(entry_prefix(BytesView(prefix).substr(0, prefix.size() - 1)), BytesView());
  EXPECT_EQ(entry_prefix(index_begin(7)), BytesView());
  EXPECT_EQ(entry_prefix("short"), BytesView());
}

TEST(EntryPrefix, SaysWhichBoundsAreOfOneKey) {
  const Bytes prefix = prefix_of(7, Value::int64(1));
  EXPECT_TRUE(is_of_one_entry_key(prefix, prefix + '\xff'));
  EXPECT_FALSE(is_of_one_entry_key(prefix, prefix_of(7, Value::int64(2))));
  EXPECT_FALSE(is_of_one_entry_key(index_begin(7), index_begin(7) + '\xff'));
  EXPECT_FALSE(is_of_one_entry_key(prefix, {}));
  EXPECT_FALSE(is_of_one_entry_key({}, "a"));
}

void expect_same(const Store& store, const Model& model, const Bytes& lower, const Bytes& upper,
                 const Snapshot* snapshot) {
  const auto begin = model.lower_bound(lower);
  const auto end = model.lower_bound(upper);
  const auto cursor =
      store.cursor(Family::index, {.read = {.snapshot = snapshot}, .lower = lower, .upper = upper});
  cursor->seek_to_first();
  for (auto at = begin; at != end; ++at, cursor->next()) {
    ASSERT_TRUE(cursor->valid());
    ASSERT_EQ(cursor->key(), at->first);
    ASSERT_EQ(cursor->value(), at->second);
  }
  ASSERT_FALSE(cursor->valid());
  ASSERT_TRUE(cursor->status());
  cursor->seek_to_last();
  for (auto at = end; at != begin; cursor->prev()) {
    ASSERT_TRUE(cursor->valid());
    ASSERT_EQ(cursor->key(), (--at)->first);
  }
  ASSERT_FALSE(cursor->valid());
  for (auto at = begin; at != end; ++at) {
    cursor->seek(at->first);
    ASSERT_TRUE(cursor->valid());
    ASSERT_EQ(cursor->key(), at->first);
    cursor->next();
    ASSERT_EQ(cursor->valid(), std::next(at) != end);
    cursor->seek_for_prev(at->first);
    ASSERT_TRUE(cursor->valid());
    cursor->prev();
    ASSERT_EQ(cursor->valid(), at != begin);
  }
}

// In lists of memory, in files, and in both; erased one by one and as ranges.
TEST(EntryPrefix, CursorsOfOneKeyAgreeWithAModel) {
  const auto disk = io::make_sim_disk(5);
  const auto files = disk->mount();
  StoreOptions options;
  options.path = "/data/rows";
  options.memory_bytes = 4 * kMiB;
  options.files = files.get();
  const auto opened = Store::open(options);
  ASSERT_TRUE(opened) << opened.error().what;
  Store& store = **opened;
  Random random(5);
  Model model;
  SnapshotPointer snapshot;
  Model then;
  for (std::uint64_t round = 1; round <= 400; ++round) {
    WriteBatch batch;
    for (std::uint64_t i = random.below(5); i > 0; --i) {
      const std::uint64_t index = 1 + random.below(3);
      const Bytes entry =
          prefix_of(index, random_key(random)) + value::encoded_key(random_key(random));
      if (random.below(50) == 0) {
        batch.erase_range(Family::index, index_begin(index), index_begin(index + 1));
        model.erase(model.lower_bound(index_begin(index)),
                    model.lower_bound(index_begin(index + 1)));
      } else if (random.below(3) == 0) {
        batch.erase(Family::index, entry);
        model.erase(entry);
      } else {
        batch.put(Family::index, entry, std::to_string(round));
        model[entry] = std::to_string(round);
      }
    }
    ASSERT_TRUE(store.apply(batch, Lsn::of(0, LsnOrder{round})));
    if (random.below(20) == 0) {
      snapshot = store.snapshot();
      then = model;
    }
    if (random.below(30) == 0) {
      ASSERT_TRUE(store.flush());
    }
    if (random.below(100) == 0) {
      ASSERT_TRUE(store.compact(Family::index, {}, {}));
    }
    for (int look = 0; look < 8; ++look) {
      const Bytes lower = prefix_of(1 + random.below(3), random_key(random));
      expect_same(store, model, lower, lower + '\xff', nullptr);
      if (snapshot != nullptr) expect_same(store, then, lower, lower + '\xff', snapshot.get());
      if (HasFatalFailure()) return;
    }
    expect_same(store, model, index_begin(2), index_begin(3), nullptr);
    if (HasFatalFailure()) return;
  }
}

}  // namespace
}  // namespace octavo::kv
