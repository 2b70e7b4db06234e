#include "exec/operator_fields.h"

#include <algorithm>
#include <vector>

#include "value/decimal.h"

namespace octavo::exec {
namespace {

using value::ColumnType;
using value::Physical;
using value::Value;
using value::Vector;

// How values like this one lie in a vector.
ColumnType type_like(const Value& value) {
  using value::Type;
  constexpr std::uint8_t kDigits = 18;
  switch (value.type()) {
    case Type::boolean: return ColumnType::of(Type::boolean, Physical::boolean);
    case Type::int64: return ColumnType::of(Type::int64, Physical::int64);
    case Type::float64: return ColumnType::of(Type::float64, Physical::float64);
    case Type::string: return ColumnType::of(Type::string, Physical::text);
    case Type::bytes: return ColumnType::of(Type::bytes, Physical::text);
    case Type::date: return ColumnType::of(Type::date, Physical::int32);
    case Type::time_of_day: return ColumnType::of(Type::time_of_day, Physical::int64);
    case Type::timestamp: return ColumnType::of(Type::timestamp, Physical::instant);
    case Type::decimal: {
      const int scale = value.as_decimal().is_finite() ? value.as_decimal().scale() : -1;
      if (scale < 0 || scale > kDigits) break;
      return ColumnType::decimal(kDigits, static_cast<std::uint8_t>(scale));
    }
    default: break;
  }
  return ColumnType::dynamic(Physical::boxed);
}

class OperatorFields final : public FieldCursor {
 public:
  OperatorFields(OperatorPtr input, std::span<const value::FieldRequest> requests)
      : input_(std::move(input)) {
    std::vector<value::ColumnInfo> columns;
    for (const value::FieldRequest& request : requests) {
      paths_.push_back(request.path);
      columns.push_back({request.path.to_string(), ColumnType::dynamic(Physical::boxed)});
    }
    schema_ = std::make_shared<const value::Schema>(std::move(columns));
  }

  Result<std::size_t> next(std::size_t max_rows) override {
    TRY_STATUS(read_);
    rows_.clear();
    // Fewer may come than were asked for, and few rows make poor batches.
    while (rows_.size() < max_rows && read_) {
      const std::size_t before = rows_.size();
      read_ = input_->next(std::min(max_rows - before, kBatchRows), rows_);
      if (rows_.size() == before) break;
    }
    if (rows_.empty()) return read_ ? Result<std::size_t>(0) : fail(read_.error());
    std::vector<Vector> columns;
    for (const value::Path& path : paths_) columns.push_back(column_of(path));
    batch_ = value::Batch(schema_, std::move(columns), rows_.size());
    return rows_.size();
  }
  const value::Batch& batch() const override { return batch_; }
  void keep_documents(bool) override {}
  Result<std::vector<Value>> documents(std::span<const std::uint16_t> rows) override {
    std::vector<Value> out;
    for (const std::uint16_t row : rows) out.push_back(rows_[row]);
    return out;
  }
  Result<BytesView> encoded(std::uint16_t) override {
    return fail(Code::internal, "A row of an operator does not lie as a document.");
  }

 private:
  Vector column_of(const value::Path& path) const {
    std::vector<const Value*> values;
    const Value* first = nullptr;
    for (const Value& row : rows_) {
      values.push_back(value::find(row, path));
      if (first == nullptr && values.back() != nullptr && !values.back()->is_null()) {
        first = values.back();
      }
    }
    Vector column;
    const auto put_all = [&](ColumnType type) {
      column.restart(std::move(type), values.size());
      for (std::size_t row = 0; row < values.size(); ++row) {
        if (values[row] == nullptr) {
          column.validity().clear(row, value::Absence::missing);
        } else if (!column.put(row, *values[row])) {
          return false;
        }
      }
      return true;
    };
    const ColumnType boxed = ColumnType::dynamic(Physical::boxed);
    if (!put_all(first == nullptr ? boxed : type_like(*first))) put_all(boxed);
    return column;
  }

  OperatorPtr input_;
  std::vector<value::Path> paths_;
  value::SchemaPtr schema_;
  Rows rows_;
  Status read_;  // what comes after them
  value::Batch batch_;
};

}  // namespace

std::unique_ptr<FieldCursor> operator_fields(OperatorPtr input,
                                             std::span<const value::FieldRequest> requests) {
  return std::make_unique<OperatorFields>(std::move(input), requests);
}

}  // namespace octavo::exec
