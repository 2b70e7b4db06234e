#pragma once

// Turns committed transactions into the one kv batch of their record.

#include <cstdint>
#include <vector>

#include "kv/write_batch.h"
#include "txn/hooks.h"
#include "txn/row_counts.h"
#include "txn/transaction.h"

namespace octavo::txn {

class Applier {
 public:
  Applier(kv::Store& store, const Hooks& hooks) : hooks_(hooks), counts_(store) {}

  Status open() { return counts_.open(); }

  void begin_record(Lsn lsn, std::int64_t time_ns);
  // An error of the hook for definitions; the batch is of no use then.
  Status add(const TransactionView& transaction, std::uint32_t position,
             const PreparedRows* prepared);

  // The batch of the record, once all of its transactions were added.
  Result<kv::WriteBatch*> finish_record();
  // What became of it.
  void batch_done(bool applied) { counts_.finish(applied); }
  bool has_ddl() const { return has_ddl_; }

 private:
  struct Visitor;

  Hooks hooks_;
  Lsn lsn_;
  std::int64_t time_ns_ = 0;
  bool has_ddl_ = false;
  RowCounts counts_;
  std::uint64_t retries_from_ = 0;  // older periods were erased
  Status ddl_;
  Bytes row_header_;
  kv::WriteBatch batch_;
};

}  // namespace octavo::txn
