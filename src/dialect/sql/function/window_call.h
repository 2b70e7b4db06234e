#pragma once

// Calls of window functions: what their arguments convert to, and what the executor computes.

#include <string_view>
#include <vector>

#include "algebra/plan.h"
#include "dialect/sql/function/aggregate_call.h"
#include "dialect/sql/function/session_facts.h"
#include "dialect/sql/type/typed.h"

namespace octavo::sql {

struct WindowCall {
  std::string_view name;  // as of AggregateCall
  std::vector<Typed> arguments;
  bool form_only = false;  // parameters have no values yet
};

struct BoundWindow {
  // Arguments are expressions over the row, and no lambdas of it yet. Frames are the caller's.
  algebra::WindowFunction function;
  Type type;
};

// Whether a function of that name is one of windows alone.
bool is_window_function(std::string_view upper_name);
// Whether one looks at frames; others see all of their partition. Aggregates do.
bool has_frame(algebra::WindowKind kind);

// 1582, 1210.
Result<BoundWindow> bind_window(WindowCall call, const CallContext& context);
// An aggregate over frames; `slides`: these do not all begin with the first row.
BoundWindow window_of(BoundAggregate aggregate, bool slides);

}  // namespace octavo::sql
