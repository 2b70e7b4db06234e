#include "engine/keyspace_history.h"

#include <algorithm>

#include "engine/keyspace_facade.h"
#include "engine/log_records.h"
#include "layout/keyspace/changes.h"

namespace octavo::engine {
namespace {

Status hold_copy(MemoryReservation& copy, const keyspace::Keyspace& keyspace) {
  return copy.resize(static_cast<std::size_t>(std::max<std::int64_t>(keyspace.used_bytes(), 0)));
}

class KeyspaceHistory final : public stream::History {
 public:
  KeyspaceHistory(TableId table, const Lsn& from, MemoryReservation copy,
                  layout::KeyspaceState start, std::unique_ptr<log::Reader> reader,
                  const txn::Sequencer& sequencer)
      : table_(table),
        from_(from),
        copy_(std::move(copy)),
        start_(std::move(start)),
        reader_(std::move(reader)),
        sequencer_(sequencer),
        everything_(std::make_shared<exec::Interests>()),
        interest_(everything_, algebra::Scan{.table = table, .index = {}, .order = {}}),
        changes_(*start_.keyspace) {}

  Result<algebra::ChangeSetPtr> next() override {
    for (;;) {
      TRY(const auto record, reader_->next());
      if (!record) return nullptr;
      if (record->lsn <= start_.applied) continue;
      TRY(auto set, replay(*record));
      if (set != nullptr) return set;
    }
  }
  bool passed(const Lsn& lsn) const override { return lsn < reader_->position(); }
  void wait(stream::Wake wake) override { reader_->notify_on_append(std::move(wake)); }

 private:
  Result<algebra::ChangeSetPtr> replay(const log::RecordView& record) {
    const bool wanted = record.lsn >= from_;
    changes_.begin_record(
        record.lsn, record.header.time_ns,
        wanted ? [this](TableId table) { return table == table_ ? everything_ : nullptr; }
               : layout::KeyspaceChanges::Wanted());
    Status replayed;
    const auto run = [&](const txn::OpsView& ops, std::uint32_t first_op) {
      if (!replayed) return;
      replayed =
          replay_transaction(*start_.keyspace, ops, first_op, record.lsn, record.header.time_ns);
    };
    TRY_STATUS(for_each_committed(record, sequencer_, footprint_, run));
    TRY_STATUS(replayed);
    while (start_.keyspace->free_garbage()) {
    }
    TRY_STATUS(hold_copy(copy_, *start_.keyspace));
    auto sets = changes_.end_record();
    return sets.empty() ? nullptr : std::move(sets.front());
  }

  TableId table_;
  Lsn from_;
  MemoryReservation copy_;
  layout::KeyspaceState start_;
  std::unique_ptr<log::Reader> reader_;
  const txn::Sequencer& sequencer_;
  txn::Footprint footprint_;
  std::shared_ptr<exec::Interests> everything_;
  exec::Interests::Interest interest_;
  layout::KeyspaceChanges changes_;
};

}  // namespace

Result<std::unique_ptr<stream::History>> keyspace_history(TableId table, const Lsn& from,
                                                          MemoryReservation copy,
                                                          layout::KeyspaceSnapshots& snapshots,
                                                          log::CommitLog& log,
                                                          const txn::Sequencer& sequencer) {
  TRY(auto start, snapshots.load(from));
  TRY_STATUS(hold_copy(copy, *start.keyspace));
  auto reader = log.read(start.applied);
  if (!reader && reader.error().code == Code::out_of_range) {
    return fail(Code::out_of_range,
                "The cursor is older than the retained log and snapshots; start the feed again "
                "without a cursor, with its initial rows, or keep more of the log "
                "(log-retention-bytes).");
  }
  if (!reader) return fail(std::move(reader).error());
  return std::make_unique<KeyspaceHistory>(table, from, std::move(copy), std::move(start),
                                           *std::move(reader), sequencer);
}

}  // namespace octavo::engine
