// Rows by keys of a unique index, looked for again while they change: what is guessed never shows.

#include "index/guessed_row.h"

#include <gtest/gtest.h>

#include <map>

#include "base/random.h"
#include "index/key_guesses.h"
#include "index/test_support.h"
#include "index/unique.h"

namespace octavo::index {
namespace {

using namespace testing_support;
using algebra::KeySet;
using algebra::Scan;
using value::Value;

class GuessedRowTest : public testing::Test {
 protected:
  GuessedRowTest() {
    u_ = store_.add_index(table_, "u", field("u"));
    store_.define(catalog::edit_table(*store_.definitions(), table_,
                                      [](catalog::TableDefinition& edited) -> Status {
                                        for (auto& index : edited.indexes) {
                                          index.unique = index.ready = true;
                                        }
                                        return {};
                                      }));
    for (std::int64_t u = 0; u < 64; ++u) guesses().forget(hash(u));  // of other stores
  }

  void put(std::int64_t id, std::int64_t u) {
    store_.put(table_, Value::object({{"id", number(id)}, {"u", number(u)}}));
  }
  Scan scan(const Value& key) const {
    return Scan{.table = table_, .index = u_, .keys = KeySet{{key}}, .order = {}};
  }

  std::vector<std::int64_t> ids(std::int64_t u, kv::SnapshotPointer snapshot = nullptr) {
    const auto reader = store_.reader(std::move(snapshot))
                            .scan(scan(number(u)), *store_.indexes(table_), kv::ReadTier::any);
    return all(reader);
  }
  std::vector<std::int64_t> ids_of_keys(std::int64_t u) {
    return all(store_.reader().scan_keys(scan(number(u)), *store_.indexes(table_),
                                         kv::ReadTier::any, "id"));
  }
  std::optional<Bytes> guess(std::int64_t u) { return guesses().find(hash(u)); }
  KeyGuesses& guesses() { return process_key_guesses(); }
  txn::KeyHash hash(std::int64_t u) const { return unique_hash(u_, value::encoded_key(number(u))); }

  TestStore store_;
  TableId table_ = store_.add_table("t");
  IndexId u_{};

 private:
  static std::vector<std::int64_t> all(const Result<std::unique_ptr<RowReader>>& reader) {
    EXPECT_TRUE(reader);
    std::vector<Value> rows;
    for (std::size_t before = 0;; before = rows.size()) {
      EXPECT_TRUE((*reader)->next(100, rows));
      if (rows.size() == before) break;
    }
    std::vector<std::int64_t> out;
    for (const Value& row : rows) out.push_back(row.find("id")->as_int64());
    return out;
  }
};

using Ids = std::vector<std::int64_t>;

TEST_F(GuessedRowTest, FindsARowAgain) {
  put(1, 10);
  EXPECT_FALSE(guess(10));
  EXPECT_EQ(ids(10), Ids{1});
  EXPECT_EQ(guess(10), value::encoded_key(number(1)));
  EXPECT_EQ(ids(10), Ids{1});
  EXPECT_EQ(ids_of_keys(10), Ids{1});
  EXPECT_EQ(ids(11), Ids{});
  EXPECT_FALSE(guess(11));
}

TEST_F(GuessedRowTest, ForgetsWhatIsNotSoAnyMore) {
  put(1, 10);
  const auto before = store_.sequencer().snapshot().snapshot;
  EXPECT_EQ(ids(10), Ids{1});
  put(1, 11);
  EXPECT_EQ(ids(10), Ids{});
  EXPECT_FALSE(guess(10));
  EXPECT_EQ(ids(11), Ids{1});
  put(2, 10);
  EXPECT_EQ(ids_of_keys(10), Ids{2});
  EXPECT_EQ(ids(10, before), Ids{1}) << "what the snapshot has";
  EXPECT_EQ(ids(10), Ids{2});
  store_.erase(table_, number(2));
  EXPECT_EQ(ids(10), Ids{});
}

TEST_F(GuessedRowTest, BelievesNoGuess) {
  put(1, 10);
  put(2, 20);
  guesses().keep(hash(10), value::encoded_key(number(2)));
  EXPECT_EQ(ids(10), Ids{1});
  guesses().keep(hash(10), "no key");
  EXPECT_EQ(ids_of_keys(10), Ids{1});
  guesses().keep(hash(30), value::encoded_key(number(1)));
  EXPECT_EQ(ids(30), Ids{});
}

TEST_F(GuessedRowTest, KeepsNoLongKey) {
  const Bytes longest(KeyGuesses::kMaxKeyBytes, 'x');
  guesses().keep(7, longest);
  EXPECT_EQ(guesses().find(7), longest);
  guesses().keep(8, longest + "x");
  EXPECT_FALSE(guesses().find(8));
}

TEST_F(GuessedRowTest, RowsThatMoveAbout) {
  Random random(17);
  std::map<std::int64_t, std::int64_t> holders;  // by key
  for (int step = 0; step < 2'000; ++step) {
    const auto id = static_cast<std::int64_t>(random.below(12));
    const auto u = static_cast<std::int64_t>(random.below(16));
    const auto held = holders.find(u);
    ASSERT_EQ(ids(u), held == holders.end() ? Ids{} : Ids{held->second});
    if (held != holders.end()) continue;
    std::erase_if(holders, [id](const auto& holder) { return holder.second == id; });
    holders[u] = id;
    put(id, u);
    if (step % 3 == 0) ASSERT_EQ(ids_of_keys(u), Ids{id});
  }
}

}  // namespace
}  // namespace octavo::index
