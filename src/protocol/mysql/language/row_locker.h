#pragma once

// Rows that statements lock before they read them, or write to them. On a worker.

#include <span>
#include <vector>

#include "dialect/sql/bind/row_locks.h"
#include "engine/engine.h"
#include "protocol/mysql/language/running.h"

namespace octavo::mysql {

class SqlSession;

class RowLocker final : public sql::RowLocks {
 public:
  // `refused`: set where it had to wait and the context does not let it.
  RowLocker(SqlSession& session, Running& running, bool& refused)
      : session_(session), running_(running), refused_(refused) {}

  // Of the statement that is bound: one that writes to tables, in a transaction.
  void lock_reads_of_write() { is_write_ = true; }

  bool of_plain_reads() const override;
  Result<std::vector<value::Value>> read(const algebra::PlanPtr& plan,
                                         std::span<const sql::LockedTable> tables,
                                         std::uint64_t most) override;

 private:
  SqlSession& session_;
  Running& running_;
  bool& refused_;
  bool is_write_ = false;
};

// Keys that a plan yields, once the rows of all of them are locked for writing and the plan yields
// no others.
Result<std::vector<value::Value>> locked_keys(engine::Engine& engine, TableId table,
                                              const algebra::PlanPtr& plan,
                                              exec::QueryContext& context);

}  // namespace octavo::mysql
