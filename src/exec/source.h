#pragma once

// Where the rows of tables come from at one version of the data. Each layout has one
// implementation; operators see this interface only.

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "algebra/plan.h"
#include "base/bytes.h"
#include "base/id.h"
#include "exec/context.h"
#include "exec/operator.h"
#include "value/field_decoder.h"

namespace octavo::exec {

class RowCursor {
 public:
  virtual ~RowCursor() = default;
  // As Operator::next; of rows before an error those of its batch may be missing.
  virtual Status next(std::size_t max_rows, Rows& out) = 0;
};

// The rows of a scan as fields: a column for each that was asked for.
class FieldCursor {
 public:
  virtual ~FieldCursor() = default;
  // Reads up to `max_rows` rows, at most value::kBatchRows. 0 means the end.
  virtual Result<std::size_t> next(std::size_t max_rows) = 0;
  // Whoever reads will read all rows, by value::kBatchRows at a time: others may read ahead. Before
  // the first `next`. What is read is the same, in the same order; batches may be smaller.
  virtual void read_ahead() {}
  // The rows read last: columns in the order of the request. Good until the next call of `next`.
  virtual const value::Batch& batch() const = 0;
  // Whether the rows read from now on are kept as whole documents as well: `documents` is then
  // cheap. Otherwise it reads them again.
  virtual void keep_documents(bool keep) = 0;
  // Rows of those read last as whole documents, in the order asked for.
  virtual Result<std::vector<value::Value>> documents(std::span<const std::uint16_t> rows) = 0;
  // One of those as it lies (docs/formats/document.md). Good until the next call of this or `next`.
  virtual Result<BytesView> encoded(std::uint16_t row) = 0;
};

// What rows are made of their documents, where the rest of them is not wanted.
struct SomeFields {
  enum class Form : std::uint8_t {
    objects,  // of those of the fields that there are
    arrays,   // an element for each field, null where it is missing
  };
  std::vector<std::string> names;  // each once in objects
  Form form = Form::objects;
};

// What a key of a table is of a row: a field, or what a function (row → key) gives.
struct KeyOfRow {
  std::string field;  // where there is no function
  algebra::ExprPtr function = nullptr;
};

class Source {
 public:
  virtual ~Source() = default;

  // `not_found` when the table or index is gone.
  virtual Result<std::unique_ptr<RowCursor>> open(const algebra::Scan& scan,
                                                  QueryContext& query) const = 0;
  // The same rows as fields. Null where a layout keeps no documents whose fields could be read
  // alone.
  virtual Result<std::unique_ptr<FieldCursor>> open_fields(
      const algebra::Scan& scan, std::span<const value::FieldRequest> fields,
      QueryContext& query) const = 0;
  // The same rows with some of their fields, without decoding the others. Null where a layout has
  // no cheaper way to them than whole documents.
  virtual Result<std::unique_ptr<RowCursor>> open_some(const algebra::Scan&, const SomeFields&,
                                                       QueryContext&) const {
    return nullptr;
  }
  // Of the primary key or an index. Nothing where a row may have several, or it is not said so.
  virtual Result<std::optional<KeyOfRow>> key_of_rows(TableId, std::optional<IndexId>) const {
    return std::nullopt;
  }
  // The row whose primary key is `key`.
  virtual Result<std::optional<value::Value>> get(TableId table, const value::Value& key,
                                                  QueryContext& query) const = 0;
  // How many rows `open` would deliver, without decoding them.
  virtual Result<std::uint64_t> count(const algebra::Scan& scan, QueryContext& query) const = 0;
};

}  // namespace octavo::exec
