#include "engine/feeds.h"

#include <fmt/format.h>

#include <algorithm>

#include "catalog/reserved.h"
#include "engine/change_sets.h"
#include "engine/keyspace_history.h"
#include "engine/log_records.h"
#include "layout/keyspace/image.h"

namespace octavo::engine {
namespace {

// Tables that one transaction's operations touch, each once.
void collect_tables(const txn::OpsView& ops, std::vector<TableId>& tables) {
  const auto note = [&](TableId table) {
    if (std::ranges::find(tables, table) == tables.end()) tables.push_back(table);
  };
  txn::Op op;
  for (auto at = ops.begin_ops(); at.next(op);) {
    if (const auto* put = std::get_if<txn::PutOp>(&op)) {
      note(put->table);
    } else if (const auto* erase = std::get_if<txn::EraseOp>(&op)) {
      note(erase->table);
    }
  }
}

class LogHistory final : public stream::History {
 public:
  LogHistory(TableId table, std::unique_ptr<log::Reader> reader, const txn::Sequencer& sequencer)
      : table_(table), reader_(std::move(reader)), sequencer_(sequencer) {}

  Result<algebra::ChangeSetPtr> next() override {
    for (;;) {
      TRY(const auto record, reader_->next());
      if (!record) return nullptr;
      if (record->header.kind != log::RecordKind::transactions) continue;
      TRY(auto set, changes_of(*record));
      if (!set->changes.empty()) return set;
    }
  }
  bool passed(const Lsn& lsn) const override { return lsn < reader_->position(); }
  void wait(stream::Wake wake) override { reader_->notify_on_append(std::move(wake)); }

 private:
  Result<std::shared_ptr<algebra::ChangeSet>> changes_of(const log::RecordView& record) {
    auto set = std::make_shared<algebra::ChangeSet>();
    set->table = table_;
    set->lsn = record.lsn;
    const auto add = [&](const txn::OpsView& ops, std::uint32_t first_op) {
      add_changes(ops, first_op, table_, *set);
    };
    TRY_STATUS(for_each_committed(record, sequencer_, footprint_, add));
    return set;
  }

  TableId table_;
  std::unique_ptr<log::Reader> reader_;
  const txn::Sequencer& sequencer_;
  txn::Footprint footprint_;
};

}  // namespace

void EngineFeeds::on_commit(const txn::CommittedRecord& record) {
  {
    const value::Account::Use use(&changes_);
    publish(record);
  }
  MemoryPool& pool = parts_.memory.feeds;
  if (pool.used() <= pool.limit()) return;
  changes_.settle();
  if (pool.used() > pool.limit()) hub_.shed(pool.limit() / 2);
}

void EngineFeeds::settle() {
  if (changes_.unsettled() < kMiB) return;
  parts_.sequencer.run_exclusive([this](Lsn) { changes_.settle(); });
}

void EngineFeeds::publish(const txn::CommittedRecord& record) {
  for (auto& set : parts_.keyspace.take_changes()) {
    if (const auto topic = hub_.find(set->table)) topic->publish(std::move(set));
  }
  if (hub_.idle()) return;
  std::vector<TableId> tables;
  for (const auto& transaction : record.transactions) {
    if (transaction.effects.rows) collect_tables(transaction.ops, tables);
  }
  for (const TableId table : tables) {
    const auto topic = hub_.find(table);
    if (topic == nullptr) continue;
    auto set = std::make_shared<algebra::ChangeSet>();
    set->table = table;
    set->lsn = record.lsn;
    for (const auto& transaction : record.transactions) {
      add_changes(transaction.ops, transaction.first_op, table, *set);
    }
    topic->publish(std::move(set));
  }
}

std::shared_ptr<const exec::Interests> EngineFeeds::interests(TableId table) {
  const auto topic = hub_.find(table);
  return topic == nullptr ? nullptr : topic->interests();
}

// Nothing is being applied meanwhile, so keys and position belong together.
stream::DataSnapshot EngineFeeds::keyspace_snapshot(unsigned db, bool with_rows) {
  stream::DataSnapshot out;
  parts_.sequencer.run_exclusive([&](Lsn tip) {
    out.at = tip;
    if (!with_rows) return;
    const std::int64_t now_ms = parts_.sequencer.tip_time_ns() / 1'000'000;
    out.source = std::make_unique<layout::KeyspaceImage>(std::make_unique<layout::KeyspaceMoment>(
        parts_.keyspace.changes(), parts_.keyspace.keyspace(), db, now_ms, parts_.memory.feeds));
  });
  return out;
}

Result<stream::DataSnapshot> EngineFeeds::snapshot(TableId table, bool with_rows) {
  if (const auto db = catalog::keyspace_number(table)) {
    return keyspace_snapshot(*db, with_rows);
  }
  auto point = parts_.sequencer.snapshot();
  stream::DataSnapshot out;
  out.at = point.lsn;
  if (!with_rows) return out;
  out.source = std::make_unique<layout::RowSource>(
      index::TableReader(kv::View(parts_.rows, std::move(point.snapshot))),
      parts_.definitions.current(), parts_.indexes);
  return out;
}

Result<std::unique_ptr<stream::History>> EngineFeeds::history(TableId table, const Lsn& from) {
  if (catalog::keyspace_number(table)) {
    // About what the copy will take, so that nothing is read in vain.
    const auto bytes = static_cast<std::size_t>(parts_.keyspace.keyspace().used_bytes());
    MemoryReservation copy(parts_.memory.copies);
    if (const Status held = copy.grow(bytes); !held) {
      return fail(held.error().code,
                  fmt::format("A feed on keys is resumed on a copy of the keys ({} MiB). {}; "
                              "try again when other feeds have caught up, or start the feed again "
                              "without a cursor, with its initial rows.",
                              bytes / kMiB, held.error().what));
    }
    return keyspace_history(table, from, std::move(copy), parts_.snapshots, parts_.log,
                            parts_.sequencer);
  }
  auto reader = parts_.log.read(from);
  if (!reader && reader.error().code == Code::out_of_range) {
    return fail(Code::out_of_range,
                "The cursor is older than the retained log; start the feed again without a cursor, "
                "with its initial rows, or keep more of the log (log-retention-bytes).");
  }
  if (!reader) return fail(std::move(reader).error());
  return std::make_unique<LogHistory>(table, *std::move(reader), parts_.sequencer);
}

std::shared_ptr<const catalog::TableDefinition> EngineFeeds::table(TableId id) {
  return parts_.definitions.current()->share_table(id);
}

}  // namespace octavo::engine
