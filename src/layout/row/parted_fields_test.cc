// Scans that are read in parts with the help of other threads, against the same scans by one
// reader: rows, their order, their documents and errors. Parts and chunks are tiny.

#include "layout/row/parted_fields.h"

#include <gtest/gtest.h>

#include <set>

#include "base/random.h"
#include "exec/testing/helping_threads.h"
#include "index/test_support.h"
#include "layout/row/source.h"
#include "value/random_value.h"

namespace octavo::layout {
namespace {

using exec::testing_support::HelpingThreads;
using index::testing_support::field;
using index::testing_support::json;
using index::testing_support::number;
using index::testing_support::TestStore;
using value::Value;

constexpr PartedOptions kTiny{.first_rows = 16,
                              .part_bytes = 500,
                              .part_ns = 1,
                              .keys = 8,
                              .ranges = 4,
                              .chunk_rows = 5,
                              .most_chunks = 3,
                              .most_bytes = kMiB};

class PartedScans : public testing::Test {
 protected:
  PartedScans() : by_a_(store_.add_index(table_, "a", field("a"))) { store_.mark_ready(table_); }

  // Rows with keys of a kind; some share the value of an index, some have none.
  void fill(Random& random, std::size_t rows) {
    std::vector<index::testing_support::RowWrite> writes;
    const bool texts = random.below(2) == 0;
    for (std::size_t i = 0; i < rows; ++i) {
      Value key = number(static_cast<std::int64_t>(random.below(4 * rows)));
      if (texts) {
        const auto skew = static_cast<std::size_t>(random.below(20));
        key = Value::string(std::string(skew, 'k') + std::to_string(random.below(1000)));
      }
      value::ObjectBuilder row;
      row.set("id", key);
      if (random.below(10) != 0) row.set("a", number(static_cast<std::int64_t>(random.below(50))));
      row.set("b", value::random_value(random, 1));
      Value made = std::move(row).build();
      keys_.push_back(key);
      writes.push_back({std::move(key), std::move(made)});
    }
    store_.write(table_, writes);
  }

  struct Read {
    std::vector<std::string> rows;
    Status after;
  };
  // What a cursor gives, as text: columns, and by turns whole documents.
  static std::string text_of(exec::FieldCursor& cursor, std::size_t row, std::size_t number) {
    const auto at = static_cast<std::uint16_t>(row);
    std::string text;
    for (std::size_t i = 0; i < 3; ++i) {
      const value::Vector& column = cursor.batch().column(i);
      const auto value = column.at(row);
      EXPECT_TRUE(value);
      text += (column.absence(row) ? "-" : value::to_json(*value)) + "|";
    }
    if (number % 3 == 0) {
      const auto documents = cursor.documents(std::span(&at, 1));
      EXPECT_TRUE(documents) << documents.error().what;
      text += value::to_json(documents->front());
    } else if (number % 3 == 1) {
      const auto encoded = cursor.encoded(at);
      EXPECT_TRUE(encoded);
      text += value::to_json(*value::decode_document(*encoded));
    }
    return text;
  }
  Read read(const algebra::Scan& scan, HelpingThreads* pool, std::size_t most = ~std::size_t{0},
            value::Account* account = nullptr, const PartedOptions& options = kTiny) {
    const value::Account::Use use(account);
    exec::QueryContext query;
    query.evaluation.account = account;
    query.evaluation.pacer = pool == nullptr ? nullptr : pool->pacer();
    const RowSource source(store_.reader(store_.sequencer().snapshot().snapshot),
                           store_.definitions(), store_.sets(), nullptr, options);
    const std::vector<value::FieldRequest> fields{
        {.path = value::Path({"id"})}, {.path = value::Path({"a"})}, {.path = value::Path({"b"})}};
    Read out;
    auto cursor = source.open_fields(scan, fields, query);
    if (!cursor) {
      out.after = fail(cursor.error());
      return out;
    }
    (*cursor)->read_ahead();
    while (out.rows.size() < most) {
      (*cursor)->keep_documents(out.rows.size() % 2 == 0);
      const auto rows = (*cursor)->next(value::kBatchRows);
      if (!rows) {
        out.after = fail(rows.error());
        break;
      }
      if (*rows == 0) break;
      EXPECT_EQ((*cursor)->batch().rows(), *rows);
      for (std::size_t i = 0; i < *rows; ++i) {
        out.rows.push_back(text_of(**cursor, i, out.rows.size()));
      }
    }
    return out;
  }
  void expect_same(const algebra::Scan& scan) {
    const Read alone = read(scan, nullptr);
    const Read parted = read(scan, &pool_);
    EXPECT_EQ(alone.rows, parted.rows);
    EXPECT_EQ(alone.after.has_value(), parted.after.has_value());
    if (!alone.after && !parted.after)
      EXPECT_EQ(alone.after.error().what, parted.after.error().what);
  }
  algebra::KeyRange random_range(Random& random) const {
    algebra::KeyRange range;
    if (keys_.empty()) return range;
    if (random.below(2) == 0) {
      range.lower = {keys_[random.below(keys_.size())], random.below(2) == 0};
    }
    if (random.below(2) == 0) {
      range.upper = {keys_[random.below(keys_.size())], random.below(2) == 0};
    }
    return range;
  }
  // Makes the field `b` of a row unreadable.
  void damage(const Value& key) {
    store_.put(table_, Value::object({{"id", key}, {"b", Value::string("abc")}}));
    const Bytes row_key = txn::row_key(table_, value::encoded_key(key));
    Bytes stored;
    ASSERT_TRUE(store_.engine().get(kv::Family::rows, row_key, stored));
    stored[stored.size() - 4] = '\xff';  // the tag of the text
    kv::WriteBatch damage;
    damage.put(kv::Family::rows, row_key, stored);
    ASSERT_TRUE(store_.engine().apply(damage, store_.engine().applied()));
  }

