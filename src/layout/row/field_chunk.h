#pragma once

// Some rows of a scan as fields: what one reading of them fills. One thread at a time uses it.

#include <optional>
#include <vector>

#include "index/table_reader.h"
#include "txn/row_key.h"
#include "value/account.h"
#include "value/field_decoder.h"

namespace octavo::layout {

// Pieces of text, one after the other in one memory.
class Pieces {
 public:
  explicit Pieces(value::Account* account) : held_(account) {}

  Status add(BytesView piece) {
    if (text_.capacity() - text_.size() < piece.size()) {
      TRY_STATUS(held_.make_room(text_, piece.size()));
    }
    text_.append(piece);
    ends_.push_back(text_.size());
    return {};
  }
  void clear() {
    text_.clear();
    ends_.clear();
  }
  std::size_t size() const { return ends_.size(); }
  BytesView operator[](std::size_t i) const {
    const std::size_t begin = i == 0 ? 0 : ends_[i - 1];
    return BytesView(text_).substr(begin, ends_[i] - begin);
  }

 private:
  value::Charge held_;
  Bytes text_;
  std::vector<std::size_t> ends_;
};

// Decodes the wanted fields of rows, and keeps their keys, to read whole documents by.
class FieldSink final : public index::RowSink {
 public:
  FieldSink(const std::vector<value::FieldRequest>& fields, value::Account* account)
      : decoder_(fields), keys_(account), documents_(account) {}

  Status add(BytesView row_key, BytesView stored) override {
    TRY(const BytesView document, index::document_of(row_key, stored));
    if (const Status added = decoder_.add(document); !added) {
      return fail(index::unreadable_row(txn::primary_key_of(row_key), added.error().what));
    }
    bytes_ += document.size();
    TRY_STATUS(keys_.add(row_key));
    return keeps_ ? documents_.add(document) : Status();
  }

  void clear(bool keep_documents) {
    keeps_ = keep_documents;
    bytes_ = 0;
    keys_.clear();
    documents_.clear();
  }
  std::size_t rows() const { return keys_.size(); }  // since then
  std::size_t bytes() const { return bytes_; }       // of their documents
  void finish(value::Batch& batch) { decoder_.finish(batch); }
  bool keeps_documents() const { return keeps_; }
  BytesView row_key(std::size_t row) const { return keys_[row]; }
  BytesView document(std::size_t row) const { return documents_[row]; }

 private:
  value::FieldDecoder decoder_;
  bool keeps_ = false;
  std::size_t bytes_ = 0;
  Pieces keys_;
  Pieces documents_;
};

struct FieldChunk {
  FieldChunk(const std::vector<value::FieldRequest>& fields, value::Account* account)
      : sink(fields, account) {}

  FieldSink sink;
  value::Batch batch;  // of the rows that are in the sink
};

}  // namespace octavo::layout
