#include "protocol/mysql/language/row_locker.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "dialect/sql/error/error.h"
#include "engine/plan_tables.h"
#include "function/family.h"
#include "protocol/mysql/language/grants.h"
#include "protocol/mysql/language/sql_session.h"
#include "value/key.h"

namespace octavo::mysql {
namespace {

using exec::LockWait;
using value::Value;

// Each time rows came to match while the statement waited for others: it is not for ever.
constexpr int kMostPasses = 100;

std::unexpected<Error> never_at_rest() { return sql::error<1213>(); }

// For as long as it lives, reads see the newest state.
class ReadNewest {
 public:
  explicit ReadNewest(exec::QueryContext& context)
      : context_(context), before_(std::exchange(context.read_newest, true)) {}
  ~ReadNewest() { context_.read_newest = before_; }
  ReadNewest(const ReadNewest&) = delete;
  ReadNewest& operator=(const ReadNewest&) = delete;

 private:
  exec::QueryContext& context_;
  const bool before_;
};

// For as long as it lives, of what is read in passes only the last one counts for a commit.
class ReadInPasses {
 public:
  explicit ReadInPasses(exec::QueryContext& context)
      : transaction_(*engine::transaction_of(context)) {}
  ~ReadInPasses() { transaction_.end_reading(); }
  ReadInPasses(const ReadInPasses&) = delete;
  ReadInPasses& operator=(const ReadInPasses&) = delete;
  void begin() { transaction_.begin_reading(); }

 private:
  engine::Transaction& transaction_;
};

LockWait::How how_of(sql::Locking::Wait wait) {
  switch (wait) {
    case sql::Locking::Wait::wait: return LockWait::How::wait;
    case sql::Locking::Wait::nowait: return LockWait::How::nowait;
    case sql::Locking::Wait::skip_locked: return LockWait::How::skip;
  }
  return LockWait::How::wait;
}

Result<std::vector<bool>> lock(engine::Engine& engine, TableId table, std::span<const Value> keys,
                               engine::LockMode mode, LockWait::How how,
                               exec::QueryContext& context) {
  const LockWait::How before = std::exchange(context.lock_wait.how, how);
  auto locked = engine.lock_rows(table, keys, mode, context);
  context.lock_wait.how = before;
  return locked;
}

// Reads a plan until the rows that it yields were all locked before they were read.
class LockingRead {
 public:
  LockingRead(engine::Engine& engine, std::span<const sql::LockedTable> tables,
              exec::QueryContext& context)
      : engine_(engine), tables_(tables), context_(context), known_(tables.size()) {}

  Result<std::vector<Value>> run(const algebra::PlanPtr& plan, std::uint64_t most) {
    ReadInPasses passes(context_);
    for (int pass = 0; pass < kMostPasses; ++pass) {
      added_ = false;
      passes.begin();
      TRY(std::vector<Value> rows, read(plan, most));
      if (!added_) return rows;
    }
    return never_at_rest();
  }

 private:
  Result<std::vector<Value>> read(const algebra::PlanPtr& plan, std::uint64_t most) {
    std::vector<Value> out;
    context_.leave_version();  // what was locked may have been waited for
    TRY(const auto query, engine_.query(plan, context_));
    for (exec::Rows rows; out.size() < most; rows.clear()) {
      const std::uint64_t left = most - out.size();
      TRY_STATUS(query->next(std::min<std::uint64_t>(exec::kBatchRows, left), rows));
      if (rows.empty()) break;
      TRY(const std::vector<bool> held, lock_rows(rows));
      for (std::size_t i = 0; i < rows.size(); ++i) {
        if (held[i]) out.push_back(std::move(rows[i]));
      }
    }
    return out;
  }

  // Of which rows all is locked that is to be.
  Result<std::vector<bool>> lock_rows(const exec::Rows& rows) {
    std::vector<bool> held(rows.size(), true);
    for (std::size_t i = 0; i < tables_.size(); ++i) {
      std::map<Bytes, bool>& known = known_[i];
      std::vector<Bytes> encoded(rows.size());
      std::vector<Value> keys;
      std::vector<const Bytes*> places;
      for (std::size_t row = 0; row < rows.size(); ++row) {
        TRY(const Value key, function::evaluate_lambda(tables_[i].key, std::span(&rows[row], 1),
                                                       context_.evaluation));
        if (key.is_null() || key.type() == value::Type::undefined) continue;
        encoded[row] = value::encoded_key(key);
        const auto [place, is_new] = known.try_emplace(encoded[row], false);
        // One that another holds may be free by now.
        if (!is_new && place->second) continue;
        keys.push_back(key);
        places.push_back(&place->first);
      }
      TRY_STATUS(lock_keys(tables_[i], keys, places, known));
      for (std::size_t row = 0; row < rows.size(); ++row) {
        if (!encoded[row].empty() && !known.at(encoded[row])) held[row] = false;
      }
    }
    return held;
  }

