#pragma once

// For kv's own sources: how RocksDB is tuned. The reasons are in rocks_options.cc.

#include <atomic>
#include <memory>
#include <vector>

#include "kv/store.h"

namespace rocksdb {
class Cache;
class Env;
struct ColumnFamilyDescriptor;
struct DBOptions;
}  // namespace rocksdb

namespace octavo::kv {

// Of the family `meta`: which log position was applied. Each batch writes it.
inline constexpr BytesView kAppliedKey = "applied";

struct RocksTuning {
  explicit RocksTuning(const StoreOptions& options);
  ~RocksTuning();

  void set_memory(std::size_t bytes);
  std::size_t cached_bytes() const;    // blocks of table files
  std::size_t buffered_bytes() const;  // write buffers

  std::shared_ptr<rocksdb::Cache> cache;
  // Once true, no table file is begun any more: a flush that had to wait for the log, and could
  // not, fails. RocksDB's listeners cannot refuse one.
  std::shared_ptr<std::atomic<bool>> closed = std::make_shared<std::atomic<bool>>(false);
  std::unique_ptr<rocksdb::Env> env;  // must outlive the DB
  std::unique_ptr<rocksdb::DBOptions> database;
  std::vector<rocksdb::ColumnFamilyDescriptor> families;  // in the order of `Family`
};

}  // namespace octavo::kv
