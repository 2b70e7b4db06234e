#include "engine/table_statistics.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/logging.h"
#include "base/pacer.h"
#include "base/thread.h"
#include "catalog/reserved.h"
#include "engine/engine.h"
#include "statistics/builder.h"
#include "txn/row_counts.h"

namespace octavo::engine {
namespace {

constexpr auto kInterval = std::chrono::seconds(10);  // from one look at all tables to the next
constexpr std::int64_t kSliceNs = 10'000'000;
constexpr std::uint64_t kLeastChanges = 500;  // rows: what fewer do to a plan is no matter
constexpr std::uint64_t kTenth = 10;
constexpr std::size_t kMostTables = 4096;  // of which statistics are kept
constexpr std::size_t kRowsAtOnce = 64;

// The columns of a table as statistics have them, and which of them are counted together.
struct Wanted {
  std::vector<std::string> columns;  // none: of a table that declares none
  std::vector<std::vector<std::size_t>> together;
};

// The first two, three, … of these columns.
void add_together(const catalog::TableDefinition& table, const std::vector<ColumnId>& key,
                  Wanted& wanted) {
  std::vector<std::size_t> places;
  for (const ColumnId id : key) {
    const catalog::ColumnDefinition* const column = table.find_column(id);
    if (column == nullptr) return;
    const auto found = std::ranges::find(wanted.columns, column->name);
    if (found == wanted.columns.end()) return;
    places.push_back(static_cast<std::size_t>(found - wanted.columns.begin()));
    const bool is_new = std::ranges::find(wanted.together, places) == wanted.together.end();
    if (places.size() > 1 && is_new) wanted.together.push_back(places);
  }
}

Wanted wanted_of(const catalog::TableDefinition& table) {
  Wanted wanted;
  for (const catalog::ColumnDefinition& column : table.columns) {
    // What is computed when it is read is no field; a hidden column has others' values.
    if (column.generated == catalog::Generated::read || column.hidden) continue;
    if (wanted.columns.size() < statistics::kMostColumns) wanted.columns.push_back(column.name);
  }
  add_together(table, table.key_columns, wanted);
  for (const catalog::IndexDefinition& index : table.indexes) {
    std::vector<ColumnId> key;
    for (const catalog::IndexPart& part : index.parts) {
      if (part.prefix != 0) break;
      key.push_back(part.column);
    }
    add_together(table, key, wanted);
  }
  return wanted;
}

// Reads a table.
Result<statistics::Table> read_all(const catalog::TableDefinition& table,
                                   const exec::Source& source, exec::QueryContext& context) {
  Wanted wanted = wanted_of(table);
  const algebra::Scan all{.table = table.id, .index = {}, .order = {}};
  std::unique_ptr<exec::RowCursor> cursor;
  if (!wanted.columns.empty()) {
    const exec::SomeFields fields{.names = wanted.columns, .form = exec::SomeFields::Form::arrays};
    TRY(cursor, source.open_some(all, fields, context));
  }
  const bool is_array = cursor != nullptr;
  if (!is_array) {
    wanted = {};
    TRY(cursor, source.open(all, context));
  }
  statistics::Builder builder(std::move(wanted.columns), std::move(wanted.together));
  exec::MemoryCharge held(context);
  std::size_t charged = 0;
  exec::Rows rows;
  while (true) {
    rows.clear();
    if (const std::size_t now = builder.memory_bytes(); now > charged) {
      TRY_STATUS(held.add(now - std::exchange(charged, now)));
    }
    TRY_STATUS(cursor->next(kRowsAtOnce, rows));
    if (rows.empty()) return builder.finish();
    for (const value::Value& row : rows) {
      TRY_STATUS(context.check());
      if (is_array) {
        builder.add(row.as_array());
      } else if (row.is_object()) {
        builder.add_document(row.as_object());
      }
    }
  }
}

bool has_statistics(const catalog::TableDefinition& table) {
  return table.layout == catalog::Layout::row && !table.temporary && !catalog::is_virtual(table.id);
}

}  // namespace

// Rests after each slice for as long as that took.
class TableStatistics::Pause final : public Pacer {
 public:
  explicit Pause(TableStatistics& statistics)
      : statistics_(statistics), began_ns_(system_clock().monotonic_ns()) {}

  Status pace() override {
    const std::int64_t worked = system_clock().monotonic_ns() - began_ns_;
    if (worked < kSliceNs) return {};
    {
      const MutexLock lock(statistics_.mutex_);
      if (!statistics_.stopping_) {
        statistics_.woken_.wait_for(statistics_.mutex_, std::chrono::nanoseconds(worked));
      }
    }
    began_ns_ = system_clock().monotonic_ns();
    return {};
  }

