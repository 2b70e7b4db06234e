#include "txn/applier.h"

#include "txn/retries.h"
#include "txn/row_format.h"
#include "txn/row_key.h"

namespace octavo::txn {

struct Applier::Visitor {
  Applier& applier;
  RowHook* rows;  // null: it has been told of the rows

  void operator()(const PutOp& op) const {
    char prefix[kIdPrefixSize];
    applier.batch_.put_parts(kv::Family::rows, table_prefix(op.table, prefix), op.key,
                             applier.row_header_, op.after);
    if (!op.before) applier.counts_.added(op.table);
    changed({op.table, op.key, op.before, op.after});
  }
  void operator()(const EraseOp& op) const {
    char prefix[kIdPrefixSize];
    applier.batch_.erase_parts(kv::Family::rows, table_prefix(op.table, prefix), op.key);
    applier.counts_.erased(op.table);
    changed({op.table, op.key, op.before, std::nullopt});
  }
  void operator()(const KeyspaceOp&) const {}  // the keyspace's own memory, see KeyspaceHook
  void operator()(const DdlOp& op) const {
    applier.has_ddl_ = true;
    if (applier.hooks_.ddl == nullptr) return;
    if (!applier.ddl_) return;
    applier.ddl_ =
        applier.hooks_.ddl->on_ddl(op.bytes, applier.lsn_, applier.time_ns_, applier.batch_);
  }
  void operator()(const SequenceOp& op) const {
    char next[8];
    store_le(next, op.next);
    applier.batch_.put(kv::Family::meta, sequence_key(op.name), BytesView(next, sizeof next));
  }
  void operator()(const CursorOp& op) const {
    applier.batch_.put(kv::Family::meta, cursor_key(op.name), op.bytes);
  }
  void operator()(const CheckpointOp& op) const {
    applier.batch_.put(kv::Family::meta, checkpoint_key(op.name), op.bytes);
  }

 private:
  static BytesView table_prefix(TableId table, char (&target)[kIdPrefixSize]) {
    const std::uint64_t id = std::byteswap(raw(table));
    static_assert(std::endian::native == std::endian::little);
    std::memcpy(target, &id, sizeof id);
    return {target, sizeof target};
  }
  void changed(const RowChange& change) const {
    if (rows != nullptr) rows->on_change(change, applier.lsn_, applier.batch_);
  }
};

void Applier::begin_record(Lsn lsn, std::int64_t time_ns) {
  lsn_ = lsn;
  time_ns_ = time_ns;
  has_ddl_ = false;
  counts_.finish(false);
  ddl_ = {};
  row_header_.clear();
  put_row_header(row_header_, lsn);
  batch_.clear();
}

Status Applier::add(const TransactionView& transaction, std::uint32_t position,
                    const PreparedRows* prepared) {
  if (!transaction.effects.stored()) return {};
  RowHook* rows = hooks_.rows;
  if (rows != nullptr && prepared != nullptr && rows->use_prepared(*prepared, batch_)) {
    rows = nullptr;
  }
  transaction.ops.for_each(Visitor{*this, rows});
  TRY_STATUS(ddl_);
  if (transaction.retry) {
    const std::uint64_t period = retry_period(time_ns_);
    put_retry(batch_, period, *transaction.retry, {lsn_, position});
    // Nobody looks for older ones: once a period they go.
    if (period > 0 && period - 1 > retries_from_) {
      retries_from_ = period - 1;
      erase_retries_before(batch_, retries_from_);
    }
  }
  return {};
}

Result<kv::WriteBatch*> Applier::finish_record() {
  TRY_STATUS(counts_.write(batch_));
  return &batch_;
}

}  // namespace octavo::txn
