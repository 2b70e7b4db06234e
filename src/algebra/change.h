#pragma once

// One committed change of one row, decoded once and shared by every subscription that sees it.

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "base/id.h"
#include "base/lsn.h"
#include "value/value.h"

namespace octavo::algebra {

struct RowChange {
  value::Value key;                    // primary key
  std::optional<value::Value> before;  // unset: the row was not there
  std::optional<value::Value> after;   // unset: the row is gone
  std::uint32_t index = 0;             // place among the changes of its log record
  bool whole = false;                  // of one of two rows: it was given anew, not in parts
};

// The changes of one table in one log record, in order.
struct ChangeSet {
  TableId table{};
  Lsn lsn;  // of the record
  std::vector<RowChange> changes;
  std::size_t bytes = 0;  // about what the rows take; for the limit of what waits
};
using ChangeSetPtr = std::shared_ptr<const ChangeSet>;

}  // namespace octavo::algebra
