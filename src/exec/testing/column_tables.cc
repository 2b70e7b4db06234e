#include "exec/testing/column_tables.h"

#include <algorithm>

#include "base/assert.h"
#include "value/document.h"

namespace octavo::exec::testing_support {
namespace {

using value::Value;
using value::Vector;

class Cursor final : public FieldCursor {
 public:
  Cursor(const ColumnTable& table, std::span<const value::FieldRequest> fields) : table_(table) {
    std::vector<value::ColumnInfo> columns;
    for (const value::FieldRequest& field : fields) {
      places_.push_back(table.place_of(field.path));
      columns.push_back({.name = field.path.to_string(), .type = {}});
    }
    schema_ = std::make_shared<const value::Schema>(std::move(columns));
  }

  // As many rows as a batch of the table has, however few are asked for: they lie there.
  Result<std::size_t> next(std::size_t) override {
    at_ = next_++;
    if (at_ >= table_.batches()) return 0;
    const std::size_t rows = table_.rows_of(at_);
    std::vector<Vector> columns;
    for (const auto place : places_) {
      columns.push_back(place ? table_.column(at_, *place) : nothing(rows));
    }
    batch_ = value::Batch(schema_, std::move(columns), rows);
    return rows;
  }
  const value::Batch& batch() const override { return batch_; }
  void keep_documents(bool) override {}
  Result<std::vector<Value>> documents(std::span<const std::uint16_t> rows) override {
    std::vector<Value> out;
    for (const std::uint16_t row : rows) out.push_back(table_.document(at_, row));
    return out;
  }
  Result<BytesView> encoded(std::uint16_t row) override { return table_.encoded(at_, row); }

 private:
  static Vector nothing(std::size_t rows) {
    Vector none = Vector::flat(value::ColumnType::dynamic(value::Physical::boxed), rows);
    for (std::size_t row = 0; row < rows; ++row) {
      none.validity().clear(row, value::Absence::missing);
    }
    return none;
  }

  const ColumnTable& table_;
  std::vector<std::optional<std::size_t>> places_;
  value::SchemaPtr schema_;
  value::Batch batch_;
  std::size_t at_ = 0;
  std::size_t next_ = 0;
};

class TableRows final : public RowCursor {
 public:
  explicit TableRows(const ColumnTable& table) : table_(table) {}

  Status next(std::size_t max_rows, Rows& out) override {
    for (std::size_t n = 0; n < max_rows && batch_ < table_.batches(); ++n) {
      out.push_back(table_.document(batch_, row_));
      if (++row_ == table_.rows_of(batch_)) {
        row_ = 0;
        ++batch_;
      }
    }
    return {};
  }

 private:
  const ColumnTable& table_;
  std::size_t batch_ = 0;
  std::size_t row_ = 0;
};

}  // namespace

ColumnTable::ColumnTable(std::int64_t rows, const std::vector<Column>& columns)
    : rows_(static_cast<std::size_t>(rows)) {
  for (const Column& column : columns) names_.push_back(column.name);
  for (std::size_t first = 0; first < rows_; first += value::kBatchRows) {
    const std::size_t count = std::min(value::kBatchRows, rows_ - first);
    auto& batch = batches_.emplace_back();
    for (const Column& column : columns) {
      const auto number = static_cast<std::int64_t>(batches_.size() - 1);
      Vector& filled = batch.emplace_back(Vector::flat(column.type(number), count));
      for (std::size_t row = 0; row < count; ++row) {
        if (const auto value = column.value(static_cast<std::int64_t>(first + row))) {
          filled.put(row, *value);
        } else {
          filled.validity().clear(row, value::Absence::missing);
        }
      }
    }
    Documents& documents = documents_.emplace_back();
    for (std::size_t row = 0; row < count; ++row) {
      const Value whole = document(batches_.size() - 1, row);
      ASSERT(value::encode_document(whole, documents.bytes));
      documents.ends.push_back(documents.bytes.size());
    }
  }
}

std::optional<std::size_t> ColumnTable::place_of(const value::Path& path) const {
  const auto found = std::ranges::find_if(
      names_, [&](const std::string& name) { return path == value::Path({name}); });
  if (found == names_.end()) return std::nullopt;
  return static_cast<std::size_t>(found - names_.begin());
}

Value ColumnTable::document(std::size_t batch, std::size_t row) const {
  std::vector<value::Field> fields;
  for (std::size_t i = 0; i < names_.size(); ++i) {
    const Vector& column = batches_[batch][i];
    if (column.absence(row) == value::Absence::missing) continue;
    fields.push_back({names_[i], *column.at(row)});
  }
  return Value::object(std::move(fields));
}

BytesView ColumnTable::encoded(std::size_t batch, std::size_t row) const {
  const Documents& documents = documents_[batch];
  const std::size_t begin = row == 0 ? 0 : documents.ends[row - 1];
  return BytesView(documents.bytes).substr(begin, documents.ends[row] - begin);
}

Result<std::unique_ptr<RowCursor>> ColumnTables::open(const algebra::Scan& scan,
                                                      QueryContext&) const {
  return std::make_unique<TableRows>(*tables_.at(scan.table));
}

Result<std::unique_ptr<FieldCursor>> ColumnTables::open_fields(
    const algebra::Scan& scan, std::span<const value::FieldRequest> fields, QueryContext&) const {
  return std::make_unique<Cursor>(*tables_.at(scan.table), fields);
}

Result<std::optional<Value>> ColumnTables::get(TableId, const Value&, QueryContext&) const {
  return fail(Code::unsupported, "These tables have no keys.");
}

Result<std::uint64_t> ColumnTables::count(const algebra::Scan& scan, QueryContext&) const {
  return tables_.at(scan.table)->rows();
}

}  // namespace octavo::exec::testing_support
