#pragma once

// Tables whose columns lie in memory as vectors, and whose rows as documents beside them: a source
// that costs operators next to nothing, so that what is measured above it is theirs.

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "exec/source.h"

namespace octavo::exec::testing_support {

// Rows as batches.
class ColumnTable {
 public:
  struct Column {
    std::string name;
    std::function<value::ColumnType(std::int64_t batch)> type;
    // What a row has; nothing: it misses the field.
    std::function<std::optional<value::Value>(std::int64_t row)> value;
  };
  ColumnTable(std::int64_t rows, const std::vector<Column>& columns);

  std::size_t rows() const { return rows_; }
  std::size_t batches() const { return batches_.size(); }
  std::size_t rows_of(std::size_t batch) const { return batches_[batch].front().rows(); }
  // A column of a batch, by its place.
  const value::Vector& column(std::size_t batch, std::size_t place) const {
    return batches_[batch][place];
  }
  std::optional<std::size_t> place_of(const value::Path& path) const;
  value::Value document(std::size_t batch, std::size_t row) const;
  BytesView encoded(std::size_t batch, std::size_t row) const;

 private:
  struct Documents {
    Bytes bytes;
    std::vector<std::size_t> ends;
  };

  std::size_t rows_;
  std::vector<std::string> names_;
  std::vector<std::vector<value::Vector>> batches_;
  std::vector<Documents> documents_;  // of each batch
};

class ColumnTables final : public Source {
 public:
  void add(TableId id, const ColumnTable& table) { tables_[id] = &table; }

  Result<std::unique_ptr<RowCursor>> open(const algebra::Scan& scan,
                                          QueryContext& query) const override;
  Result<std::unique_ptr<FieldCursor>> open_fields(const algebra::Scan& scan,
                                                   std::span<const value::FieldRequest> fields,
                                                   QueryContext& query) const override;
  Result<std::optional<value::Value>> get(TableId table, const value::Value& key,
                                          QueryContext& query) const override;
  Result<std::uint64_t> count(const algebra::Scan& scan, QueryContext& query) const override;

 private:
  std::map<TableId, const ColumnTable*> tables_;
};

}  // namespace octavo::exec::testing_support
