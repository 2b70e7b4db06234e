#include "kv/rocks_options.h"

#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/file_checksum.h>
#include <rocksdb/file_system.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/slice_transform.h>
#include <rocksdb/table.h>
#include <rocksdb/write_buffer_manager.h>

#include <algorithm>
#include <cstring>

#include "kv/entry_prefix.h"
#include "kv/rocks_files.h"
#include "kv/rocks_manifest.h"

namespace octavo::kv {

namespace {

// Write buffers of a family: the one that is written to and those that wait for the disk. Writes
// stall when there are so many.
constexpr int kMaxBuffers = 6;
// Of the budget, what write buffers may take before they are flushed.
constexpr std::size_t kBufferPart = 2;

// RocksDB wants one family of this name; ours of that role is `meta`.
constexpr std::array<const char*, kFamilyCount> kFamilyNames = {"default", "rows", "index"};

// Passes on what an operator has to know and drops the rest.
class NoticeLogger final : public rocksdb::Logger {
 public:
  explicit NoticeLogger(std::function<void(const std::string&)> on_notice)
      : Logger(rocksdb::InfoLogLevel::ERROR_LEVEL), on_notice_(std::move(on_notice)) {}
  using Logger::Logv;
  void Logv(const rocksdb::InfoLogLevel level, const char* format, va_list arguments) override {
    if (level < rocksdb::InfoLogLevel::ERROR_LEVEL || !on_notice_) return;
    Logv(format, arguments);
  }
  void Logv(const char* format, va_list arguments) override {
    char text[1024];
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    std::vsnprintf(text, sizeof text, format, arguments);
#pragma GCC diagnostic pop
    if (on_notice_) on_notice_(std::string("storage: ") + text);
  }

