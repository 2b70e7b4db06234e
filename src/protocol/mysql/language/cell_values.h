#pragma once

// From rows of a plan to batches for the encoder: values in the form that the client is shown.

#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "dialect/sql/bind/bound.h"
#include "dialect/sql/state/settings.h"
#include "exec/operator.h"
#include "value/batch.h"

namespace octavo::sql {
class Zone;
}  // namespace octavo::sql

namespace octavo::mysql {

class CellValues {
 public:
  CellValues(std::span<const sql::OutputColumn> columns, const sql::Settings& settings);

  // Rows are arrays of the columns' values; at most value::kBatchRows. `corrupt` for a row that is
  // none.
  Result<value::Batch> batch(std::span<const value::Value> rows) const;
  // The same of columns, no row of which is in error or left out: those that lie as they are shown
  // stay as they are.
  Result<value::Batch> batch_of(const value::Batch& columns) const;

 private:
  // What becomes of a value that is not null. Null: it is shown as it is.
  struct Cell;
  using Show = Result<value::Value> (*)(const Cell& cell, const value::Value& value);
  struct Cell {
    value::LogicalTypePtr type;
    Show show = nullptr;
    const value::Charset* results = nullptr;  // of texts; null: as they are
    const sql::Zone* zone = nullptr;          // of instants
  };
  static Show show_of(const value::LogicalType& type);
  static bool is_shown_as_it_lies(const Cell& cell, const value::Vector& column);
  static Result<value::Vector> shown(const Cell& cell, const value::Vector& column);

  std::vector<Cell> cells_;
  value::SchemaPtr schema_;
};

}  // namespace octavo::mysql
