#include "engine/metrics.h"

#include "engine/process_memory.h"
#include "exec/spill_space.h"
#include "keyspace/keyspace.h"
#include "kv/store.h"
#include "log/commit_log.h"
#include "txn/lock_table.h"
#include "txn/sequencer.h"

namespace octavo::engine {
namespace {

using Kind = MetricRegistry::Kind;

// One metric: a field of a module's statistics.
template <class Stats, class Field>
struct Row {
  Kind kind;
  MetricRow metric;
  Field Stats::* field;
};
template <class Stats>
using CountRow = Row<Stats, std::uint64_t>;

constexpr CountRow<log::LogStats> kLogRows[] = {
    {Kind::counter,
     {"octavo_log_records_total", "Records appended to the log."},
     &log::LogStats::appended_records},
    {Kind::counter,
     {"octavo_log_bytes_total", "Bytes appended to the log."},
     &log::LogStats::appended_bytes},
    {Kind::counter,
     {"octavo_log_syncs_total", "Times the log was synced to the disk."},
     &log::LogStats::syncs},
    {Kind::gauge,
     {"octavo_log_retained_bytes", "Size of the log on the disk."},
     &log::LogStats::retained_bytes},
    {Kind::gauge, {"octavo_log_segments", "Files of the log."}, &log::LogStats::segments},
};

constexpr CountRow<txn::SequencerStats> kSequencerRows[] = {
    {Kind::counter,
     {"octavo_transactions_committed_total", "Transactions that committed."},
     &txn::SequencerStats::committed},
    {Kind::counter,
     {"octavo_transactions_conflicts_total", "Transactions that lost a race or a guard."},
     &txn::SequencerStats::conflicts},
    {Kind::counter,
     {"octavo_transactions_refused_total", "Transactions not tried: no writes were possible."},
     &txn::SequencerStats::refused},
    {Kind::gauge,
     {"octavo_replayed_records", "Records replayed at the last start."},
     &txn::SequencerStats::replayed_records},
    {Kind::gauge,
     {"octavo_certification_keys", "Recent writes that commits are checked against."},
     &txn::SequencerStats::window_keys},
};

constexpr CountRow<kv::StoreStats> kRowsRows[] = {
    {Kind::gauge,
     {"octavo_rows_memtable_bytes", "Rows and index entries not yet in table files."},
     &kv::StoreStats::memtable_bytes},
    {Kind::gauge,
     {"octavo_rows_cache_bytes", "Blocks of table files in memory."},
     &kv::StoreStats::cache_bytes},
    {Kind::gauge,
     {"octavo_rows_reader_bytes", "Filters and indexes of table files in memory."},
     &kv::StoreStats::table_reader_bytes},
    {Kind::gauge,
     {"octavo_rows_file_bytes", "Size of the table files."},
     &kv::StoreStats::table_file_bytes},
    {Kind::gauge, {"octavo_rows_files", "Table files."}, &kv::StoreStats::table_files},
    {Kind::gauge,
     {"octavo_rows_pending_compaction_bytes", "Bytes that wait for compaction."},
     &kv::StoreStats::pending_compaction_bytes},
    {Kind::gauge,
     {"octavo_rows_snapshots", "Snapshots that readers hold."},
     &kv::StoreStats::snapshots},
    {Kind::counter,
     {"octavo_rows_flushes_total", "Memtables written to table files."},
     &kv::StoreStats::flushes},
    {Kind::counter,
     {"octavo_rows_compactions_total", "Compactions of table files."},
     &kv::StoreStats::compactions},
};

constexpr CountRow<keyspace::KeyspaceStats> kKeyspaceRows[] = {
    {Kind::counter,
     {"octavo_keyspace_hits_total", "Reads of keys that were there."},
     &keyspace::KeyspaceStats::hits},
    {Kind::counter,
     {"octavo_keyspace_misses_total", "Reads of keys that were not there."},
     &keyspace::KeyspaceStats::misses},
    {Kind::counter,
     {"octavo_keyspace_expired_total", "Keys whose time to live ended."},
     &keyspace::KeyspaceStats::expired_keys},
    {Kind::counter,
     {"octavo_keyspace_expired_fields_total", "Fields of hashes whose time to live ended."},
     &keyspace::KeyspaceStats::expired_fields},
    {Kind::counter,
     {"octavo_keyspace_evicted_total", "Keys that were removed because memory was short."},
     &keyspace::KeyspaceStats::evicted_keys},
};
constexpr MetricRow kKeys{"octavo_keyspace_keys",
                          "Keys, expired ones included until they are removed."};
constexpr MetricRow kKeyBytes{"octavo_keyspace_bytes", "Memory of keys and their values."};

constexpr MetricRow kPoolUsed{"octavo_memory_used_bytes",
                              "Memory that is taken from each pool; process is their sum."};
constexpr MetricRow kPoolLimit{"octavo_memory_limit_bytes", "What may be taken from each pool."};

// What queries cannot hold in memory and have on disk.
struct SpillRow {
  Kind kind;
  MetricRow metric;
  std::uint64_t (exec::SpillSpace::*read)() const;
};
constexpr SpillRow kSpillRows[] = {
    {Kind::gauge,
     {"octavo_spill_bytes", "Rows of running queries on disk, which did not fit in memory."},
     &exec::SpillSpace::used_bytes},
    {Kind::counter,
     {"octavo_spill_written_bytes_total", "Bytes of rows that queries have written to disk."},
     &exec::SpillSpace::written_bytes},
    {Kind::counter,
     {"octavo_spill_files_total", "Files that queries have written rows to."},
     &exec::SpillSpace::files_created},
};

constexpr MetricRow kWaiting{"octavo_transactions_waiting",
                             "Transactions that wait for a lock that another one holds."};

constexpr MetricRow kWritesStopped{
    "octavo_rows_writes_stopped", "1 while rows cannot be written, e.g. because the disk is full."};

constexpr MetricRow kLogStopped{
    "octavo_log_writes_stopped",
    "1 while nothing can be appended to the log: the disk is full, or a sync failed."};

// `read(field)` tells a field of the statistics.
template <class Stats, std::size_t N, class Read>
void observe(std::vector<MetricRegistry::Callback>& callbacks, const CountRow<Stats> (&rows)[N],
             const Read& read) {
  for (const auto& row : rows) {
    callbacks.push_back(process_metrics().observe(
        row.kind, row.metric, {},
        [read, field = row.field] { return static_cast<double>(read(field)); }));
  }
}

double count_keys(keyspace::Keyspace& keyspace) {
  const auto lock = keyspace.lock();
  std::size_t keys = 0;
  for (unsigned db = 0; db < keyspace.database_count(); ++db) {
    keys += keyspace.database(db).keys().size();
  }
  return static_cast<double>(keys);
}

}  // namespace

void Metrics::observe_keyspace(keyspace::Keyspace& keyspace) {
  MetricRegistry& registry = process_metrics();
  observe(callbacks_, kKeyspaceRows, [&keyspace](auto field) {
    const auto lock = keyspace.lock();
    return keyspace.stats().*field;
  });
  callbacks_.push_back(
      registry.observe(Kind::gauge, kKeys, {}, [&keyspace] { return count_keys(keyspace); }));
  callbacks_.push_back(registry.observe(Kind::gauge, kKeyBytes, {}, [&keyspace] {
    return static_cast<double>(keyspace.used_bytes());
  }));
}

void Metrics::observe_memory(const ProcessMemory& memory) {
  MetricRegistry& registry = process_metrics();
  for (const MemoryPoolRow& row : memory_pools()) {
    const MemoryPool& pool = memory.*row.pool;
    const MetricLabels labels = {{"pool", std::string(row.name)}};
    callbacks_.push_back(registry.observe(Kind::gauge, kPoolUsed, labels,
                                          [&pool] { return static_cast<double>(pool.used()); }));
    callbacks_.push_back(registry.observe(Kind::gauge, kPoolLimit, labels,
                                          [&pool] { return static_cast<double>(pool.limit()); }));
  }
}

void Metrics::observe_spill(const exec::SpillSpace& spill) {
  for (const SpillRow& row : kSpillRows) {
    callbacks_.push_back(process_metrics().observe(
        row.kind, row.metric, {},
        [&spill, read = row.read] { return static_cast<double>((spill.*read)()); }));
  }
}

Metrics::Metrics(const MetricParts& parts) {
  const log::CommitLog& log = parts.log;
  const txn::Sequencer& sequencer = parts.sequencer;
  const txn::LockTable& locks = parts.locks;
  const kv::Store& rows = parts.rows;
  observe_keyspace(parts.keyspace);
  observe_memory(parts.memory);
  observe_spill(parts.spill);
  observe(callbacks_, kLogRows, [&log](auto field) { return log.stats().*field; });
  observe(callbacks_, kSequencerRows,
          [&sequencer](auto field) { return sequencer.stats().*field; });
  callbacks_.push_back(process_metrics().observe(
      Kind::gauge, kWaiting, {}, [&locks] { return static_cast<double>(locks.waiting()); }));
  observe(callbacks_, kRowsRows, [&rows](auto field) { return rows.stats().*field; });
  callbacks_.push_back(process_metrics().observe(Kind::gauge, kWritesStopped, {}, [&rows] {
    return rows.stats().writes_stopped ? 1.0 : 0.0;
  }));
  callbacks_.push_back(process_metrics().observe(Kind::gauge, kLogStopped, {},
                                                 [&log] { return log.writable() ? 0.0 : 1.0; }));
}

}  // namespace octavo::engine
