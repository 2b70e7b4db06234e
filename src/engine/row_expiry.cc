#include "engine/row_expiry.h"

#include <chrono>
#include <limits>
#include <utility>

#include "base/logging.h"
#include "index/ordered/ordered_options.h"
#include "layout/row/row_rules.h"

namespace octavo::engine {
namespace {

using exec::RowEdit;
using value::Value;

constexpr std::size_t kRowsAtOnce = 256;  // are erased in one transaction
constexpr std::size_t kRowsRead = 16;     // are held at once to see their keys
constexpr Nanoseconds kLockWait = std::chrono::milliseconds(5);
constexpr std::int64_t kNanosPerSecond = 1'000'000'000;

// Entries that are a time, up to so many seconds before now.
algebra::KeyRange due_range(std::int64_t now_ns, std::int64_t seconds) {
  constexpr std::int64_t kFirst = std::numeric_limits<std::int64_t>::min() / 2;
  value::Timestamp until;
  until.seconds = now_ns / kNanosPerSecond - seconds;
  until.nanoseconds = static_cast<std::uint32_t>(now_ns % kNanosPerSecond);
  return {.lower = {.value = Value::timestamp({.seconds = kFirst}), .inclusive = true},
          .upper = {.value = Value::timestamp(until), .inclusive = true}};
}

// Of one index: its rows are read as they were when it was begun, and looked at again when they are
// erased.
class ExpiringRows {
 public:
  ExpiringRows(Engine& engine, std::shared_ptr<const catalog::TableDefinition> table,
               std::shared_ptr<const index::Index> index, algebra::KeyRange due,
               const CancelToken& stop)
      : engine_(engine),
        table_(std::move(table)),
        index_(std::move(index)),
        due_(index::entry_range(due)),
        account_(engine.memory().queries, engine.memory().shares.query),
        context_(catalog::kAdminName) {
    context_.evaluation.account = &account_;
    context_.evaluation.cancel = stop;
    plan_ = algebra::make_plan(algebra::Scan{.table = table_->id,
                                             .index = index_->definition().id,
                                             .keys = std::move(due),
                                             .order = algebra::Direction::ascending});
  }

  // How many rows it has erased; `more`: there may be others.
  Result<std::uint64_t> step(bool& more) {
    const value::Account::Use use(&account_);
    more = false;
    if (query_ == nullptr) {
      TRY(query_, engine_.query(plan_, context_));
    }
    std::vector<Value> keys;
    while (keys.size() < kRowsAtOnce) {
      std::vector<Value> rows;
      TRY_STATUS(query_->next(kRowsRead, rows));
      if (rows.empty()) break;
      more = true;
      for (const Value& row : rows) {
        if (const Value* const key = layout::key_of(*table_, row)) keys.push_back(*key);
      }
    }
    return erase(std::move(keys));
  }

 private:
  Result<std::uint64_t> erase(std::vector<Value> keys) {
    if (keys.empty()) return 0;
    if (const auto erased = erase_together(keys)) return *erased;
    if (context_.lock_refusal == exec::LockRefusal::none) TRY_STATUS(context_.check());
    // One of them is locked, or something else is the matter with it: the others go by themselves.
    std::uint64_t erased = 0;
    for (const Value& key : keys) {
      TRY_STATUS(context_.check());
      if (const auto one = erase_together({&key, 1})) erased += *one;
    }
    return erased;
  }

  Result<std::uint64_t> erase_together(std::span<const Value> keys) {
    std::vector<bool> erases(keys.size());
    exec::RowWrites writes;
    writes.table = table_->id;
    writes.keys.assign(keys.begin(), keys.end());
    writes.decide = [&](std::size_t i, const Value* current) -> Result<RowEdit> {
      erases[i] = current != nullptr && index::first_entry(*index_, *current, {due_}).has_value();
      return RowEdit{.action = erases[i] ? RowEdit::Action::erase : RowEdit::Action::keep,
                     .row = {}};
    };
    // Of a table it waits a little: its lock may be held for a moment by those who change it.
    context_.lock_wait = {.how = exec::LockWait::How::nowait,
                          .deadline_ns = system_clock().monotonic_ns() + kLockWait.count()};
    TRY(const auto done, engine_.write(writes, context_));
    std::uint64_t erased = 0;
    for (std::size_t i = 0; i < done.rows.size(); ++i) {
      if (done.rows[i] && erases[i]) ++erased;
    }
    return erased;
  }

