#pragma once

// What one query may use: who asks, its memory, its deadline, whether it may wait. One thread at a
// time uses a context.

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/limits.h"
#include "base/result.h"
#include "catalog/model.h"
#include "exec/transaction.h"
#include "function/family.h"

namespace octavo::exec {

class Profile;         // exec/profile.h
class SpillSpace;      // exec/spill_space.h
class StatementReads;  // exec/statement_reads.h

// What a user may do with a table, a query may do that was let in by that user: through a view.
struct LentRight {
  TableId table{};
  std::string user;
};

// Tables that a client keeps locked from one statement to the next: its statements take no locks of
// these.
class HeldTables {
 public:
  virtual ~HeldTables() = default;
  virtual bool has(TableId table) const = 0;
  // Whether nobody else may use it: else its rows are to stay as they are.
  virtual bool has_alone(TableId table) const = 0;
  // `now`, which nobody knows yet, is to take the place of `before`, and is kept locked as that is;
  // `leave`: it does not after all.
  virtual void follow(TableId before, TableId now) = 0;
  virtual void leave(TableId table) = 0;
};

struct QueryContext {
  // Without a user the engine lets it do nothing.
  explicit QueryContext(std::string_view asking = {}) : user(asking) {}

  std::string user;
  std::vector<LentRight> lent;  // beside what `user` may
  // What the engine has let it begin to read, and the version of the rights that allowed all of
  // it (engine/access.h).
  std::set<TableId> reads;
  std::uint64_t rights_version = 0;
  function::EvalContext evaluation;  // memory, deadline, cancellation
  // Its queries are those of one statement: all read what the first of them reads, which is kept
  // here. Expressions may have plans in them.
  bool one_version = false;
  std::shared_ptr<StatementReads> statement_reads;
  // What is read from now on is of another version. No query of it is running.
  void leave_version() {
    statement_reads = nullptr;
    evaluation.subplans = nullptr;
  }
  // Whether rows that it writes are held against foreign keys, and change those that refer to them.
  bool checks_references = true;
  bool may_wait = true;  // false: what would touch a disk or wait for a lock says would_block
  // Where operators put rows that they cannot hold in memory; outlives it. The engine sets it.
  // Null: what does not fit is refused.
  SpillSpace* spill = nullptr;
  // Where its operators note what they do; outlives it. Null: nowhere.
  Profile* profile = nullptr;

  // In which transaction the statement runs; outlives it. Null: what it writes is committed at
  // once.
  Transaction* transaction = nullptr;
  LockWait lock_wait;
  HeldTables* held_tables = nullptr;  // outlives it; null: none
  // Within a transaction: reads see the newest state, and what it has written, instead of its view.
  // For rows that are locked, or about to be.
  bool read_newest = false;
  // Beside an error of a statement: whether it was for a lock. The engine sets it.
  LockRefusal lock_refusal = LockRefusal::none;
  // Beside a `conflict`: a table that the transaction reads or writes has become another.
  bool definition_changed = false;

  // Between steps of long work.
  Status check() { return evaluation.check(); }
};

// What an operator holds beside values, which are charged where they are made.
class [[nodiscard]] MemoryCharge : public value::Charge {
 public:
  explicit MemoryCharge(QueryContext& query) : Charge(query.evaluation.account) {}
};

}  // namespace octavo::exec
