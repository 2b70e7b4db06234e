#include "exec/row_list.h"

#include <utility>

#include "value/document.h"

namespace octavo::exec {

using value::Value;

Status RowList::add(Value row) {
  if (file_ != nullptr) return write(row);
  TRY_STATUS(memory_.add(sizeof(Value)));
  bytes_ += sizeof(Value) + row.memory_bytes();
  rows_.push_back(std::move(row));
  if (!limit_.reached(bytes_)) return {};
  TRY(file_, RowFile::create(query_));
  for (; !rows_.empty(); rows_.pop_front()) TRY_STATUS(write(rows_.front()));
  memory_ = MemoryCharge(query_);
  return {};
}

Status RowList::write(const Value& row) {
  content_.clear();
  TRY_STATUS(value::encode_document(row, content_));
  return file_->add({}, content_);
}

Result<std::optional<Value>> RowList::next() {
  if (file_ == nullptr) {
    if (rows_.empty()) return std::optional<Value>();
    std::optional<Value> row = std::move(rows_.front());
    rows_.pop_front();
    return row;
  }
  if (!reader_) {
    TRY_STATUS(file_->finish());
    reader_.emplace(*file_, query_);
  }
  TRY(const bool more, reader_->next());
  if (!more) return std::optional<Value>();
  TRY(Value row, value::decode_document(reader_->content()));
  return std::optional<Value>(std::move(row));
}

}  // namespace octavo::exec
