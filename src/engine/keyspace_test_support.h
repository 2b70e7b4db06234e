#pragma once

// For tests of Redis keys through the engine: a data directory of its own, a clock that stands
// still, commands, rows, writes of documents, and feeds.

#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "catalog/reserved.h"
#include "engine/engine.h"
#include "keyspace/command_table.h"
#include "layout/keyspace/snapshots.h"
#include "value/json.h"

namespace octavo::engine::testing_support {

using algebra::Direction;
using algebra::KeyRange;
using algebra::KeySet;
using algebra::Scan;
using exec::RowEdit;
using value::Value;
using Lines = std::vector<std::string>;

constexpr TableId kDb0 = catalog::kKeyspace.tables.at(0);
constexpr TableId kDb1 = catalog::kKeyspace.tables.at(1);

// Stands still until told to move; the engine's threads look at it as well.
class TestClock final : public Clock {
 public:
  std::int64_t wall_ns() override { return now_ns_.load(); }
  std::int64_t monotonic_ns() override { return (now_ns_ += step_ns_) - set_ns_; }
  void advance(Nanoseconds by) { now_ns_ += by.count(); }
  // From now on each look at it finds it that much later.
  void runs(Nanoseconds by) { step_ns_ = by.count(); }
  // Somebody sets it.
  void set(Nanoseconds by) {
    set_ns_ += by.count();
    now_ns_ += by.count();
  }

 private:
  std::atomic<std::int64_t> step_ns_{0};
  std::atomic<std::int64_t> now_ns_{1'700'000'000'000'000'000};
  std::atomic<std::int64_t> set_ns_{0};
};

class KeyspaceTest : public testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/octavo-keyspace-tables-XXXXXX";
    ASSERT_NE(mkdtemp(name), nullptr);
    directory_ = name;
    open();
  }
  void TearDown() override {
    if (engine_ != nullptr) EXPECT_TRUE(engine_->close());
    engine_.reset();
    std::filesystem::remove_all(directory_);
  }

  void open() {
    Options options;
    options.directory = directory_;
    options.memory = memory_;
    options.log_segment_bytes = kMiB;
    options.log_retention_bytes = retention_bytes_;
    options.clock = &clock_;
    auto opened = Engine::open(std::move(options));
    ASSERT_TRUE(opened) << opened.error().what;
    engine_ = *std::move(opened);
  }
  void restart() {
    ASSERT_TRUE(engine_->close());
    engine_.reset();
    open();
  }

  // Runs one command, several, or transaction of several, and returns the replies.
  std::string run(std::initializer_list<std::vector<std::string_view>> commands, unsigned db = 0,
                  bool transaction = false) {
    std::string replies;
    keyspace::LocalBatch batch(replies);
    if (transaction) batch.begin_transaction({});
    for (const auto& command : commands) {
      const auto* spec = keyspace::keyspace_commands().find(command.front());
      EXPECT_NE(spec, nullptr) << command.front();
      batch.add(*spec, db, command);
    }
    if (transaction) batch.end_transaction();
    if (batch.has_writes()) {
      EXPECT_TRUE(engine_->keyspace().commit(batch));
    } else {
      const std::int64_t now_ns = engine_->keyspace().now_ms() * 1'000'000;
      engine_->keyspace().keyspace().apply_local(batch, now_ns, 1);
    }
    return replies;
  }

  static Value json(std::string_view text) {
    auto parsed = value::parse_json(text);
    EXPECT_TRUE(parsed) << text;
    return *std::move(parsed);
  }
  static std::string text(const std::optional<Value>& value) {
    return value ? value::to_json(*value) : "-";
  }

  std::vector<std::string> rows(const Scan& scan) {
    auto query = engine_->query(algebra::make_plan(scan), context_);
    EXPECT_TRUE(query) << query.error().what;
    std::vector<std::string> ids;
    for (exec::Rows batch;; batch.clear()) {
      EXPECT_TRUE((*query)->next(3, batch));
      if (batch.empty()) return ids;
      for (const Value& row : batch) ids.emplace_back(row.find("id")->as_string());
    }
  }
  std::string row(std::string_view id, TableId table = kDb0) {
    auto found = engine_->get(table, Value::string(id), context_);
    EXPECT_TRUE(found);
    return text(*found);
  }

  // Writes `document` (nothing: erases) at its key and returns the status of the row.
  Status put(std::string_view id, std::optional<Value> document) {
    exec::RowWrites writes;
    writes.table = kDb0;
    writes.keys.push_back(Value::string(id));
    writes.decide = [&](std::size_t, const Value*) -> Result<RowEdit> {
      if (!document) return RowEdit{RowEdit::Action::erase, {}};
      return RowEdit{RowEdit::Action::put, *document};
    };
    writes.stored = [&](std::size_t, const Value& row) { told_ = row; };
    auto done = engine_->write(writes, context_);
    if (!done) return fail(done.error());
    return done->rows.front();
  }

  stream::SubscriptionPtr listen(stream::FeedOptions options = {}, TableId table = kDb0) {
    auto feed = engine_->subscribe(
        stream::FeedKind::range, algebra::make_plan(Scan{.table = table, .index = {}, .order = {}}),
        std::move(options), context_);
    EXPECT_TRUE(feed) << feed.error().what;
    return feed ? *std::move(feed) : nullptr;
  }
  // What the feed has to say, as "key: old > new" of the documents' values.
  std::vector<std::string> changes(stream::Subscription& feed) {
    std::vector<stream::FeedItem> items;
    for (;;) {
      const std::size_t before = items.size();
      const Status polled = feed.poll(100, items);
      EXPECT_TRUE(polled) << polled.error().what;
      if (!polled || items.size() == before) break;
    }
    std::vector<std::string> out;
    for (const auto& item : items) {
      const auto& any = item.new_value ? item.new_value : item.old_value;
      out.push_back(std::string(any->find("id")->as_string()) + ": " + value_text(item.old_value) +
                    " > " + value_text(item.new_value));
      cursors_.push_back(item.cursor);
    }
    return out;
  }
  static std::string value_text(const std::optional<Value>& document) {
    return document ? value::to_json(*document->find("value")) : "-";
  }

  // Makes the log longer by about 2 MiB.
  void write_much() {
    const std::string large(256 * 1024, 'x');
    for (int i = 0; i < 8; ++i) run({{"set", "large", large}});
  }
  std::vector<layout::SnapshotFile> snapshots() {
    auto found = layout::list_snapshots(io::posix_file_system(), directory_ + "/keys");
    EXPECT_TRUE(found);
    return *std::move(found);
  }

  // Outlives the engine, as what a feed gave out may.
  const std::shared_ptr<ProcessMemory> memory_ = std::make_shared<ProcessMemory>(64 * kMiB);
  std::string directory_;
  std::uint64_t retention_bytes_ = kGiB;
  TestClock clock_;
  std::unique_ptr<Engine> engine_;
  exec::QueryContext context_{catalog::kAdminName};
  std::vector<Cursor> cursors_;
  std::optional<Value> told_;  // by the last `put`
};

}  // namespace octavo::engine::testing_support
