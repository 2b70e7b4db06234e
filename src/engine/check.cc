#include "engine/check.h"

#include <fmt/format.h>

#include "base/progress.h"
#include "engine/definitions.h"
#include "index/compare.h"
#include "index/index_set.h"
#include "index/table_reader.h"
#include "io/file.h"
#include "kv/store.h"
#include "layout/keyspace/snapshots.h"
#include "log/check.h"
#include "txn/row_counts.h"
#include "txn/row_key.h"

namespace octavo::engine {
namespace {

void check_log(const log::CheckReport& found, CheckReport& report) {
  std::uint64_t records = 0;
  std::uint64_t transactions = 0;
  for (const log::SegmentReport& segment : found.segments) {
    records += segment.records;
    transactions += segment.transactions;
    for (const std::string& error : segment.errors) {
      report.errors.push_back(fmt::format("{}: {}", segment.file, error));
    }
  }
  report.lines.push_back(fmt::format("log: {} segments, {} records, {} transactions, {} to {}",
                                     found.segments.size(), records, transactions,
                                     format_lsn(found.head), format_lsn(found.end)));
  for (const std::string& note : found.notes) report.lines.push_back("log: " + note);
  report.errors.insert(report.errors.end(), found.errors.begin(), found.errors.end());
}

// Whether the next start finds in the log what it must replay for `part`, which has everything up
// to `applied`; zero is nothing.
void check_position(const log::CheckReport& log, std::string_view part, const Lsn& applied,
                    CheckReport& report) {
  if (!log.ok()) return;  // its extent is not known
  if (applied == Lsn::zero() ? !log.complete : applied < log.head) {
    report.errors.push_back(fmt::format("{}: the log is needed from {} on, and begins at {}", part,
                                        format_lsn(applied), format_lsn(log.head)));
  } else if (applied != Lsn::zero() && applied >= log.end) {
    report.errors.push_back(fmt::format("{}: up to {}, and the log ends at {}", part,
                                        format_lsn(applied), format_lsn(log.end)));
  }
}

void check_index(const kv::Store& rows, const catalog::TableDefinition& table,
                 const index::Index& index, CheckReport& report) {
  const std::string name = fmt::format("table {} index {}", table.name, index.definition().name);
  const auto compared = index::compare_with_rows(rows, table.id, index);
  if (!compared) {
    report.errors.push_back(fmt::format("{}: {}", name, compared.error().what));
    return;
  }
  report.lines.push_back(
      fmt::format("{}: {} rows, {} entries", name, compared->rows, compared->entries));
  if (compared->missing == 0 && compared->surplus == 0) return;
  report.errors.push_back(
      fmt::format("{}: {} entries are missing and {} belong to no row; drop and create the index",
                  name, compared->missing, compared->surplus));
}

// The count that is kept of a table's rows, against the rows.
Status check_count(const kv::Store& rows, const catalog::TableDefinition& table,
                   CheckReport& report) {
  TRY(const std::uint64_t counted, txn::row_count(rows, table.id));
  std::uint64_t there = 0;
  const auto cursor = rows.cursor(kv::Family::rows, {.read = {.fill_cache = false},
                                                     .lower = txn::table_begin(table.id),
                                                     .upper = txn::table_end(table.id)});
  for (cursor->seek_to_first(); cursor->valid(); cursor->next()) ++there;
  TRY_STATUS(cursor->status());
  if (there != counted) {
    report.errors.push_back(
        fmt::format("table {}: it has {} rows and counts {}", table.name, there, counted));
  }
  return {};
}

// Counts the rows of one table after the other, and names those that cannot be read.
class DocumentCheck {
 public:
  DocumentCheck(const catalog::CatalogState& state, CheckReport& report)
      : state_(state), report_(report) {}

  void add(BytesView key, BytesView stored) {
    if (rows_ == 0 || txn::table_of(key) != table_) {
      finish();
      table_ = txn::table_of(key);
      known_ = state_.find_table(table_) != nullptr;
    }
    ++rows_;
    if (!known_) return;
    const auto document = index::decode_row(key, stored);
    if (document || ++unread_ > kNamedRows) return;
    report_.errors.push_back(
        fmt::format("table {}: {}; delete or replace it by its key, without reading it", name(),
                    document.error().what));
  }
  void finish() {
    if (rows_ == 0) return;
    if (!known_) {
      report_.errors.push_back(
          fmt::format("rows: {} of table {}, which has no definition", rows_, raw(table_)));
    } else {
      report_.lines.push_back(fmt::format("table {}: {} rows", name(), rows_));
    }
    if (unread_ > kNamedRows) {
      report_.errors.push_back(
          fmt::format("table {}: {} more rows cannot be read", name(), unread_ - kNamedRows));
    }
    rows_ = unread_ = 0;
  }

 private:
  static constexpr std::uint64_t kNamedRows = 10;  // of a table

  std::string name() const {
    const auto* table = state_.find_table(table_);
    const auto* database = state_.find_database(table->database);
    return database == nullptr ? table->name : database->name + "." + table->name;
  }

