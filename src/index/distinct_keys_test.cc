// Distinct keys of an index against a plain walk of the rows in its order.

#include "index/distinct_keys.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "base/limits.h"
#include "base/random.h"
#include "base/text.h"
#include "index/test_support.h"
#include "kv/overlay.h"

namespace octavo::index {
namespace {

using namespace testing_support;
using algebra::Bound;
using algebra::Direction;
using algebra::KeyRange;
using algebra::Scan;
using value::Value;

// The field `a` of rows, and the keys that are given without one.
class Keys final : public KeySink {
 public:
  Status add(Value key) override {
    keys.push_back(std::move(key));
    ++without_row;
    return {};
  }
  Status add_row(BytesView row_key, BytesView stored) override {
    TRY(const Value row, decode_row(row_key, stored));
    keys.push_back(*row.find("a"));
    return {};
  }

  std::vector<Value> keys;
  std::size_t without_row = 0;
};

class DistinctKeysTest : public testing::Test {
 protected:
  void put(std::int64_t id, const Value& a) {
    rows_[id] = a;
    store_.put(table_, Value::object({{"id", number(id)}, {"a", a}}));
  }
  void erase(std::int64_t id) {
    rows_.erase(id);
    store_.erase(table_, number(id));
  }
  Keys read(const KeyRange& range, Direction direction, std::size_t at_once = 100,
            const TableReader* reader = nullptr) {
    const Scan scan{.table = table_, .index = index_, .keys = range, .order = direction};
    const TableReader own = store_.reader();
    const auto opened = (reader == nullptr ? own : *reader)
                            .distinct_keys(scan, *store_.indexes(table_), kv::ReadTier::any);
    EXPECT_TRUE(opened && *opened != nullptr);
    Keys keys;
    for (std::size_t before = 0;; before = keys.keys.size()) {
      EXPECT_TRUE((*opened)->read(at_once, keys));
      EXPECT_LE(keys.keys.size() - before, at_once);
      if (keys.keys.size() == before) return keys;
    }
  }
  // Of rows in the order of keys, then of primary keys: the first of equal ones.
  std::vector<Value> expected(Direction direction) const {
    std::vector<std::pair<Value, std::int64_t>> sorted;
    for (const auto& [id, a] : rows_) sorted.emplace_back(a, id);
    std::ranges::sort(sorted, [](const auto& x, const auto& y) {
      const auto compared = value::compare(x.first, y.first);
      return compared != 0 ? compared < 0 : x.second < y.second;
    });
    if (direction == Direction::descending) std::ranges::reverse(sorted);
    std::vector<Value> out;
    for (const auto& [key, id] : sorted) {
      if (out.empty() || value::compare(out.back(), key) != 0) out.push_back(key);
    }
    return out;
  }
  static std::string shown(const std::vector<Value>& values) {
    std::string text;
    for (const Value& value : values) {
      Bytes bytes;  // kinds of numbers count
      EXPECT_TRUE(value::encode_document(value, bytes));
      text += format_hex(bytes) + "\n";
    }
    return text;
  }

  TestStore store_;
  TableId table_ = store_.add_table("t");
  IndexId index_ = store_.add_index(table_, "a", field("a"));
  std::map<std::int64_t, Value> rows_;
};

TEST_F(DistinctKeysTest, AreThoseOfTheRows) {
  Random random(7);
  const Value values[] = {number(1),
                          Value::float64(1.0),
                          Value::float64(1.5),
                          Value::boolean(true),
                          Value::string("text"),
                          Value::string("text and more"),
                          Value::array({Value::string("x"), Value::string("y")}),
                          Value::array({Value::string("x"), number(1)})};
  for (std::int64_t round = 0; round < 30; ++round) {
    // Few rows of a key, and many, which are passed over.
    for (std::int64_t i = 0; i < 20; ++i) {
      const auto id = static_cast<std::int64_t>(random.below(300));
      if (random.below(8) == 0) {
        erase(id);
      } else {
        put(id, values[random.below(round % 3 == 0 ? 2 : std::size(values))]);
      }
    }
    for (const Direction direction : {Direction::ascending, Direction::descending}) {
      const std::size_t at_once = 1 + random.below(4);
      ASSERT_EQ(shown(read({}, direction, at_once).keys), shown(expected(direction)));
    }
  }
}

TEST_F(DistinctKeysTest, NoRowIsReadForATextAndOneForANumber) {
  for (std::int64_t id = 0; id < 100; ++id) {
    put(id, id < 50 ? Value::string("text") : number(id / 25));
  }
  const Keys keys = read({}, Direction::ascending);
  EXPECT_EQ(keys.keys.size(), 3U);
  EXPECT_EQ(keys.without_row, 1U);
}

TEST_F(DistinctKeysTest, OfARange) {
  for (std::int64_t id = 0; id < 200; ++id) put(id, number(id / 20));
  const KeyRange range{Bound{number(3), false}, Bound{number(6), true}};
  EXPECT_EQ(shown(read(range, Direction::ascending).keys),
            shown({number(4), number(5), number(6)}));
  EXPECT_EQ(shown(read(range, Direction::descending).keys),
            shown({number(6), number(5), number(4)}));
}

// Entries of the store whose rows lie over it are none.
TEST_F(DistinctKeysTest, OfRowsThatATransactionHasChanged) {
  for (std::int64_t id = 0; id < 40; ++id) put(id, Value::string(id < 20 ? "a" : "b"));
  MemoryPool pool("memory", kMiB);
  const auto overlay = std::make_shared<kv::Overlay>(pool);
  for (std::int64_t id = 0; id < 20; ++id) {
    const Bytes key = value::encoded_key(number(id));
    ASSERT_TRUE(overlay->erase(kv::Family::rows, txn::row_key(table_, key)));
  }
  const TableReader reader(kv::View(store_.engine(), nullptr, overlay->view()));
  EXPECT_EQ(shown(read({}, Direction::ascending, 100, &reader).keys), shown({Value::string("b")}));
  EXPECT_EQ(shown(read({}, Direction::descending, 100, &reader).keys), shown({Value::string("b")}));
}

TEST_F(DistinctKeysTest, AreNotForAnIndexThatMayHaveSeveralOfARow) {
  const IndexId several = store_.add_index(table_, "several", field("a"), true);
  const Scan scan{
      .table = table_, .index = several, .keys = KeyRange{}, .order = Direction::ascending};
  const auto opened =
      store_.reader().distinct_keys(scan, *store_.indexes(table_), kv::ReadTier::any);
  ASSERT_TRUE(opened);
  EXPECT_EQ(*opened, nullptr);
}

}  // namespace
}  // namespace octavo::index