  TestStore store_;
  TableId table_ = store_.add_table("t");
  IndexId by_a_;
  std::vector<Value> keys_;
  HelpingThreads pool_{4};
};

TEST_F(PartedScans, GiveTheRowsOfOneReader) {
  const std::uint64_t steps = HelpingThreads::steps();
  Random random(11);
  expect_same({.table = table_});  // an empty table
  for (const std::size_t rows : {1U, 20U, 300U, 800U}) {
    fill(random, rows);
    expect_same({.table = table_});
    expect_same({.table = table_, .order = algebra::Direction::ascending});
    expect_same({.table = table_, .order = algebra::Direction::descending});
    expect_same({.table = table_, .index = by_a_});
    for (int i = 0; i < 10; ++i) {
      expect_same({.table = table_, .keys = random_range(random)});
      const auto low = static_cast<std::int64_t>(random.below(50));
      expect_same({.table = table_,
                   .index = by_a_,
                   .keys = algebra::KeyRange{.lower = {number(low), true}, .upper = {}},
                   .order = algebra::Direction::ascending});
    }
  }
  EXPECT_GT(HelpingThreads::steps(), steps);
}

TEST_F(PartedScans, KeySetsStayInTheirOrder) {
  Random random(12);
  fill(random, 300);
  for (int i = 0; i < 20; ++i) {
    algebra::KeySet of_rows;
    algebra::KeySet of_index;
    for (std::size_t count = random.below(200); count > 0; --count) {
      const bool absent = random.below(4) == 0;
      of_rows.keys.push_back(absent ? Value::string("absent") : keys_[random.below(keys_.size())]);
      of_index.keys.push_back(number(static_cast<std::int64_t>(random.below(60))));
    }
    expect_same({.table = table_, .keys = of_rows});
    expect_same({.table = table_, .keys = of_rows, .order = algebra::Direction::ascending});
    expect_same({.table = table_, .index = by_a_, .keys = of_index});
  }
  expect_same(
      {.table = table_, .keys = algebra::KeySet{std::vector<Value>(100, Value::string("absent"))}});
}

TEST_F(PartedScans, ErrorsComeWhereOneReaderMeetsThem) {
  Random random(13);
  fill(random, 500);
  damage(keys_[100]);
  expect_same({.table = table_});
  expect_same({.table = table_, .keys = algebra::KeySet{keys_}});
  const Read parted = read({.table = table_}, &pool_);
  ASSERT_FALSE(parted.after);
  EXPECT_EQ(parted.after.error().code, Code::corrupt);
}

TEST_F(PartedScans, MayBeLeftHalfWay) {
  Random random(14);
  fill(random, 500);
  for (std::size_t most = 0; most < 300; most += 7) {
    const Read some = read({.table = table_}, &pool_, most);
    EXPECT_GE(some.rows.size(), most);
  }
}

TEST_F(PartedScans, WhatIsReadIsPaidForAndGivenBack) {
  Random random(15);
  fill(random, 500);
  const Read alone = read({.table = table_}, nullptr);
  MemoryPool memory("memory", 64 * kMiB);
  {
    value::Account account(memory, 32 * kMiB);
    const Read parted = read({.table = table_}, &pool_, ~std::size_t{0}, &account);
    EXPECT_EQ(alone.rows, parted.rows);
  }
  EXPECT_EQ(memory.used(), 0U);
}

// A chunk of an own account may be refused what the query's thread is given.
TEST_F(PartedScans, WhatChunksCannotHaveTheQueryReadsAlone) {
  const std::string large(3 * kMiB, 'x');
  for (std::int64_t i = 0; i < 60; ++i) {
    const bool is_large = i == 40 || i == 41;
    store_.put(table_, Value::object(
                           {{"id", number(i)}, {"b", Value::string(is_large ? large : "small")}}));
  }
  const Read alone = read({.table = table_}, nullptr);
  MemoryPool memory("memory", 256 * kMiB);
  {
    value::Account account(memory, 128 * kMiB);
    const Read parted = read({.table = table_}, &pool_, ~std::size_t{0}, &account);
    EXPECT_EQ(alone.rows, parted.rows);
    EXPECT_TRUE(parted.after);
  }
  EXPECT_EQ(memory.used(), 0U);
}

TEST_F(PartedScans, SizesOfPartsFollowTheirTime) {
  Random random(16);
  fill(random, 2000);
  PartedOptions options = kTiny;
  options.part_bytes = 0;
  const Read alone = read({.table = table_}, nullptr);
  EXPECT_EQ(alone.rows, read({.table = table_}, &pool_, ~std::size_t{0}, nullptr, options).rows);
  options.part_ns = 1'000'000'000;
  EXPECT_EQ(alone.rows, read({.table = table_}, &pool_, ~std::size_t{0}, nullptr, options).rows);
}

TEST_F(PartedScans, AQueryWhosePoolStopsGoesOn) {
  Random random(17);
  fill(random, 300);
  HelpingThreads stopped(4);
  stopped.stop();
  EXPECT_EQ(read({.table = table_}, nullptr).rows, read({.table = table_}, &stopped).rows);
}

}  // namespace
}  // namespace octavo::layout
