#include "exec/operators.h"

namespace octavo::exec {
namespace {

using value::Value;

// How many rows a scan has, counted by its entries: no row is decoded.
class CountOperator final : public Operator {
 public:
  CountOperator(const algebra::Scan& scan, const OperatorContext& context)
      : scan_(scan), context_(context) {}

  Status next(std::size_t, Rows& out) override {
    if (done_) return {};
    TRY(const std::uint64_t count, context_.source.count(scan_, context_.query));
    done_ = true;
    std::vector<value::Field> fields;
    fields.push_back({"group", Value()});
    fields.push_back({"reduction", Value::int64(static_cast<std::int64_t>(count))});
    out.push_back(Value::object(std::move(fields)));
    return {};
  }

 private:
  algebra::Scan scan_;
  OperatorContext context_;
  bool done_ = false;
};

}  // namespace

OperatorPtr make_count(const algebra::Scan& scan, const OperatorContext& context) {
  return std::make_unique<CountOperator>(scan, context);
}

}  // namespace octavo::exec
