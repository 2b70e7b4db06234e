#pragma once

// A plan taken apart for following it change by change: where rows come from, what is done to each
// row, and how many of the first rows count.

#include <optional>
#include <variant>
#include <vector>

#include "algebra/plan.h"
#include "base/result.h"
#include "function/family.h"

namespace octavo::stream {

struct Shape {
  algebra::Scan scan;
  std::vector<std::variant<algebra::Filter, algebra::Map>> before_limit;  // scan side first
  std::optional<std::uint64_t> limit;
  std::vector<std::variant<algebra::Filter, algebra::Map>> after_limit;
};

using Stages = std::vector<std::variant<algebra::Filter, algebra::Map>>;

// `unsupported` for plans whose result cannot be followed row by row.
Result<Shape> take_apart(const algebra::PlanPtr& plan);

// What the stages make of a row: nothing when a filter drops it or a field that a stage needs is
// missing.
Result<std::optional<value::Value>> run_stages(const Stages& stages, value::Value row,
                                               function::EvalContext& context);

}  // namespace octavo::stream
