#pragma once

// For kv's own sources: how RocksDB is tuned. The reasons are in rocks_options.cc.

#include <memory>
#include <vector>

#include "kv/engine.h"

namespace rocksdb {
class Cache;
class Env;
struct ColumnFamilyDescriptor;
struct DBOptions;
}  // namespace rocksdb

namespace octavo::kv {

struct RocksTuning {
  explicit RocksTuning(const EngineOptions& options);
  ~RocksTuning();

  std::shared_ptr<rocksdb::Cache> cache;
  std::unique_ptr<rocksdb::Env> env;  // set when files are not the real disk; must outlive the DB
  std::unique_ptr<rocksdb::DBOptions> database;
  std::vector<rocksdb::ColumnFamilyDescriptor> families;  // in the order of `Family`
};

}  // namespace octavo::kv
