#pragma once

// Feeds over a table in memory: the engine's part of a feed, small enough to interrupt anywhere.

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "base/assert.h"
#include "base/limits.h"
#include "exec/operators.h"
#include "index/test_support.h"
#include "layout/row/source.h"
#include "stream/feeds.h"
#include "stream/hub.h"

namespace octavo::stream::testing_support {

using index::testing_support::TestStore;

class TestFeeds final : public Feeds, public txn::CommitListener {
 public:
  TestFeeds() { store.sequencer().add_listener(*this); }
  ~TestFeeds() override { store.sequencer().remove_listener(*this); }

  void on_commit(const txn::CommittedRecord& record) override {
    std::map<TableId, std::shared_ptr<algebra::ChangeSet>> sets;
    for (const auto& transaction : record.transactions) {
      std::uint32_t place = transaction.first_op;
      txn::Op op;
      for (auto at = transaction.ops.begin_ops(); at.next(op); ++place) {
        if (const auto* put = std::get_if<txn::PutOp>(&op)) {
          add(sets[put->table],
              {decoded_key(put->key), decoded(put->before), decoded(put->after), place});
        } else if (const auto* erase = std::get_if<txn::EraseOp>(&op)) {
          add(sets[erase->table], {decoded_key(erase->key), decoded(erase->before), {}, place});
        }
      }
    }
    for (auto& [id, set] : sets) {
      set->table = id;
      set->lsn = record.lsn;
      log.push_back(set);
      if (const auto live = hub.find(id)) live->publish(set);
    }
  }

  std::shared_ptr<Topic> topic(TableId table) override {
    auto out = hub.topic(table);
    interrupt();
    return out;
  }
  Result<DataSnapshot> snapshot(TableId, bool with_rows) override {
    interrupt();
    auto point = store.sequencer().snapshot();
    DataSnapshot out;
    out.at = point.lsn;
    if (with_rows) {
      out.source = std::make_unique<layout::RowSource>(store.reader(std::move(point.snapshot)),
                                                       store.definitions(), store.sets());
    }
    interrupt();
    return out;
  }
  Result<std::unique_ptr<History>> history(TableId table, const Lsn& from) override {
    interrupt();
    if (from < trimmed_to) return fail(Code::out_of_range, "trimmed");
    std::size_t first = 0;
    while (first < log.size() && log[first]->lsn < from) ++first;
    return std::make_unique<LogHistory>(*this, table, first);
  }
  std::shared_ptr<const catalog::TableDefinition> table(TableId id) override {
    auto out = store.definitions()->share_table(id);
    interrupt();
    return out;
  }

  // The rows of a plan as of now.
  exec::Rows query(const algebra::PlanPtr& plan) {
    const layout::RowSource source(store.reader(store.sequencer().snapshot().snapshot),
                                   store.definitions(), store.sets());
    exec::QueryContext context;
    auto built = exec::build(plan, exec::OperatorContext{source, context});
    ASSERT(built);
    exec::Rows out;
    for (std::size_t before = 1; before != out.size();) {
      before = out.size();
      ASSERT((*built)->next(100, out));
    }
    return out;
  }

  TestStore store;
  Hub hub;
  std::vector<algebra::ChangeSetPtr> log;  // of all tables
  Lsn trimmed_to;

  // From now on, what is committed is not yet seen by readers of the log, as between the moment
  // when a record is applied and the moment when the log has delivered it.
  void hold_log() { readable_ = log.size(); }
  void release_log() {
    readable_ = SIZE_MAX;
    for (Wake& wake : std::exchange(waiting_, {})) wake();
  }
  // Called wherever a commit of somebody else may come in between while a feed starts or reads.
  std::function<void()> between;

 private:
  class LogHistory final : public History {
   public:
    LogHistory(TestFeeds& feeds, TableId table, std::size_t at)
        : feeds_(feeds), table_(table), at_(at) {}
    Result<algebra::ChangeSetPtr> next() override {
      feeds_.interrupt();
      while (at_ < feeds_.readable()) {
        if (auto set = feeds_.log[at_++]; set->table == table_) return set;
      }
      return nullptr;
    }
    bool passed(const Lsn& lsn) const override {
      return at_ == feeds_.log.size() || lsn < feeds_.log[at_]->lsn;
    }
    void wait(Wake wake) override {
      if (at_ < feeds_.readable()) return wake();
      feeds_.waiting_.push_back(std::move(wake));
    }

   private:
    TestFeeds& feeds_;
    TableId table_;
    std::size_t at_;
  };

  std::size_t readable() const { return std::min(readable_, log.size()); }
  void interrupt() {
    if (between) between();
  }
  static void add(std::shared_ptr<algebra::ChangeSet>& set, algebra::RowChange change) {
    if (set == nullptr) set = std::make_shared<algebra::ChangeSet>();
    set->changes.push_back(std::move(change));
  }
  static value::Value decoded_key(BytesView bytes) {
    ByteReader reader(bytes);
    return *value::decode_key(reader);
  }
  static std::optional<value::Value> decoded(std::optional<BytesView> document) {
    if (!document) return std::nullopt;
    return *value::decode_document(*document);
  }

  std::size_t readable_ = SIZE_MAX;  // entries of `log` that its readers can see
  std::vector<Wake> waiting_;
};

// Everything a feed has to say now, asked for `batch` at a time.
inline Status poll_all(Subscription& feed, std::vector<FeedItem>& out, std::size_t batch = 100) {
  for (;;) {
    const std::size_t before = out.size();
    TRY_STATUS(feed.poll(batch, out));
    ASSERT(out.size() - before <= batch);
    if (out.size() == before) return {};
  }
}

}  // namespace octavo::stream::testing_support
