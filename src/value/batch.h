#pragma once

// A batch of rows: what scans produce, operators transform and encoders write.

#include <string>
#include <vector>

#include "value/column.h"

namespace octavo::value {

constexpr std::size_t kBatchRows = 1024;  // what operators aim at

// Either documents (one unnamed dynamic column, each row a value of any kind) or named columns of
// equal length.
class Batch {
 public:
  Batch() = default;
  static Batch documents(std::vector<Value> rows);
  // One name for each column; all columns have one length.
  static Batch columns(std::vector<std::string> names, std::vector<Column> columns);
  // Named columns out of documents, for the fields in `names`; a missing field is null.
  static Batch columns_of(const Batch& documents, const std::vector<std::string>& names);

  std::size_t rows() const { return rows_; }
  bool empty() const { return rows_ == 0; }
  bool is_documents() const { return names_.empty() && columns_.size() == 1; }
  const std::vector<std::string>& names() const { return names_; }
  const Column& column(std::size_t index) const { return columns_[index]; }
  std::size_t column_count() const { return columns_.size(); }
  // The column of that name, or nullptr.
  const Column* find(std::string_view name) const;

  // A document, or an object with the named columns as fields.
  Value row(std::size_t index) const;
  // The documents of a document batch, without copies.
  const std::vector<Value>& values() const;

  Batch gather(std::span<const std::uint32_t> positions) const;
  std::size_t memory_bytes() const;

 private:
  std::vector<std::string> names_;
  std::vector<Column> columns_;
  std::size_t rows_ = 0;
};

}  // namespace octavo::value
