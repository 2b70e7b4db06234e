#pragma once

// Results as columns, of the queries that can give such.

#include "base/result.h"
#include "value/batch.h"

namespace octavo::engine {

// What a Query may be as well (engine/engine.h). Where it has begun to give columns it gives no
// rows.
class ColumnQuery {
 public:
  ColumnQuery() = default;
  ColumnQuery(const ColumnQuery&) = delete;
  ColumnQuery& operator=(const ColumnQuery&) = delete;
  virtual ~ColumnQuery() = default;

  // As exec::ColumnRows.
  virtual Result<bool> begin_columns() = 0;
  virtual Result<std::size_t> next_columns() = 0;
  virtual const value::Batch& columns() const = 0;
};

}  // namespace octavo::engine
