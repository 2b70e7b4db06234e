#include "engine/feeds.h"

#include <algorithm>

#include "engine/change_sets.h"

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
  LogHistory(TableId table, std::unique_ptr<log::Reader> reader, const txn::Pipeline& pipeline)
      : table_(table), reader_(std::move(reader)), pipeline_(pipeline) {}

  Result<stream::ChangeSetPtr> next() override {
    for (;;) {
      TRY(const auto record, reader_->next());
      if (!record) return nullptr;
      if (record->header.kind != log::RecordKind::transactions) continue;
      TRY(auto set, changes_of(*record));
      if (!set->changes.empty()) return set;
    }
  }

 private:
  Result<std::shared_ptr<stream::ChangeSet>> changes_of(const log::RecordView& record) {
    auto set = std::make_shared<stream::ChangeSet>();
    set->table = table_;
    set->lsn = record.lsn;
    ByteReader input(record.payload);
    std::uint32_t first_op = 0;
    for (std::uint32_t i = 0; i < record.header.transaction_count; ++i) {
      TRY(const auto transaction, txn::decode_transaction(input, footprint_));
      TRY(const bool committed, pipeline_.committed(record.lsn, i));
      if (committed) add_changes(transaction.ops, first_op, table_, *set);
      first_op += transaction.ops.size();
    }
    return set;
  }

  TableId table_;
  std::unique_ptr<log::Reader> reader_;
  const txn::Pipeline& pipeline_;
  txn::Footprint footprint_;
};

}  // namespace

void EngineFeeds::on_commit(const txn::CommittedRecord& record) {
  if (hub_.idle()) return;
  std::vector<TableId> tables;
  for (const auto& transaction : record.transactions) {
    if (transaction.effects.rows) collect_tables(transaction.ops, tables);
  }
  for (const TableId table : tables) {
    const auto topic = hub_.find(table);
    if (topic == nullptr) continue;
    auto set = std::make_shared<stream::ChangeSet>();
    set->table = table;
    set->lsn = record.lsn;
    for (const auto& transaction : record.transactions) {
      add_changes(transaction.ops, transaction.first_op, table, *set);
    }
    topic->publish(std::move(set));
  }
}

Result<stream::DataSnapshot> EngineFeeds::snapshot() {
  auto point = parts_.pipeline.snapshot();
  stream::DataSnapshot out;
  out.at = point.lsn;
  out.source = std::make_unique<exec::RowSource>(
      index::TableReader(parts_.rows, std::move(point.snapshot)), parts_.definitions.current(),
      parts_.indexes);
  return out;
}

Result<std::unique_ptr<stream::History>> EngineFeeds::history(TableId table, const Lsn& from) {
  auto reader = parts_.log.read(from);
  if (!reader && reader.error().code == Code::out_of_range) {
    return fail(Code::out_of_range,
                "The cursor is older than the retained log; start the feed again with "
                "include_initial, or keep more of the log (log-retention-bytes).");
  }
  if (!reader) return fail(std::move(reader).error());
  return std::make_unique<LogHistory>(table, *std::move(reader), parts_.pipeline);
}

std::shared_ptr<const catalog::TableDefinition> EngineFeeds::table(TableId id) {
  return parts_.definitions.current()->share_table(id);
}

}  // namespace octavo::engine
