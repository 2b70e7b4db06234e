// Scans over bounds, key sets and directions against a plain sort of the rows, and the matcher that
// feeds use against the scan that queries use.

#include "index/table_reader.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "algebra/key_range.h"
#include "base/random.h"
#include "catalog/reserved.h"
#include "index/matcher.h"
#include "index/test_support.h"

namespace octavo::index {
namespace {

using namespace testing_support;
using algebra::Bound;
using algebra::Direction;
using algebra::KeyRange;
using algebra::KeySet;
using algebra::Scan;
using value::Value;

class TableReaderTest : public testing::Test {
 protected:
  TableReaderTest() {
    a_ = store_.add_index(table_, "a", field("a"));
    tags_ = store_.add_index(table_, "tags", field("tags"), true);
  }

  // Rows {id: 0 … 11, a: id / 2 mod 4, tags: [a, id, id]}; two without `a`, some of other types.
  void fill() {
    for (std::int64_t id = 0; id < 12; ++id) {
      value::ObjectBuilder row;
      row.set("id", number(id));
      if (id % 6 != 5) row.set("a", number(id / 2 % 4));
      if (id == 4) row.set("a", Value::string("text"));
      row.set("tags", Value::array({number(id / 2 % 4), number(id), number(id)}));
      rows_.push_back(std::move(row).build());
      store_.put(table_, rows_.back());
    }
    // Neighbours whose keys would be caught by a range that is too wide.
    const TableId other = store_.add_table("other");
    store_.put(other, json(R"({"id":3,"a":1})"));
    store_.put(catalog::kKeyspace.tables.first, json(R"({"id":3,"a":1})"));
  }

  std::vector<std::int64_t> ids(const Scan& scan, std::size_t batch = 100,
                                kv::SnapshotPointer snapshot = nullptr) {
    auto reader =
        store_.reader(std::move(snapshot)).scan(scan, *store_.indexes(table_), kv::ReadTier::any);
    EXPECT_TRUE(reader);
    std::vector<std::int64_t> out;
    for (std::vector<Value> got;; got.clear()) {
      EXPECT_TRUE((*reader)->next(batch, got));
      EXPECT_LE(got.size(), batch);
      if (got.empty()) break;
      for (const Value& row : got) out.push_back(row.find("id")->as_int64());
    }
    std::vector<Value> more;
    EXPECT_TRUE((*reader)->next(batch, more));
    EXPECT_TRUE(more.empty()) << "the end is the end";
    return out;
  }
  std::uint64_t count(const Scan& scan) {
    const auto counted = store_.reader().count(scan, *store_.indexes(table_));
    EXPECT_TRUE(counted);
    return counted.value_or(0);
  }
  Scan scan(std::optional<IndexId> index, std::variant<KeyRange, KeySet> keys,
            std::optional<Direction> order) const {
    return Scan{.table = table_, .index = index, .keys = std::move(keys), .order = order};
  }