  Engine& engine_;
  const std::shared_ptr<const catalog::TableDefinition> table_;
  const std::shared_ptr<const index::Index> index_;
  const index::EntryRange due_;
  value::Account account_;  // before the context, which refers to it
  exec::QueryContext context_;
  algebra::PlanPtr plan_;
  std::unique_ptr<Query> query_;
};

}  // namespace

// Through all indexes that say so, one after the other.
class RowExpiry::Pass {
 public:
  explicit Pass(RowExpiry& expiry) : expiry_(expiry) {
    const catalog::CatalogPtr state = expiry.engine_.catalog();
    for (const auto* table : state->all_tables()) {
      for (const auto& index : table->indexes) {
        const auto seconds = index::expiry_seconds(index.options);
        if (seconds && index.ready) todo_.push_back({table->id, index.id, *seconds});
      }
    }
  }

  // False: it is at its end.
  bool step() {
    if (expiry_.stop_.cancelled()) return false;
    if (!rows_ && !begin_next()) return false;
    bool more = false;
    const auto erased = step_of(*rows_, more);
    if (erased) {
      expiry_.control_.erased.fetch_add(*erased, std::memory_order_relaxed);
    } else if (expiry_.engine_.catalog()->find_table(todo_.back().table) != nullptr) {
      log_warning("rows whose time has come could not be erased",
                  {{"reason", erased.error().what}});
    }
    if (!more) {
      rows_.reset();
      todo_.pop_back();
    }
    return more || !todo_.empty();
  }

 private:
  struct Todo {
    TableId table{};
    IndexId index{};
    std::int64_t seconds = 0;
  };

  // Rows that take more memory than a query may have stay.
  static Result<std::uint64_t> step_of(ExpiringRows& rows, bool& more) {
    try {
      return rows.step(more);
    } catch (const std::bad_alloc& failure) {
      more = false;
      return std::unexpected(value::out_of_memory(failure));
    }
  }

  // Those that are gone by now are left out.
  bool begin_next() {
    for (; !todo_.empty(); todo_.pop_back()) {
      const Todo& next = todo_.back();
      const auto table = expiry_.engine_.catalog()->share_table(next.table);
      const auto indexes = table == nullptr ? nullptr : expiry_.indexes_.of(table);
      const auto index = indexes == nullptr ? nullptr : indexes->share(next.index);
      if (index == nullptr) continue;
      rows_.emplace(expiry_.engine_, table, index,
                    due_range(expiry_.clock_.wall_ns(), next.seconds), expiry_.stop_.token());
      return true;
    }
    return false;
  }

  RowExpiry& expiry_;
  std::vector<Todo> todo_;
  std::optional<ExpiringRows> rows_;  // of the last one
};

RowExpiryControl& row_expiry_of(Engine& engine) {
  return dynamic_cast<ExpiresRows&>(engine).row_expiry();
}

RowExpiry::RowExpiry(Engine& engine, index::IndexSets& indexes, Clock& clock,
                     RowExpiryControl& control)
    : engine_(engine),
      indexes_(indexes),
      clock_(clock),
      control_(control),
      last_ns_(clock.monotonic_ns()) {}

RowExpiry::~RowExpiry() = default;

// A shorter period counts from the last pass, too.
bool RowExpiry::is_due() {
  if (!control_.enabled.load(std::memory_order_relaxed)) return false;
  const std::int64_t period =
      control_.period_seconds.load(std::memory_order_relaxed) * kNanosPerSecond;
  return clock_.monotonic_ns() - last_ns_ >= period;
}

bool RowExpiry::step() {
  if (pass_ == nullptr) {
    if (stop_.cancelled() || !is_due()) return false;
    last_ns_ = clock_.monotonic_ns();
    pass_ = std::make_unique<Pass>(*this);
  }
  if (pass_->step()) return true;
  pass_.reset();
  control_.passes.fetch_add(1, std::memory_order_relaxed);
  return false;
}

}  // namespace octavo::engine
