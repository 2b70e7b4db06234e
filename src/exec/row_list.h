#pragma once

// Rows that are put away and given once, in their order: in memory, and on disk from the moment
// that they are more than may be held. One thread at a time.

#include <deque>
#include <memory>
#include <optional>

#include "exec/hold_limit.h"
#include "exec/row_file.h"

namespace octavo::exec {

class RowList {
 public:
  explicit RowList(const OperatorContext& context)
      : query_(context.query), limit_(context), memory_(context.query) {}

  Status add(value::Value row);
  // The next row, once all have been added; nothing at the end.
  Result<std::optional<value::Value>> next();

 private:
  Status write(const value::Value& row);

  QueryContext& query_;
  HoldLimit limit_;
  MemoryCharge memory_;
  std::deque<value::Value> rows_;
  std::size_t bytes_ = 0;          // of those, about
  std::unique_ptr<RowFile> file_;  // null: all of them are in memory
  std::optional<RowFileReader> reader_;
  Bytes content_;
};

}  // namespace octavo::exec
