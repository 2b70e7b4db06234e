#pragma once

// Rows as they go from operator to operator: a vector for each column of a schema.
//
// A batch owns references to vectors and nothing else: whoever keeps rows beyond the call that gave
// them copies them or keeps the vectors. One thread at a time uses a batch. What it holds beside
// its vectors (their list, a selection, errors) is small and not charged.

#include <span>
#include <vector>

#include "base/limits.h"
#include "value/schema.h"
#include "value/vector.h"

namespace octavo::value {

constexpr std::size_t kBatchRows = 2048;
constexpr std::size_t kBatchBytes =
    256 * kKiB;  // of texts, encoded and boxed values: it is then full

// Rows of a batch, ascending, each once.
class Selection {
 public:
  explicit Selection(std::vector<std::uint16_t> rows) : rows_(std::move(rows)) {}
  std::span<const std::uint16_t> rows() const { return rows_; }

 private:
  std::vector<std::uint16_t> rows_;
};

struct RowError {
  std::uint16_t row;
  Error error;
};

class Batch {
 public:
  Batch() = default;  // no rows of no columns
  // Each column has `rows` rows, at most kBatchRows; there may be rows of no columns, to be
  // counted.
  Batch(SchemaPtr schema, std::vector<Vector> columns, std::size_t rows);

  const SchemaPtr& schema() const { return schema_; }
  const Vector& column(std::size_t i) const { return columns_[i]; }
  std::size_t rows() const { return rows_; }  // in the vectors
  // Those that count.
  std::size_t size() const { return selection_ ? selection_->rows().size() : rows_; }
  const Selection* selection() const { return selection_ ? &*selection_ : nullptr; }  // null: all
  void select(Selection rows);

  // A document, or an object of the columns that are not missing. The row's error if it has one.
  Result<Value> row(std::size_t i) const;

  // Rows that could not be computed, ascending: they are selected and have no values. An operator
  // that needs one of them fails with its error, one that does not passes them on or drops them.
  std::span<const RowError> errors() const { return errors_; }
  void fail_row(std::size_t row, Error error);  // the first error of a row counts

  // Takes the vectors out, for whoever fills the batch next to use their memory again.
  std::vector<Vector> release();

  // The place of row 0 in its source; that of row i is i more. Ascending in the order of the
  // source, whichever thread reads it: what makes sorts stable and parallel runs repeatable.
  std::uint64_t first_place = 0;

 private:
  SchemaPtr schema_;
  std::vector<Vector> columns_;
  std::size_t rows_ = 0;
  std::optional<Selection> selection_;
  std::vector<RowError> errors_;  // beside the vectors, since few batches have any
};

}  // namespace octavo::value
