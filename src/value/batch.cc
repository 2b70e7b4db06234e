#include "value/batch.h"

#include <algorithm>
#include <functional>
#include <utility>

namespace octavo::value {

Batch::Batch(SchemaPtr schema, std::vector<Vector> columns, std::size_t rows)
    : schema_(std::move(schema)), columns_(std::move(columns)), rows_(rows) {
  ASSERT(schema_ != nullptr && columns_.size() == schema_->columns().size());
  ASSERT(rows <= kBatchRows);
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    const ColumnType& declared = schema_->columns()[i].type;
    ASSERT(columns_[i].rows() == rows);
    ASSERT(declared.is_dynamic() || columns_[i].type() == declared);
  }
}

void Batch::select(Selection rows) {
  const auto selected = rows.rows();
  ASSERT(selected.empty() || selected.back() < rows_);
  ASSERT(std::ranges::adjacent_find(selected, std::greater_equal()) == selected.end());
  selection_ = std::move(rows);
}

Result<Value> Batch::row(std::size_t i) const {
  ASSERT(i < rows_);
  const auto failed = std::ranges::lower_bound(errors_, i, {}, &RowError::row);
  if (failed != errors_.end() && failed->row == i) return fail(failed->error);
  if (schema_->is_documents()) return columns_[0].at(i);
  ObjectBuilder builder;
  for (std::size_t column = 0; column < columns_.size(); ++column) {
    if (columns_[column].absence(i) == Absence::missing) continue;
    TRY(Value value, columns_[column].at(i));
    builder.set(schema_->columns()[column].name, std::move(value));
  }
  return std::move(builder).build();
}

void Batch::fail_row(std::size_t row, Error error) {
  ASSERT(row < rows_);
  const auto place = std::ranges::lower_bound(errors_, row, {}, &RowError::row);
  if (place != errors_.end() && place->row == row) return;
  errors_.insert(place, {static_cast<std::uint16_t>(row), std::move(error)});
}

std::vector<Vector> Batch::release() {
  rows_ = 0;
  schema_ = nullptr;
  selection_.reset();
  errors_.clear();
  return std::exchange(columns_, {});
}

}  // namespace octavo::value
