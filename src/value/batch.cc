#include "value/batch.h"

#include <algorithm>

#include "value/maker.h"

namespace octavo::value {

Batch Batch::documents(std::vector<Value> rows) {
  Batch batch;
  batch.rows_ = rows.size();
  batch.columns_.emplace_back(std::move(rows));
  return batch;
}

Batch Batch::columns(std::vector<std::string> names, std::vector<Column> columns) {
  ASSERT(names.size() == columns.size());
  Batch batch;
  batch.rows_ = columns.empty() ? 0 : size(columns[0]);
  for (const Column& column : columns) ASSERT(size(column) == batch.rows_);
  batch.names_ = std::move(names);
  batch.columns_ = std::move(columns);
  return batch;
}

Batch Batch::columns_of(const Batch& documents, const std::vector<std::string>& names) {
  std::vector<Column> columns;
  for (const std::string& name : names) {
    ColumnBuilder builder;
    for (const Value& document : documents.values()) {
      const Value* field = document.find(name);
      builder.append(field != nullptr ? *field : Value());
    }
    columns.push_back(std::move(builder).build());
  }
  return Batch::columns(names, std::move(columns));
}

const Column* Batch::find(std::string_view name) const {
  const auto at = std::ranges::find(names_, name);
  return at == names_.end() ? nullptr : &columns_[static_cast<std::size_t>(at - names_.begin())];
}

Value Batch::row(std::size_t index) const {
  if (is_documents()) return values()[index];
  ObjectMaker maker(names_.size());
  for (std::size_t i = 0; i < names_.size(); ++i) maker.append(names_[i], at(columns_[i], index));
  return std::move(maker).finish();
}

const std::vector<Value>& Batch::values() const {
  static const std::vector<Value> kNone;
  if (columns_.empty()) return kNone;
  ASSERT(is_documents());
  return std::get<DynamicColumn>(columns_[0]);
}

Batch Batch::gather(std::span<const std::uint32_t> positions) const {
  Batch result;
  result.names_ = names_;
  result.rows_ = positions.size();
  for (const Column& column : columns_) {
    result.columns_.push_back(value::gather(column, positions));
  }
  return result;
}

std::size_t Batch::memory_bytes() const {
  std::size_t bytes = 0;
  for (const Column& column : columns_) bytes += value::memory_bytes(column);
  return bytes;
}

}  // namespace octavo::value
