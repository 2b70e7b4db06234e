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

// What the stages make of a row: nothing when a filter drops it, and nothing when a stage fails on
// it (a field is missing, a value is of another type, the query raises an error). Such a row is not
// in the feed, as it would not be in an index, neither as an initial row nor as a side of a change:
// whoever may write to a table cannot end the feeds on it. What is not the row's fault is an error:
// no more time or memory, a stop.
Result<std::optional<value::Value>> run_stages(const Stages& stages, value::Value row,
                                               function::EvalContext& context);

}  // namespace octavo::stream
