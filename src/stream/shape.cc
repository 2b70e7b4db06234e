#include "stream/shape.h"

#include <algorithm>

namespace octavo::stream {
namespace {

std::unexpected<Error> cannot_follow() {
  return fail(Code::unsupported,
              "Only rows of one table, filtered and mapped one by one, can be followed by a feed.");
}

// Whether an error of an expression is about the row that it was applied to.
bool is_about_row(Code code) {
  switch (code) {
    case Code::missing_value:
    case Code::invalid_argument:
    case Code::type_mismatch:
    case Code::out_of_range:
    case Code::user_error: return true;
    default: return false;
  }
}

}  // namespace

Result<Shape> take_apart(const algebra::PlanPtr& plan) {
  Shape out;
  Stages stages;  // from the top down
  const algebra::Plan* at = plan.get();
  for (;;) {
    if (const auto* scan = std::get_if<algebra::Scan>(&at->node)) {
      out.scan = *scan;
      break;
    }
    if (const auto* filter = std::get_if<algebra::Filter>(&at->node)) {
      stages.emplace_back(*filter);
      at = filter->input.get();
    } else if (const auto* map = std::get_if<algebra::Map>(&at->node)) {
      stages.emplace_back(*map);
      at = map->input.get();
    } else if (const auto* limit = std::get_if<algebra::Limit>(&at->node)) {
      if (out.limit || limit->skip != 0 || !limit->count) return cannot_follow();
      out.limit = *limit->count;
      std::ranges::reverse(stages);
      out.after_limit = std::move(stages);
      stages.clear();
      at = limit->input.get();
    } else {
      return cannot_follow();
    }
  }
  std::ranges::reverse(stages);
  out.before_limit = std::move(stages);
  return out;
}

Result<std::optional<value::Value>> run_stages(const Stages& stages, value::Value row,
                                               function::EvalContext& context) {
  for (const auto& stage : stages) {
    const auto* filter = std::get_if<algebra::Filter>(&stage);
    const auto& lambda =
        filter != nullptr ? filter->predicate : std::get<algebra::Map>(stage).function;
    auto result = function::evaluate_lambda(lambda, std::span(&row, 1), context);
    if (!result && is_about_row(result.error().code)) return std::nullopt;
    if (!result) return fail(std::move(result).error());
    if (filter == nullptr) {
      row = *std::move(result);
    } else if (result->type() != value::Type::boolean || !result->as_boolean()) {
      return std::nullopt;
    }
  }
  return row;
}

}  // namespace octavo::stream