  Status lock_keys(const sql::LockedTable& table, std::span<const Value> keys,
                   std::span<const Bytes* const> places, std::map<Bytes, bool>& known) {
    if (keys.empty()) return {};
    const auto mode = table.shared ? engine::LockMode::shared : engine::LockMode::exclusive;
    TRY(const std::vector<bool> locked,
        lock(engine_, table.table, keys, mode, how_of(table.wait), context_));
    for (std::size_t i = 0; i < locked.size(); ++i) {
      if (!locked[i]) continue;
      known[*places[i]] = true;
      added_ = true;
    }
    return {};
  }

  engine::Engine& engine_;
  const std::span<const sql::LockedTable> tables_;
  exec::QueryContext& context_;
  std::vector<std::map<Bytes, bool>> known_;  // by table: keys, and whether they are locked
  bool added_ = false;
};

}  // namespace

bool RowLocker::of_plain_reads() const {
  const SessionTransaction& transaction = session_.transaction();
  if (!transaction.is_open()) return false;
  switch (transaction.characteristics().isolation) {
    case sql::IsolationLevel::serializable: return true;
    case sql::IsolationLevel::repeatable_read: return is_write_;
    case sql::IsolationLevel::read_committed:
    case sql::IsolationLevel::read_uncommitted: break;
  }
  return false;
}

Result<std::vector<Value>> RowLocker::read(const algebra::PlanPtr& plan,
                                           std::span<const sql::LockedTable> tables,
                                           std::uint64_t most) {
  exec::QueryContext& context = running_.context();
  if (!context.may_wait) {
    refused_ = true;
    return fail(Code::would_block, "Rows are locked on worker threads.");
  }
  engine::Engine& engine = session_.shared().service.engine;
  const catalog::CatalogPtr definitions = engine.catalog();
  TRY_STATUS(may_read(session_, running_.context(), *definitions, plan));
  for (const sql::LockedTable& locked : tables) {
    const auto table = definitions->share_table(locked.table);
    if (locked.shared || table == nullptr) continue;
    if (!table->temporary && session_.transaction().characteristics().read_only) {
      return sql::error<1792>();
    }
    TRY_STATUS(may_use(session_, running_.context(), sql::TableUse::lock, *table));
  }
  running_.set_read();
  running_.require_transaction();
  const ReadNewest newest(context);
  return LockingRead(engine, tables, context).run(plan, most);
}

Result<std::vector<Value>> locked_keys(engine::Engine& engine, TableId table,
                                       const algebra::PlanPtr& plan, exec::QueryContext& context) {
  const auto keys_of = [&]() -> Result<std::vector<Value>> {
    TRY(const auto query, engine.query(plan, context));
    std::vector<Value> keys;
    for (std::size_t before = 0;; before = keys.size()) {
      TRY_STATUS(query->next(exec::kBatchRows, keys));
      if (keys.size() == before) return keys;
    }
  };
  // Each statement by itself decides again what it meets; and keys that no row was read for stay.
  if (context.transaction == nullptr || engine::tables_of(plan).empty()) return keys_of();
  const ReadNewest newest(context);
  constexpr auto kMode = engine::LockMode::exclusive;
  ReadInPasses passes(context);
  for (int pass = 0; pass < kMostPasses; ++pass) {
    passes.begin();
    context.leave_version();
    TRY(std::vector<Value> keys, keys_of());
    if (keys.empty()) return keys;
    TRY(const std::vector<bool> held,
        lock(engine, table, keys, kMode, LockWait::How::skip, context));
    if (std::ranges::find(held, false) == held.end()) return keys;
    TRY_STATUS(lock(engine, table, keys, kMode, LockWait::How::wait, context));
  }
  return never_at_rest();
}

}  // namespace octavo::mysql
