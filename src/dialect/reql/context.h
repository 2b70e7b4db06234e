#pragma once

// The state of one evaluation that every Env of it shares.

#include <cstdint>
#include <vector>

#include "base/limits.h"
#include "dialect/reql/error.h"
#include "dialect/reql/host.h"
#include "dialect/reql/read/term.h"
#include "function/family.h"

namespace octavo::reql {

// Where the error that is unwinding happened. Whoever swallows an error clears it.
struct Trail {
  bool noted = false;
  Backtrace frames;
  bool empty_error = false;  // it is r.error() without a message: only `default` handles it

  [[clang::reinitializes]] void clear() {
    noted = false;
    empty_error = false;
    frames.clear();
  }
};

struct Evaluation {
  explicit Evaluation(function::EvalContext& shared) : eval(shared) {}

  function::EvalContext& eval;
  Host* host = nullptr;  // none in lambdas that exec, index and stream run
  const std::vector<algebra::Option>* global_options = nullptr;
  std::size_t changefeed_queue_size = 100'000;
  bool check_constants = false;  // the query's text has arrays above the array limit
  bool keep_trail = false;       // frames cost memory: only where a client will see them
  Trail trail;
  std::uint32_t depth = 0;
};

// Terms inside terms. Each level takes a few hundred bytes of stack, more with sanitizers.
constexpr std::uint32_t kMaxEvaluationDepth = 2 * kMaxNestingDepth;

// Every variable that can be seen from `env`, for a closure.
Captured capture(const Env& env);
// The frames from the root of the query to the term being evaluated; empty when none are kept.
Backtrace place_of(const Env& env);

}  // namespace octavo::reql
