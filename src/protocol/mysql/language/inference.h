#pragma once

// Columns of tables that declare none: what a sample of their rows has. docs/protocols/mysql.md.

#include <cstdint>
#include <map>
#include <memory>

#include "base/mutex.h"
#include "base/result.h"
#include "catalog/model.h"
#include "dialect/sql/bind/tables.h"
#include "engine/engine.h"

namespace octavo::mysql {

// Rows at either end of the primary key that are looked at.
constexpr std::size_t kSampledRows = 1'000;

// What rows were seen to have. Adding rows in any order gives the same columns.
class Sample {
 public:
  void add(const value::Value& row);
  std::size_t rows() const { return rows_; }
  // The primary key, then by name.
  std::vector<sql::InferredColumns::Column> columns(const catalog::TableDefinition& table) const;

 private:
  struct Seen {
    std::uint32_t types = 0;  // a bit for each value::Type
    int scale = 0;            // of decimals, the largest
  };
  static sql::Type type_of(const Seen& seen);

  std::map<std::string, Seen, std::less<>> fields_;
  std::size_t rows_ = 0;
};

// Columns that were found, kept until a tenth of the rows has come or gone. Thread-safe.
class InferenceCache {
 public:
  // What a sample has that is taken now, for one who sees rows that others do not.
  static Result<sql::InferredColumns> sampled(engine::Engine& engine,
                                              const catalog::TableDefinition& table,
                                              exec::QueryContext& context);
  // `would_block` where the context may not wait and the rows have to be looked at.
  Result<sql::InferredColumns> columns(engine::Engine& engine,
                                       const catalog::TableDefinition& table,
                                       exec::QueryContext& context);

 private:
  struct Known {
    sql::InferredColumns columns;
    std::string uuid;        // of the table
    std::uint64_t rows = 0;  // when they were looked at
  };
  Mutex mutex_;
  std::uint64_t last_version_ OCTAVO_GUARDED_BY(mutex_) = 0;
  std::map<TableId, Known> known_ OCTAVO_GUARDED_BY(mutex_);
};

}  // namespace octavo::mysql
