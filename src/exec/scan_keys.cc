#include "exec/scan_keys.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "algebra/children.h"

namespace octavo::exec {
namespace {

using algebra::PlanPtr;
using value::Value;

bool has_scan_by(const algebra::Plan& plan) {
  if (std::holds_alternative<algebra::ScanBy>(plan.node)) return true;
  if (const auto* apply = std::get_if<algebra::Apply>(&plan.node)) {
    return has_scan_by(*apply->outer);
  }
  bool found = false;
  algebra::for_each_input(plan,
                          [&found](const PlanPtr& input) { found = found || has_scan_by(*input); });
  return found;
}

class Keys {
 public:
  explicit Keys(QueryContext& query) : query_(query) {}

  Result<PlanPtr> scan(const algebra::ScanBy& node) {
    algebra::Scan scan{.table = node.table, .index = node.index, .order = node.order};
    if (node.keys.empty()) {
      algebra::KeyRange range;
      TRY_STATUS(compute(node.lower, range.lower));
      TRY_STATUS(compute(node.upper, range.upper));
      scan.keys = std::move(range);
    } else {
      algebra::KeySet set;
      for (const algebra::ExprPtr& key : node.keys) {
        TRY(Value value, compute(key));
        if (std::ranges::find(set.keys, value) == set.keys.end()) set.keys.push_back(value);
      }
      scan.keys = std::move(set);
    }
    if (null_) return algebra::make_plan(algebra::Values{});
    return algebra::make_plan(std::move(scan));
  }

 private:
  Result<Value> compute(const algebra::ExprPtr& key) {
    TRY(Value value, function::evaluate_lambda(algebra::lambda({}, key), {}, query_.evaluation));
    null_ = null_ || value.is_null() ||
            (value.is_array() && std::ranges::any_of(value.as_array(), &Value::is_null));
    return value;
  }
  Status compute(const algebra::ScanBy::End& end, algebra::Bound& bound) {
    if (end.value == nullptr) return {};
    TRY(bound.value, compute(end.value));
    bound.inclusive = end.inclusive;
    return {};
  }

  QueryContext& query_;
  bool null_ = false;
};

}  // namespace

Result<PlanPtr> with_scan_keys(const PlanPtr& plan, QueryContext& query) {
  if (!has_scan_by(*plan)) return plan;
  if (const auto* node = std::get_if<algebra::ScanBy>(&plan->node)) {
    return Keys(query).scan(*node);
  }
  const auto* apply = std::get_if<algebra::Apply>(&plan->node);
  Status status;
  PlanPtr out = algebra::map_inputs(*plan, [&](const PlanPtr& input) -> PlanPtr {
    if (!status || (apply != nullptr && input == apply->inner)) return input;
    auto made = with_scan_keys(input, query);
    if (!made) {
      status = fail(std::move(made).error());
      return input;
    }
    return *std::move(made);
  });
  if (!status) return fail(std::move(status).error());
  return out;
}

}  // namespace octavo::exec
