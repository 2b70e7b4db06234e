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

// Arrays of fields of a scan's rows.
class FieldArrayOperator final : public Operator {
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
