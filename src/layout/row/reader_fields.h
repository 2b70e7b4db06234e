#pragma once

// The rows of a scan of a table as fields: read by one reader, or in parts with the help of idle
// threads (layout/row/parted_fields.h) where all of many rows will be read.

#include <memory>
#include <vector>

#include "exec/source.h"
#include "layout/row/field_chunk.h"
#include "layout/row/parted_fields.h"

namespace octavo::layout {

// About what an open reader takes: iterators over the levels of a table and the blocks they are at.
constexpr std::size_t kReaderBytes = 32 * kKiB;

inline kv::ReadTier tier(const exec::QueryContext& query) {
  return query.may_wait ? kv::ReadTier::any : kv::ReadTier::cache_only;
}

// Keeps the documents of rows.
class DocumentSink final : public index::RowSink {
 public:
  explicit DocumentSink(value::Account* account) : documents_(account) {}
  Status add(BytesView row_key, BytesView stored) override {
    TRY(const BytesView document, index::document_of(row_key, stored));
    return documents_.add(document);
  }
  void clear() { documents_.clear(); }
  BytesView document(std::size_t i) const { return documents_[i]; }

 private:
  Pieces documents_;
};

class ReaderFields final : public exec::FieldCursor {
 public:
  struct Given {
    value::Charge held;  // for the reader
    std::unique_ptr<index::RowReader> reader;
    index::TableReader again;
    std::shared_ptr<const catalog::TableDefinition> table;  // for the text of errors
    std::vector<value::FieldRequest> fields;
    PartedOptions parting;
  };
  ReaderFields(Given given, exec::QueryContext& query);

  Result<std::size_t> next(std::size_t max_rows) override;
  void read_ahead() override;
  const value::Batch& batch() const override { return rows_->batch; }
  void keep_documents(bool keep) override;
  Result<std::vector<value::Value>> documents(std::span<const std::uint16_t> rows) override;
  Result<BytesView> encoded(std::uint16_t row) override;

 private:
  bool is_time_to_part();
  Status part();
  Result<std::size_t> next_of_parts();
  Result<std::size_t> next_alone(std::size_t max_rows);
  std::uint64_t bytes_of_part() const;

  Given given_;
  exec::QueryContext& query_;
  bool keeps_ = false;
  FieldChunk own_;
  FieldChunk* rows_ = &own_;  // what was read last
  DocumentSink read_again_;   // a row of it that was not kept
  Status read_;               // what comes after it

  // While it may come to parts.
  Helpers* helpers_ = nullptr;  // null: it will not
  std::size_t rows_read_ = 0;
  std::size_t bytes_read_ = 0;
  std::int64_t took_ns_ = 0;
  std::unique_ptr<PartedFields> parts_;  // who reads the rest; null: the reader
};

}  // namespace octavo::layout
