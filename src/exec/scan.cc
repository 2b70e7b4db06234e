#include <set>

#include "exec/column_rows.h"
#include "exec/operators.h"
#include "exec/plain_fields.h"

namespace octavo::exec {
namespace {

class ScanOperator final : public Operator {
 public:
  ScanOperator(const algebra::Scan& scan, const std::vector<std::string>* fields,
               const OperatorContext& context)
      : scan_(scan), context_(context) {
    if (fields != nullptr) fields_.emplace(SomeFields{.names = *fields});
  }

  Status next(std::size_t max_rows, Rows& out) override {
    TRY_STATUS(context_.query.check());
    if (cursor_ == nullptr) TRY_STATUS(open());
    return cursor_->next(max_rows, out);
  }

 private:
  Status open() {
    if (fields_) {
      TRY(cursor_, context_.source.open_some(scan_, *fields_, context_.query));
      if (cursor_ != nullptr) return {};
    }
    TRY(cursor_, context_.source.open(scan_, context_.query));
    return {};
  }

  algebra::Scan scan_;
  OperatorContext context_;
  std::optional<SomeFields> fields_;
  std::unique_ptr<RowCursor> cursor_;
};

// Arrays of fields of a scan's rows, or these fields as columns.
class FieldArrayOperator final : public Operator, public ColumnRows {
 public:
  FieldArrayOperator(const algebra::Scan& scan, std::vector<std::string> names,
                     const OperatorContext& context)
      : scan_(scan),
        fields_{.names = std::move(names), .form = SomeFields::Form::arrays},
        context_(context) {}

  Status next(std::size_t max_rows, Rows& out) override {
    TRY_STATUS(context_.query.check());
    if (cursor_ == nullptr) TRY_STATUS(open());
    const std::size_t before = out.size();
    const Status read = cursor_->next(max_rows, out);
    if (are_documents_) {
      for (std::size_t i = before; i < out.size(); ++i) out[i] = fields_of(out[i], fields_.names);
    }
    return read;
  }

  // Rows that are read by their primary keys are few, or come a few at a time from an index, and
  // are better had one by one; a field that is named twice has one column.
  Result<bool> begin_columns() override {
    if (scan_.index || std::holds_alternative<algebra::KeySet>(scan_.keys)) return false;
    const std::set<std::string> once(fields_.names.begin(), fields_.names.end());
    if (once.size() != fields_.names.size()) return false;
    std::vector<value::FieldRequest> fields;
    for (const std::string& name : fields_.names) {
      fields.push_back({.path = value::Path(std::vector<std::string>{name})});
    }
    TRY(columns_, context_.source.open_fields(scan_, fields, context_.query));
    return columns_ != nullptr;
  }
  Result<std::size_t> next_columns() override {
    TRY_STATUS(context_.query.check());
    return columns_->next(value::kBatchRows);
  }
  const value::Batch& columns() const override { return columns_->batch(); }

 private:
  Status open() {
    TRY(cursor_, context_.source.open_some(scan_, fields_, context_.query));
    are_documents_ = cursor_ == nullptr;
    if (!are_documents_) return {};
    TRY(cursor_, context_.source.open(scan_, context_.query));
    return {};
  }

  algebra::Scan scan_;
  SomeFields fields_;
  OperatorContext context_;
  bool are_documents_ = false;  // what the cursor gives
  std::unique_ptr<RowCursor> cursor_;
  std::unique_ptr<FieldCursor> columns_;  // where columns are asked for
};

}  // namespace

OperatorPtr make_scan(const algebra::Scan& scan, const std::vector<std::string>* fields,
                      const OperatorContext& context) {
  return std::make_unique<ScanOperator>(scan, fields, context);
}

OperatorPtr make_field_arrays(const algebra::Scan& scan, std::vector<std::string> names,
                              const OperatorContext& context) {
  return std::make_unique<FieldArrayOperator>(scan, std::move(names), context);
}

}  // namespace octavo::exec
