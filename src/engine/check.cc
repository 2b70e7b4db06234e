#include "engine/check.h"

#include <fmt/format.h>

#include "engine/definitions.h"
#include "engine/keyspace_snapshots.h"
#include "index/compare.h"
#include "index/index_set.h"
#include "io/file.h"
#include "kv/engine.h"
#include "log/check.h"

namespace octavo::engine {
namespace {

// Where the log's last good record ends: what rows may not be ahead of.
Lsn check_log(const log::CheckReport& found, CheckReport& report) {
  Lsn end;
  std::uint64_t records = 0;
  std::uint64_t transactions = 0;
  for (const log::SegmentReport& segment : found.segments) {
    records += segment.records;
    transactions += segment.transactions;
    end = std::max(end, segment.last);
    for (const std::string& error : segment.errors) {
      report.errors.push_back(fmt::format("{}: {}", segment.file, error));
    }
  }
  report.lines.push_back(fmt::format("log: {} segments, {} records, {} transactions, up to {}",
                                     found.segments.size(), records, transactions,
                                     format_lsn(end)));
  for (const std::string& note : found.notes) report.lines.push_back("log: " + note);
  report.errors.insert(report.errors.end(), found.errors.begin(), found.errors.end());
  return end;
}

void check_rows(const kv::CheckReport& found, const Lsn& log_end, CheckReport& report) {
  report.lines.push_back(fmt::format("rows: {} files, {} bytes, applied up to {}", found.files,
                                     found.bytes, format_lsn(found.applied)));
  report.errors.insert(report.errors.end(), found.errors.begin(), found.errors.end());
  if (found.applied > log_end) {
    report.errors.push_back(fmt::format("rows: applied up to {}, and the log ends at {}",
                                        format_lsn(found.applied), format_lsn(log_end)));
  }
}

void check_index(const kv::Engine& rows, const catalog::TableDefinition& table,
                 const index::Index& index, CheckReport& report) {
  const std::string name =
      fmt::format("table {} index {}", table.name, index.definition().name);
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

// Each index that answers queries against the rows of its table.
Status check_indexes(io::FileSystem& files, const std::string& directory, CheckReport& report) {
  kv::EngineOptions options;
  options.path = directory;
  options.memory_bytes = 16 * kMiB;
  options.files = &files == &io::posix_file_system() ? nullptr : &files;
  options.read_only = true;
  TRY(const std::unique_ptr<kv::Engine> rows, kv::Engine::open(std::move(options)));
  Definitions definitions;
  TRY_STATUS(definitions.load(*rows));
  const catalog::CatalogPtr state = definitions.current();
  index::IndexSets indexes;
  for (const catalog::TableDefinition* table : state->all_tables()) {
    if (table->layout != catalog::Layout::row) continue;
    const auto set = indexes.of(state->share_table(table->id));
    for (const auto& index : set->indexes) {
      if (index->definition().ready) check_index(*rows, *table, *index, report);
    }
  }
  return {};
}

// Reads each snapshot as a start would; none may be ahead of the log.
Status check_keys(io::FileSystem& files, const std::string& directory, const Lsn& log_end,
                  CheckReport& report) {
  TRY(const auto snapshots, list_snapshots(files, directory));
  for (const SnapshotFile& file : snapshots) {
    keyspace::Keyspace scratch;
    const auto loaded = keyspace::load_snapshot_file(files, file.path, scratch);
    if (!loaded) {
      report.errors.push_back(loaded.error().what);
      continue;
    }
    std::uint64_t keys = 0;
    for (unsigned db = 0; db < scratch.database_count(); ++db) keys += scratch.database(db).size();
    report.lines.push_back(
        fmt::format("keys: {}: {} keys, up to {}", file.path, keys, format_lsn(file.at)));
    if (loaded->at != LsnVector{{file.at}} || file.at > log_end) {
      report.errors.push_back(fmt::format("{}: is of another log position, and the log ends at {}",
                                          file.path, format_lsn(log_end)));
    }
  }
  return {};
}

}  // namespace

Result<CheckReport> check(io::FileSystem& files, const std::string& directory) {
  CheckReport report;
  TRY(const log::CheckReport log, log::check_log(files, io::join_path(directory, "log")));
  const Lsn end = check_log(log, report);
  const std::string rows = io::join_path(directory, "rows");
  io::FileSystem* const simulated = &files == &io::posix_file_system() ? nullptr : &files;
  TRY(const kv::CheckReport kv, kv::check(rows, simulated));
  check_rows(kv, end, report);
  // Damaged files were named already.
  if (kv.ok()) TRY_STATUS(check_indexes(files, rows, report));
  TRY_STATUS(check_keys(
      files, io::join_path(directory, std::string(kSnapshotDirectory)), end, report));
  return report;
}

}  // namespace octavo::engine
