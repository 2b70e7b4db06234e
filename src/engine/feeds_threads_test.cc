// Feeds and writers on threads of their own, over real files: whoever listens ends up with what a
// query gives, and hears of each change of a row after the one before it. Run under the thread
// sanitizer as well; OCTAVO_FEED_ROUNDS=N makes it N times as long.

#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <thread>

#include "base/random.h"
#include "engine/test_support.h"
#include "stream/test_bell.h"

namespace octavo::engine {
namespace {

using exec::RowEdit;
using index::testing_support::number;
using stream::FeedItem;
using stream::testing_support::Bell;
using stream::testing_support::rounds;
using value::Value;

constexpr std::size_t kWriters = 3;
constexpr std::int64_t kKeys = 20;  // of each writer
constexpr std::int64_t kEnd = -1;   // the row that ends all feeds

// Rows by id, as a feed tells them. An old value that is not what was told before fails the test.
class Follower {
 public:
  void apply(const FeedItem& item) {
    if (item.kind != FeedItem::Kind::initial && item.kind != FeedItem::Kind::change) return;
    const Value& row = item.old_value ? *item.old_value : *item.new_value;
    auto& known = rows_[row.find("id")->as_int64()];
    const auto expected = item.kind == FeedItem::Kind::initial ? std::nullopt : item.old_value;
    EXPECT_EQ(known, expected) << "row " << value::to_json(row);
    known = item.new_value;
    ended_ = ended_ || (known && known->find("id")->as_int64() == kEnd);
  }
  bool ended() const { return ended_; }
  // (a, id), sorted.
  std::vector<std::pair<std::int64_t, std::int64_t>> rows() const {
    std::vector<std::pair<std::int64_t, std::int64_t>> out;
    for (const auto& [id, row] : rows_) {
      if (row) out.emplace_back(row->find("a")->as_int64(), id);
    }
    std::ranges::sort(out);
    return out;
  }

 private:
  std::map<std::int64_t, std::optional<Value>> rows_;
  bool ended_ = false;
};

class FeedsAndThreads : public OneTableOnDisk {
 protected:
  // Unset: erases it.
  void put(std::int64_t id, std::optional<std::int64_t> a) {
    exec::QueryContext context(catalog::kAdminName);
    exec::RowWrites writes;
    writes.table = table_;
    writes.keys.push_back(number(id));
    writes.decide = [&](std::size_t, const Value*) -> Result<RowEdit> {
      if (!a) return RowEdit{RowEdit::Action::erase, {}};
      return RowEdit{RowEdit::Action::put, Value::object({{"id", number(id)}, {"a", number(*a)}})};
    };
    EXPECT_TRUE(engine_->write(writes, context));
  }
  void write(std::size_t writer, std::uint64_t times) {
    Random random(writer);
    for (std::uint64_t i = 0; i < times; ++i) {
      const auto id = static_cast<std::int64_t>(writer) * kKeys +
                      static_cast<std::int64_t>(random.below(kKeys));
      put(id, random.below(5) == 0 ? std::nullopt : std::optional(static_cast<std::int64_t>(i)));
    }
  }

  // Until `enough` items were heard, or the end.
  void follow(const stream::FeedOptions& options, std::size_t enough, Follower& follower) {
    exec::QueryContext admin(catalog::kAdminName);
    auto feed = engine_->subscribe(stream::FeedKind::range, all(), options, admin);
    ASSERT_TRUE(feed) << feed.error().what;
    const auto bell = std::make_shared<Bell>();
    for (std::size_t heard = 0; heard < enough && !follower.ended() && !HasFailure();) {
      std::vector<FeedItem> items;
      ASSERT_TRUE((*feed)->poll(7, items));
      for (const FeedItem& item : items) follower.apply(item);
      heard += items.size();
      if (!items.empty()) continue;
      (*feed)->wait([bell] { bell->ring(); });
      ASSERT_TRUE(bell->wait()) << "there was a change, and nobody was woken";
    }
  }
};

TEST_F(FeedsAndThreads, ListenersEndUpWithWhatIsThere) {
  std::vector<Follower> followers(4);
  std::vector<std::thread> threads;
  for (Follower& follower : followers) {
    threads.emplace_back([&] { follow({.include_initial = true}, SIZE_MAX, follower); });
  }
  std::atomic<bool> stop = false;
  threads.emplace_back([&] {
    Random random(99);
    while (!stop && !HasFailure()) {
      Follower passer_by;
      follow({.include_initial = true}, random.below(60), passer_by);
    }
  });
  std::vector<std::thread> writers;
  for (std::size_t i = 0; i < kWriters; ++i) {
    writers.emplace_back([&, i] { write(i, 1500 * rounds()); });
  }
  for (std::thread& writer : writers) writer.join();
  stop = true;
  put(kEnd, 0);
  for (std::thread& thread : threads) thread.join();
  auto expected = rows(all());
  std::ranges::sort(expected);
  for (const Follower& follower : followers) EXPECT_EQ(follower.rows(), expected);
}

}  // namespace
}  // namespace octavo::engine
