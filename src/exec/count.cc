#include "exec/operators.h"

namespace octavo::exec {
namespace {

using value::Value;

// How many rows a scan has, counted by its entries: no row is decoded.
class CountOperator final : public Operator {
 public:
  CountOperator(const algebra::Scan& scan, const Pipeline& pipeline)
      : scan_(scan), pipeline_(pipeline) {}

  Status next(std::size_t, Rows& out) override {
    if (done_) return {};
    TRY(const std::uint64_t count, pipeline_.source.count(scan_, pipeline_.query));
    done_ = true;
    std::vector<value::Field> fields;
    fields.push_back({"group", Value()});
    fields.push_back({"reduction", Value::int64(static_cast<std::int64_t>(count))});
    out.push_back(Value::object(std::move(fields)));
    return {};
  }

 private:
  algebra::Scan scan_;
  Pipeline pipeline_;
  bool done_ = false;
};

}  // namespace

OperatorPtr make_count(const algebra::Scan& scan, const Pipeline& pipeline) {
  return std::make_unique<CountOperator>(scan, pipeline);
}

}  // namespace octavo::exec
