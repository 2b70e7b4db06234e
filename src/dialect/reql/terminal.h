#pragma once

// Terms that consume a stream: they accumulate one value, or one a group. Over a plan and when the
// functions allow it, the plan does it.

#include <functional>
#include <memory>
#include <optional>

#include "algebra/plan.h"
#include "dialect/reql/read/term.h"
#include "dialect/reql/stream/stream.h"

namespace octavo::reql {

class Terminal {
 public:
  virtual ~Terminal() = default;
  // False when the row does not count (it misses the field).
  virtual Result<bool> add(Env& env, const Value& row) = 0;
  virtual Result<Value> finish(Env& env) = 0;  // of no rows: the value, or error, of nothing
};
using MakeTerminal = std::function<std::unique_ptr<Terminal>()>;

Result<Val> run_terminal(Env& env, Stream& stream, const MakeTerminal& make);

// An aggregate as a plan may do it. `value` is absent for count. For minimum and maximum the
// result is the row and not the value.
struct PlanAggregate {
  algebra::AggregateKind kind = algebra::AggregateKind::count;
  std::optional<Function> value;
};
// Nullopt when the stream is no plan, or a function is not deterministic. Groups without rows do
// not appear; of no rows at all the result is null (0 for count and sum).
Result<std::optional<Val>> run_on_plan(Env& env, Stream& stream, const PlanAggregate& aggregate);

}  // namespace octavo::reql