 private:
  TableStatistics& statistics_;
  std::int64_t began_ns_;
};

TableStatistics& statistics_of(Engine& engine) {
  return dynamic_cast<KnowsStatistics&>(engine).statistics();
}

TableStatistics::TableStatistics(Parts parts) : parts_(std::move(parts)) { load(); }

statistics::TablePointer TableStatistics::find(const catalog::TableDefinition& table) const {
  const MutexLock lock(mutex_);
  wanted_.insert(table.id);
  const auto found = tables_.find(table.id);
  return found == tables_.end() || found->second->uuid != table.uuid ? nullptr : found->second;
}

Status TableStatistics::make(const catalog::TableDefinition& table, exec::QueryContext& context) {
  if (!has_statistics(table)) return {};
  // What is written while the rows are read counts for the next time.
  const std::uint64_t counted = counter_of(table.id).load(std::memory_order_relaxed);
  {
    const MutexLock lock(mutex_);
    counted_[table.id] = counted;
  }
  const auto source = parts_.source();
  TRY(statistics::Table made, read_all(table, *source, context));
  made.uuid = table.uuid;
  made.made_at_ns = parts_.clock.wall_ns();
  keep(table.id, std::make_shared<const statistics::Table>(std::move(made)));
  return {};
}

// Of too many tables the oldest ones go.
void TableStatistics::keep(TableId id, statistics::TablePointer made) {
  const MutexLock lock(mutex_);
  tables_[id] = std::move(made);
  revision_.fetch_add(1, std::memory_order_relaxed);
  is_saved_ = false;
  if (tables_.size() <= kMostTables) return;
  tables_.erase(std::ranges::min_element(tables_, {},
                                         [](const auto& each) { return each.second->made_at_ns; }));
}

void TableStatistics::forget_dropped(const catalog::CatalogState& definitions) {
  const MutexLock lock(mutex_);
  const auto is_gone = [&definitions](const auto& each) {
    return definitions.find_table(each.first) == nullptr;
  };
  if (std::erase_if(tables_, is_gone) > 0) is_saved_ = false;
  std::erase_if(counted_, is_gone);
  std::erase_if(wanted_,
                [&definitions](TableId id) { return definitions.find_table(id) == nullptr; });
}

// By what was counted since the last time, and by the number of rows: what happened before a
// restart was counted by nobody.
bool TableStatistics::is_due(const catalog::TableDefinition& table) {
  if (!has_statistics(table)) return false;
  {
    const MutexLock lock(mutex_);
    if (!wanted_.contains(table.id)) return false;
  }
  const auto rows = txn::row_count(parts_.rows, table.id);
  if (!rows) return false;
  const std::uint64_t counter = counter_of(table.id).load(std::memory_order_relaxed);
  const statistics::TablePointer known = find(table);  // which is wanted already
  const MutexLock lock(mutex_);
  const auto counted = counted_.find(table.id);
  std::uint64_t changes = counted == counted_.end() ? 0 : counter - counted->second;
  if (counted == counted_.end()) {
    // Nothing is known of it: as if all of its rows were new.
    const std::uint64_t before = known == nullptr ? 0 : known->rows;
    changes = std::max(*rows, before) - std::min(*rows, before);
    if (known != nullptr) counted_[table.id] = counter;
    if (known == nullptr && tables_.size() >= kMostTables) return false;
  }
  return changes >= std::max(kLeastChanges, *rows / kTenth);
}

void TableStatistics::make_alone(const catalog::TableDefinition& table) {
  value::Account account(parts_.memory.queries, parts_.memory.shares.query);
  Pause pause(*this);
  exec::QueryContext context(catalog::kAdminName);
  context.evaluation.account = &account;
  context.evaluation.cancel = stop_.token();
  context.evaluation.pacer = &pause;
  const value::Account::Use use(&account);
  Status made;
  try {
    made = make(table, context);
  } catch (const std::bad_alloc& failure) {
    made = std::unexpected(value::out_of_memory(failure));
  }
  const bool is_there = parts_.definitions()->find_table(table.id) != nullptr;
  if (!made && is_there && !stop_.cancelled()) {
    log_warning("statistics of a table could not be made",
                {{"table", table.name}, {"reason", made.error().what}});
  }
}

void TableStatistics::make_due() {
  const catalog::CatalogPtr definitions = parts_.definitions();
  forget_dropped(*definitions);
  for (const catalog::TableDefinition* const table : definitions->all_tables()) {
    if (stop_.cancelled()) return;
    if (is_due(*table)) make_alone(*table);
  }
}

void TableStatistics::load() {
  const auto there = parts_.files.exists(parts_.path);
  if (!there || !*there) return;
  const auto bytes = io::read_file(parts_.files, parts_.path);
  auto tables = bytes ? statistics::decode(*bytes) : std::unexpected(bytes.error());
  if (!tables) {
    log_warning("statistics of tables are made again", {{"reason", tables.error().what}});
    return;
  }
  const MutexLock lock(mutex_);
  tables_ = *std::move(tables);
}

void TableStatistics::save() {
  statistics::Tables tables;
  {
    const MutexLock lock(mutex_);
    if (std::exchange(is_saved_, true)) return;
    tables = tables_;
  }
  const Status saved = io::write_file_atomic(parts_.files, parts_.path, statistics::encode(tables));
  if (!saved) {
    log_warning("statistics of tables could not be saved", {{"reason", saved.error().what}});
  }
}

void TableStatistics::look() {
  const MutexLock lock(mutex_);
  const std::uint64_t wanted = ++asked_;
  woken_.notify_all();
  while (looked_ < wanted && !stopping_) woken_.wait(mutex_);
}

void TableStatistics::start() {
  thread_ = std::thread([this] { run(); });
}

void TableStatistics::stop() {
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
    woken_.notify_all();
  }
  stop_.cancel();
  if (!thread_.joinable()) return;
  thread_.join();
  save();
}

void TableStatistics::run() {
  begin_thread("statistics", ThreadPriority::lowest);
  for (;;) {
    std::uint64_t asked = 0;
    {
      const MutexLock lock(mutex_);
      if (asked_ == looked_ && !stopping_) woken_.wait_for(mutex_, kInterval);
      if (stopping_) return;
      asked = asked_;
    }
    if (enabled.load(std::memory_order_relaxed)) make_due();
    save();
    const MutexLock lock(mutex_);
    looked_ = asked;
    woken_.notify_all();
  }
}

}  // namespace octavo::engine
