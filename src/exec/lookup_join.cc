#include "exec/operators.h"

namespace octavo::exec {
namespace {

using value::Value;

// For each outer row, the rows of a table whose key equals an expression over it. A row whose
// expression has no value joins nothing.
class LookupJoinOperator final : public Operator {
 public:
  LookupJoinOperator(const algebra::LookupJoin& join, OperatorPtr outer, const Pipeline& pipeline)
      : join_(join), outer_(std::move(outer)), pipeline_(pipeline) {}

  Status next(std::size_t max_rows, Rows& out) override {
    const std::size_t before = out.size();
    while (out.size() == before) {
      TRY_STATUS(pipeline_.query.check());
      batch_.clear();
      TRY_STATUS(outer_->next(max_rows, batch_));
      if (batch_.empty()) return {};
      for (const auto& row : batch_) TRY_STATUS(join_row(row, out));
    }
    return {};
  }

 private:
  Status join_row(const Value& left, Rows& out) {
    auto key =
        function::evaluate_lambda(join_.key, std::span(&left, 1), pipeline_.query.evaluation);
    if (!key && key.error().code == Code::missing_value) return {};
    if (!key) return fail(key.error());
    if (key->is_null()) return {};
    if (!join_.index) {
      TRY(const auto right, pipeline_.source.get(join_.table, *key, pipeline_.query));
      if (right) out.push_back(pair(left, *right));
      return {};
    }
    const algebra::Scan scan{
        .table = join_.table, .index = join_.index, .keys = algebra::KeySet{{*key}}, .order = {}};
    TRY(const auto cursor, pipeline_.source.open(scan, pipeline_.query));
    for (;;) {
      matches_.clear();
      TRY_STATUS(cursor->next(kBatchRows, matches_));
      if (matches_.empty()) return {};
      for (const auto& right : matches_) out.push_back(pair(left, right));
    }
  }

  static Value pair(const Value& left, const Value& right) {
    std::vector<value::Field> fields;
    fields.push_back({"left", left});
    fields.push_back({"right", right});
    return Value::object(std::move(fields));
  }

  algebra::LookupJoin join_;
  OperatorPtr outer_;
  Pipeline pipeline_;
  Rows batch_;
  Rows matches_;
};

}  // namespace

OperatorPtr make_lookup_join(const algebra::LookupJoin& join, OperatorPtr outer,
                             const Pipeline& pipeline) {
  return std::make_unique<LookupJoinOperator>(join, std::move(outer), pipeline);
}

}  // namespace octavo::exec
