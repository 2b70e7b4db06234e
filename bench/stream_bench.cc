// Fan-out of feeds: what publishing costs the writer, and what a delivered change costs, by the
// number of listeners. Rows are there already; sockets and JSON are left to the protocols.

#include <benchmark/benchmark.h>

#include <vector>

#include "base/assert.h"
#include "index/test_support.h"
#include "stream/feeds.h"
#include "stream/hub.h"

namespace octavo::stream {
namespace {

using index::testing_support::number;
using index::testing_support::TestStore;
using value::Value;

// What a feed needs of the engine when it starts now and without rows.
class LiveFeeds final : public Feeds {
 public:
  LiveFeeds() {
    index_ = store_.add_index(table_, "a", index::testing_support::field("a"));
    store_.mark_ready(table_);
    topic_ = hub_.topic(table_);
  }
  std::shared_ptr<Topic> topic(TableId table) override { return hub_.topic(table); }
  Result<DataSnapshot> snapshot(TableId, bool with_rows) override {
    auto point = store_.sequencer().snapshot();
    DataSnapshot out{nullptr, point.lsn};
    ASSERT(!with_rows);
    return out;
  }
  Result<std::unique_ptr<History>> history(TableId, const Lsn&) override {
    return fail(Code::unsupported, "live only");
  }
  std::shared_ptr<const catalog::TableDefinition> table(TableId id) override {
    return store_.definitions()->share_table(id);
  }

  // One record that changes `count` rows.
  void publish(std::size_t count) {
    auto set = std::make_shared<algebra::ChangeSet>();
    set->table = table_;
    set->lsn = Lsn::of(0, LsnOrder{(std::uint64_t{1} << 40U) + ++published_});
    for (std::size_t i = 0; i < count; ++i) {
      algebra::RowChange change;
      change.key = number(static_cast<std::int64_t>(i));
      change.before = row(i, published_ - 1);
      change.after = row(i, published_);
      change.index = static_cast<std::uint32_t>(i);
      set->changes.push_back(std::move(change));
    }
    topic_->publish(std::move(set));
  }

  algebra::PlanPtr all() const {
    return algebra::make_plan(algebra::Scan{.table = table_, .index = {}, .order = {}});
  }
  algebra::PlanPtr by_index(std::int64_t low, std::int64_t high) const {
    return algebra::make_plan(algebra::Scan{
        .table = table_,
        .index = index_,
        .keys = algebra::KeyRange{.lower = {number(low), true}, .upper = {number(high), false}},
        .order = {}});
  }

 private:
  static Value row(std::size_t id, std::uint64_t version) {
    return Value::object({{"id", number(static_cast<std::int64_t>(id))},
                          {"a", number(static_cast<std::int64_t>(version % 100))},
                          {"text", Value::string("forty characters of text, more or less…")}});
  }

  TestStore store_;
  TableId table_ = store_.add_table("t");
  IndexId index_{};
  Hub hub_;
  std::shared_ptr<Topic> topic_;
  std::uint64_t published_ = 0;
};

using Listeners = std::vector<SubscriptionPtr>;

Listeners listen(const std::shared_ptr<LiveFeeds>& feeds, const algebra::PlanPtr& plan,
                 std::int64_t count) {
  Listeners out;
  for (std::int64_t i = 0; i < count; ++i) {
    auto feed = subscribe(FeedKind::range, plan, {}, feeds);
    ASSERT(feed);
    out.push_back(*std::move(feed));
    std::vector<FeedItem> items;
    ASSERT(out.back()->poll(1, items));
  }
  return out;
}

std::size_t deliver(Listeners& listeners, std::vector<FeedItem>& items) {
  std::size_t delivered = 0;
  for (const auto& feed : listeners) {
    do {
      items.clear();
      ASSERT(feed->poll(256, items));
      delivered += items.size();
    } while (!items.empty());
  }
  return delivered;
}

// The writer's part alone: appending to the chain and waking everybody who waits. Time per record.
void publish_to_waiting(benchmark::State& state) {
  const auto feeds = std::make_shared<LiveFeeds>();
  auto listeners = listen(feeds, feeds->all(), state.range(0));
  std::vector<FeedItem> items;
  std::int64_t woken = 0;
  for (auto _ : state) {
    state.PauseTiming();
    deliver(listeners, items);
    for (const auto& feed : listeners) feed->wait([&woken] { ++woken; });
    state.ResumeTiming();
    feeds->publish(1);
  }
  ASSERT(woken == static_cast<std::int64_t>(state.iterations()) * state.range(0));
}
BENCHMARK(publish_to_waiting)->Arg(1)->Arg(10)->Arg(100)->Arg(1000);

// One record of `range(1)` changes, published and read by every listener. Items are deliveries.
void fan_out(benchmark::State& state) {
  const auto feeds = std::make_shared<LiveFeeds>();
  auto listeners = listen(feeds, feeds->all(), state.range(0));
  std::vector<FeedItem> items;
  std::size_t delivered = 0;
  for (auto _ : state) {
    feeds->publish(static_cast<std::size_t>(state.range(1)));
    delivered += deliver(listeners, items);
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(delivered));
  ASSERT(state.items_processed() == state.iterations() * state.range(0) * state.range(1));
}
BENCHMARK(fan_out)->ArgsProduct({{1, 10, 100, 1000}, {1, 100}});

// Listeners to a tenth of the table by index: most changes are looked at and passed over. Items are
// changes looked at.
void fan_out_by_index(benchmark::State& state) {
  const auto feeds = std::make_shared<LiveFeeds>();
  auto listeners = listen(feeds, feeds->by_index(0, 10), state.range(0));
  std::vector<FeedItem> items;
  for (auto _ : state) {
    feeds->publish(1);
    benchmark::DoNotOptimize(deliver(listeners, items));
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(fan_out_by_index)->Arg(1)->Arg(10)->Arg(100)->Arg(1000);

// Starting and ending a feed on a table that has `range(0)` already.
void subscribe_and_leave(benchmark::State& state) {
  const auto feeds = std::make_shared<LiveFeeds>();
  const auto others = listen(feeds, feeds->all(), state.range(0));
  for (auto _ : state) {
    auto feed = subscribe(FeedKind::range, feeds->all(), {}, feeds);
    ASSERT(feed);
    benchmark::DoNotOptimize(*feed);
  }
}
BENCHMARK(subscribe_and_leave)->Arg(0)->Arg(1000);

}  // namespace
}  // namespace octavo::stream

BENCHMARK_MAIN();