 private:
  std::function<void(const std::string&)> on_notice_;
};

// Keys of which the place in a skip list is remembered: each batch writes this one, and goes before
// what the last one wrote.
class WrittenByAll final : public rocksdb::SliceTransform {
 public:
  const char* Name() const override { return "octavo.written_by_all"; }
  rocksdb::Slice Transform(const rocksdb::Slice& key) const override { return key; }
  bool InDomain(const rocksdb::Slice& key) const override {
    return key.size() == kAppliedKey.size() &&
           std::memcmp(key.data(), kAppliedKey.data(), kAppliedKey.size()) == 0;
  }
};

rocksdb::ColumnFamilyOptions family_options(const StoreOptions& options,
                                            const std::shared_ptr<rocksdb::Cache>& cache,
                                            Family family) {
  rocksdb::ColumnFamilyOptions result;
  const bool meta = family == Family::meta;
  // An insert costs cache misses, so small memtables are fast ones; there may be several instead.
  // All that may wait for the disk, of rows and index together, stay within the budget.
  result.write_buffer_size =
      std::min(options.memory_bytes / (2 * kMaxBuffers), meta ? 8 * kMiB : 16 * kMiB);
  result.max_write_buffer_number = kMaxBuffers;
  result.level0_file_num_compaction_trigger = 6;
  // Memtables take memory in pieces of this; small, since an empty server has three of them.
  result.arena_block_size =
      std::min<std::size_t>(result.write_buffer_size / 8, meta ? 32 * kKiB : 256 * kKiB);
  // No insert hints but for the key that no range begins with: they are kept by key prefix for rows
  // and range deletions together, and the two live in skip lists of their own, so that a hint of
  // one breaks the other (RocksDB 7.8).
  if (meta) {
    result.memtable_insert_with_hint_prefix_extractor = std::make_shared<const WrittenByAll>();
  }
  result.compression = rocksdb::kLZ4Compression;
  result.level_compaction_dynamic_level_bytes = true;
  result.target_file_size_base = 32 * kMiB;
  result.max_bytes_for_level_base = 128 * kMiB;
  result.check_flush_compaction_key_order = true;

  rocksdb::BlockBasedTableOptions table;
  table.block_cache = cache;
  table.format_version = 5;
  table.checksum = rocksdb::kXXH3;
  // Of a scan, finding the next block in the cache was a sixth at half of it.
  table.block_size = 16 * kKiB;
  // In the cache, filters and indexes count against the one budget.
  table.cache_index_and_filter_blocks = true;
  table.cache_index_and_filter_blocks_with_high_priority = true;
  table.pin_l0_filter_and_index_blocks_in_cache = true;
  table.index_block_restart_interval = 4;
  if (family == Family::rows) {
    // Rows that are asked for by key lie in table files, mostly: a look into lists of memory for
    // each costs as much as one into a file. Some 16 bits for a row of 160 bytes.
    result.memtable_whole_key_filtering = true;
    result.memtable_prefix_bloom_size_ratio = 0.0125;
    table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
    table.data_block_index_type = rocksdb::BlockBasedTableOptions::kDataBlockBinaryAndHash;
    // The index of a block tells in which run of so many rows a key is. They are looked at one
    // after the other, each in a cache line of its own.
    table.block_restart_interval = 4;
  }
  if (family == Family::index) {
    // Keys of unique indexes are looked for before they are taken, and mostly nobody has them.
    result.prefix_extractor = entry_prefix_transform();
    result.memtable_prefix_bloom_size_ratio = 0.0125;
    table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
    table.whole_key_filtering = false;
  }
  result.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return result;
}

}  // namespace

RocksTuning::RocksTuning(const StoreOptions& options)
    : database(std::make_unique<rocksdb::DBOptions>()) {
  rocksdb::LRUCacheOptions cache_options;
  cache_options.capacity = options.memory_bytes;
  // Shards well above the 256 KiB in which write buffers are charged, or these would evict all
  // else.
  cache_options.num_shard_bits = 0;
  while (cache_options.num_shard_bits < 6 &&
         options.memory_bytes >> (cache_options.num_shard_bits + 1) >= 2 * kMiB) {
    ++cache_options.num_shard_bits;
  }
  cache_options.high_pri_pool_ratio = 0.3;
  cache = rocksdb::NewLRUCache(cache_options);
  for (std::size_t i = 0; i < kFamilyCount; ++i) {
    families.emplace_back(kFamilyNames[i], family_options(options, cache, static_cast<Family>(i)));
  }

  database->create_if_missing = true;
  database->create_missing_column_families = true;
  // The commit log is the write-ahead log: all families must agree on how far they are.
  database->atomic_flush = true;
  database->avoid_flush_during_shutdown = true;
  // One writer: the cheap memtable insert.
  database->allow_concurrent_memtable_write = false;
  database->enable_write_thread_adaptive_yield = false;
  // Write buffers are charged to the cache, so that together they stay within the budget.
  database->write_buffer_manager =
      std::make_shared<rocksdb::WriteBufferManager>(options.memory_bytes / kBufferPart, cache);
  database->max_background_jobs = std::max(2, options.background_jobs);
  database->max_open_files = 512;
  database->bytes_per_sync = 1 * kMiB;
  database->file_checksum_gen_factory = rocksdb::GetFileChecksumGenCrc32cFactory();
  database->max_file_opening_threads = 2;
  database->stats_dump_period_sec = 0;
  database->stats_persist_period_sec = 0;
  database->info_log = std::make_shared<NoticeLogger>(options.on_notice);
  // On the real disk RocksDB's own file access is the faster one.
  auto files = options.files == &io::posix_file_system() ? rocksdb::FileSystem::Default()
                                                         : make_rocks_files(*options.files);
  files = make_manifest_files(std::move(files), options.on_notice);
  env = rocksdb::NewCompositeEnv(make_gated_files(std::move(files), closed));
  database->env = env.get();
}

RocksTuning::~RocksTuning() = default;

void RocksTuning::set_memory(std::size_t bytes) {
  cache->SetCapacity(bytes);
  database->write_buffer_manager->SetBufferSize(bytes / kBufferPart);
}

std::size_t RocksTuning::cached_bytes() const {
  const std::size_t buffers = database->write_buffer_manager->dummy_entries_in_cache_usage();
  const std::size_t all = cache->GetUsage();
  return all - std::min(all, buffers);
}

std::size_t RocksTuning::buffered_bytes() const {
  return database->write_buffer_manager->memory_usage();
}

}  // namespace octavo::kv