  const catalog::CatalogState& state_;
  CheckReport& report_;
  TableId table_{};
  bool known_ = false;
  std::uint64_t rows_ = 0;
  std::uint64_t unread_ = 0;
};

Status check_documents(const kv::Store& rows, const catalog::CatalogState& state,
                       CheckReport& report) {
  DocumentCheck check(state, report);
  Progress progress("checking the documents", 0);
  const auto cursor = rows.cursor(
      kv::Family::rows, {.read = {.fill_cache = false}, .lower = txn::table_begin(TableId{0})});
  for (cursor->seek_to_first(); cursor->valid(); cursor->next()) {
    check.add(cursor->key(), cursor->value());
    progress.advance(1);
  }
  check.finish();
  progress.finish();
  return cursor->status();
}

// Each row, and each index that answers queries against the rows of its table.
Status check_tables(io::FileSystem& files, const std::string& directory, CheckReport& report) {
  kv::StoreOptions options;
  options.path = directory;
  options.memory_bytes = 16 * kMiB;
  options.files = &files;
  options.read_only = true;
  TRY(const std::unique_ptr<kv::Store> rows, kv::Store::open(std::move(options)));
  Definitions definitions;
  TRY_STATUS(definitions.load(*rows));
  const catalog::CatalogPtr state = definitions.current();
  TRY_STATUS(check_documents(*rows, *state, report));
  Bytes unused;
  TRY(const bool counted, rows->get(kv::Family::meta, txn::kRowsCounted, unused));
  index::IndexSets indexes;
  for (const catalog::TableDefinition* table : state->all_tables()) {
    if (table->layout != catalog::Layout::row) continue;
    if (counted) TRY_STATUS(check_count(*rows, *table, report));
    const auto set = indexes.of(state->share_table(table->id));
    for (const auto& index : set->indexes) {
      if (index->definition().ready) check_index(*rows, *table, *index, report);
    }
  }
  return {};
}

void check_rows(io::FileSystem& files, const std::string& directory, const log::CheckReport& log,
                CheckReport& report) {
  const auto found = kv::check(files, directory);
  if (!found) {
    report.errors.push_back(fmt::format("{}: {}", directory, found.error().what));
    return;
  }
  if (found->absent) {
    std::uint64_t transactions = 0;
    for (const log::SegmentReport& segment : log.segments) transactions += segment.transactions;
    // A server makes them before its first transaction.
    if (transactions == 0) {
      report.lines.push_back("rows: none yet");
    } else {
      report.errors.push_back(
          fmt::format("{}: the file CURRENT is missing, and with it the rows of {} transactions",
                      directory, transactions));
    }
  } else {
    report.lines.push_back(fmt::format("rows: {} files, {} bytes, applied up to {}", found->files,
                                       found->bytes, format_lsn(found->applied)));
  }
  report.errors.insert(report.errors.end(), found->errors.begin(), found->errors.end());
  check_position(log, "rows", found->applied, report);
  // Damaged files were named already.
  if (found->absent || !found->ok()) return;
  if (const Status compared = check_tables(files, directory, report); !compared) {
    report.errors.push_back(fmt::format("{}: {}", directory, compared.error().what));
  }
}

// Reads each snapshot as a start would. It takes the newest that is whole, or an empty keyspace.
void check_keys(io::FileSystem& files, const std::string& directory, const log::CheckReport& log,
                CheckReport& report) {
  const auto snapshots = layout::list_snapshots(files, directory);
  if (!snapshots) {
    report.errors.push_back(snapshots.error().what);
    return;
  }
  Lsn newest;
  for (const layout::SnapshotFile& file : *snapshots) {
    keyspace::Keyspace scratch;
    constexpr std::uint64_t kParts = 1000;
    Progress progress("checking the keys", kParts);
    const auto loaded = keyspace::load_snapshot_file(files, file.path, scratch, [&](double done) {
      progress.advance_to(static_cast<std::uint64_t>(done * kParts));
      return true;
    });
    if (loaded) progress.finish();
    if (!loaded) {
      report.errors.push_back(loaded.error().what);
      continue;
    }
    std::uint64_t keys = 0;
    for (unsigned db = 0; db < scratch.database_count(); ++db) keys += scratch.database(db).size();
    report.lines.push_back(
        fmt::format("keys: {}: {} keys, up to {}", file.path, keys, format_lsn(file.at)));
    if (loaded->at != LsnVector{{file.at}}) {
      report.errors.push_back(file.path + ": is of another log position than its name says");
      continue;
    }
    newest = file.at;
  }
  check_position(log, "keys", newest, report);
}

// What a server was never started in.
Result<bool> is_foreign(io::FileSystem& files, const std::string& directory) {
  TRY(const bool rows, files.exists(io::join_path(directory, "rows/CURRENT")));
  TRY(const auto keys,
      layout::list_snapshots(files,
                             io::join_path(directory, std::string(layout::kSnapshotDirectory))));
  return !rows && keys.empty();
}

}  // namespace

Result<CheckReport> check(io::FileSystem& files, const std::string& directory) {
  CheckReport report;
  log::CheckReport log;
  if (auto found = log::check_log(files, io::join_path(directory, "log"))) {
    log = *std::move(found);
    check_log(log, report);
  } else {
    if (found.error().code == Code::unavailable) return fail(std::move(found).error());
    const auto foreign = is_foreign(files, directory);
    if (foreign && *foreign && found.error().code == Code::not_found) {
      return fail(std::move(found).error());
    }
    log.errors.push_back(found.error().what);
    report.errors.push_back(found.error().what);
  }
  check_rows(files, io::join_path(directory, "rows"), log, report);
  check_keys(files, io::join_path(directory, std::string(layout::kSnapshotDirectory)), log, report);
  return report;
}

}  // namespace octavo::engine
