#pragma once

// Where the rows of tables come from at one version of the data. Each layout has one
// implementation; operators see this interface only.

#include <memory>
#include <optional>

#include "algebra/plan.h"
#include "base/id.h"
#include "exec/context.h"
#include "exec/operator.h"

namespace octavo::exec {

class RowCursor {
 public:
  virtual ~RowCursor() = default;
  // As Operator::next; of rows before an error those of its batch may be missing.
  virtual Status next(std::size_t max_rows, Rows& out) = 0;
};

class Source {
 public:
  virtual ~Source() = default;

  // `not_found` when the table or index is gone.
  virtual Result<std::unique_ptr<RowCursor>> open(const algebra::Scan& scan,
                                                  QueryContext& query) const = 0;
  // The row whose primary key is `key`.
  virtual Result<std::optional<value::Value>> get(TableId table, const value::Value& key,
                                                  QueryContext& query) const = 0;
  // How many rows `open` would deliver, without decoding them.
  virtual Result<std::uint64_t> count(const algebra::Scan& scan, QueryContext& query) const = 0;
};

}  // namespace octavo::exec