  TestStore store_;
  TableId table_ = store_.add_table("t");
  IndexId a_{};
  IndexId tags_{};
  std::vector<Value> rows_;
};

std::strong_ordering ascending(const Value& a, const Value& b) { return value::compare(a, b); }

std::vector<Bound> bounds() {
  std::vector<Bound> out{{}};
  for (const Value& key : {number(-1), number(1), Value::float64(1.5), number(3), number(99),
                           Value::string("text"), Value::string("z")}) {
    for (const bool inclusive : {false, true}) out.push_back({key, inclusive});
  }
  return out;
}

TEST_F(TableReaderTest, EveryPairOfBoundsInBothDirections) {
  fill();
  for (const auto index : {std::optional<IndexId>(), std::optional(a_)}) {
    for (const Bound& lower : bounds()) {
      for (const Bound& upper : bounds()) {
        const KeyRange range{lower, upper};
        std::vector<Value> expected;
        for (const Value& row : rows_) {
          const Value* key = row.find(index ? "a" : "id");
          if (key != nullptr && algebra::contains(range, *key, ascending)) expected.push_back(row);
        }
        std::ranges::sort(expected, [&](const Value& x, const Value& y) {
          const auto* name = index ? "a" : "id";
          const auto order = value::compare(*x.find(name), *y.find(name));
          return order != 0 ? order < 0 : x.find("id")->as_int64() < y.find("id")->as_int64();
        });
        std::vector<std::int64_t> expected_ids;
        for (const Value& row : expected) expected_ids.push_back(row.find("id")->as_int64());
        ASSERT_EQ(ids(scan(index, range, Direction::ascending), 3), expected_ids);
        ASSERT_EQ(count(scan(index, range, std::nullopt)), expected_ids.size());
        std::ranges::reverse(expected_ids);
        ASSERT_EQ(ids(scan(index, range, Direction::descending), 3), expected_ids);
      }
    }
  }
}

TEST_F(TableReaderTest, KeySetsDeliverARowAsOftenAsItIsNamed) {
  fill();
  const KeySet primary{{number(7), number(2), number(7), number(50)}};
  using Ids = std::vector<std::int64_t>;
  EXPECT_EQ(ids(scan({}, primary, {})), (Ids{7, 2, 7}));
  EXPECT_EQ(ids(scan({}, primary, Direction::ascending), 1), (Ids{2, 7, 7}));
  EXPECT_EQ(ids(scan({}, primary, Direction::descending), 2), (Ids{7, 7, 2}));
  EXPECT_EQ(count(scan({}, primary, {})), 3U);
  const KeySet secondary{{number(3), number(0), number(3)}};
  EXPECT_EQ(ids(scan(a_, secondary, {})), (Ids{6, 7, 0, 1, 8, 9, 6, 7}));
  EXPECT_EQ(ids(scan(a_, secondary, Direction::descending)), (Ids{7, 6, 7, 6, 9, 8, 1, 0}));
  EXPECT_EQ(count(scan(a_, secondary, {})), 8U);
  // Row 0 is there under 0 three times, row 8 under 0 and twice under 8.
  EXPECT_EQ(ids(scan(tags_, KeySet{{number(0), number(8)}}, {}), 2), (Ids{0, 0, 0, 1, 8, 9, 8, 8}));
  EXPECT_EQ(count(scan(tags_, KeySet{{number(0), number(8)}}, {})), 8U);
  EXPECT_TRUE(ids(scan(a_, KeySet{}, {})).empty());
}

TEST_F(TableReaderTest, BatchesOfEverySizeDeliverTheSame) {
  fill();
  const Scan all = scan(tags_, KeyRange{}, Direction::ascending);
  const auto whole = ids(all);
  for (std::size_t batch = 1; batch <= whole.size() + 1; ++batch) {
    EXPECT_EQ(ids(all, batch), whole) << batch;
  }
}

TEST_F(TableReaderTest, ASnapshotDoesNotMove) {
  fill();
  const auto point = store_.sequencer().snapshot();
  const auto before = ids(scan(a_, KeyRange{}, Direction::ascending));
  for (std::int64_t id = 0; id < 12; id += 2) store_.erase(table_, number(id));
  store_.put(table_, json(R"({"id":7,"a":-5,"tags":[]})"));
  EXPECT_EQ(ids(scan(a_, KeyRange{}, Direction::ascending), 2, point.snapshot), before);
  EXPECT_EQ(ids(scan(a_, KeyRange{}, Direction::ascending)),
            (std::vector<std::int64_t>{7, 1, 9, 3}));
}

TEST_F(TableReaderTest, AnIndexThatIsGoneIsSaidToBe) {
  const auto gone = store_.reader().scan(scan(IndexId{999}, KeyRange{}, {}),
                                         *store_.indexes(table_), kv::ReadTier::any);
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().code, Code::not_found);
  const auto matcher =
      Matcher::make(*store_.definitions()->find_table(table_), scan(IndexId{999}, KeyRange{}, {}));
  ASSERT_FALSE(matcher);
  EXPECT_EQ(matcher.error().code, Code::not_found);
}

Bound random_bound(Random& random) {
  if (random.below(3) == 0) return {};
  return {number(static_cast<std::int64_t>(random.below(6))), random.below(2) == 0};
}

TEST_F(TableReaderTest, TheMatcherTellsWhatAScanDelivers) {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    Random random(seed);
    const Value id = number(static_cast<std::int64_t>(random.below(8)));
    value::ObjectBuilder row;
    row.set("id", id);
    row.set("a", number(static_cast<std::int64_t>(random.below(6))));
    std::vector<Value> tags;
    for (std::uint64_t n = random.below(4); n > 0; --n) {
      tags.push_back(number(static_cast<std::int64_t>(random.below(6))));
    }
    row.set("tags", Value::array(std::move(tags)));
    store_.put(table_, std::move(row).build());

    Scan request = scan({}, KeyRange{random_bound(random), random_bound(random)},
                        random.below(2) == 0 ? Direction::ascending : Direction::descending);
    if (random.below(3) != 0) request.index = random.below(2) == 0 ? a_ : tags_;
    if (random.below(2) == 0) {
      KeySet keys;
      for (std::uint64_t n = random.below(4); n > 0; --n) {
        const Value key = number(static_cast<std::int64_t>(random.below(6)));
        // Equal index keys have no order among themselves, and a repeated one reads its rows twice.
        if (request.index && std::ranges::find(keys.keys, key) != keys.keys.end()) continue;
        keys.keys.push_back(key);
      }
      request.keys = std::move(keys);
    }
    const auto matcher = Matcher::make(*store_.definitions()->find_table(table_), request);
    ASSERT_TRUE(matcher);
    std::vector<std::pair<Bytes, std::int64_t>> matched;
    for (const std::int64_t key : ids(scan({}, KeyRange{}, {}))) {
      const auto document = store_.reader().get(table_, number(key), kv::ReadTier::any);
      ASSERT_TRUE(document && *document);
      for (Bytes& sort_key : matcher->sort_keys(number(key), **document)) {
        matched.emplace_back(std::move(sort_key), key);
      }
    }
    std::ranges::sort(matched);
    if (request.order == Direction::descending) std::ranges::reverse(matched);
    std::vector<std::int64_t> expected;
    for (const auto& [sort_key, key] : matched) expected.push_back(key);
    ASSERT_EQ(ids(request, 1 + random.below(5)), expected) << "seed " << seed;
    ASSERT_EQ(count(request), expected.size()) << "seed " << seed;
  }
}

}  // namespace
}  // namespace octavo::index
