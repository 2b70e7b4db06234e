#include "dialect/mongodb/match/metadata.h"

#include "dialect/mongodb/match/tree.h"

namespace octavo::mongodb {
namespace {

using algebra::ExprPtr;

constexpr std::string_view kTextScore = "textScore", kDistance = "geoNearDistance",
                           kPoint = "geoNearPoint";

// Stands for the row.
ExprPtr some_row() { return algebra::constant(value::Value::null()); }

}  // namespace

Variables with_distances(const Variables& variables, const ExprPtr& names,
                         const ExprPtr& nearness) {
  return variables.with_meta(kDistance, call(op::kDistance, {some_row(), names, nearness}))
      .with_meta(kPoint, call(op::kNearestPlace, {some_row(), names, nearness}));
}

Variables with_metadata(const Variables& variables, const ExprPtr& filter) {
  const FilterBody body = body_of(filter);
  if (body.body == nullptr) return variables;
  const algebra::Call* const all = call_of(body.body, op::kAllOf);
  const std::vector<ExprPtr> parts = all == nullptr ? std::vector{body.body} : all->args;
  Variables more = variables;
  for (const ExprPtr& part : parts) {
    if (const algebra::Call* const text = call_of(part, op::kText)) {
      more = more.with_meta(kTextScore, call(op::kTextScore, {some_row(), text->args[1]}));
    }
    if (const algebra::Call* const near = call_of(part, op::kNear)) {
      more = with_distances(more, near->args[1], near->args[2]);
    }
  }
  return more;
}

Variables without_metadata(const Variables& variables) {
  Variables fewer = variables;
  for (const std::string_view kind : {kTextScore, kDistance, kPoint}) {
    if (fewer.find_meta(kind) != nullptr) fewer = fewer.with_meta(kind, nullptr);
  }
  return fewer;
}

}  // namespace octavo::mongodb
