#pragma once

// Turns committed transactions into the one kv batch of their record.

#include <cstdint>
#include <vector>

#include "kv/write_batch.h"
#include "txn/hooks.h"
#include "txn/transaction.h"

namespace octavo::txn {

class Applier {
 public:
  explicit Applier(const Hooks& hooks) : hooks_(hooks) {}

  void begin_record(Lsn lsn, std::int64_t time_ns);
  void add(const TransactionView& transaction, std::uint32_t position);

  kv::WriteBatch& batch() { return batch_; }
  bool has_ddl() const { return has_ddl_; }

 private:
  struct Visitor;

  Hooks hooks_;
  Lsn lsn_;
  std::int64_t time_ns_ = 0;
  bool has_ddl_ = false;
  Bytes row_header_;
  kv::WriteBatch batch_;
};

}  // namespace octavo::txn
