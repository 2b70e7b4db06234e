#pragma once

// Families of functions: one per dialect, each a table of rows and an evaluator. Plans and index
// definitions name functions by `algebra::FunctionId`; whoever runs them asks here.

#include <atomic>
#include <cstdint>
#include <span>
#include <string_view>

#include "algebra/expr.h"
#include "base/clock.h"
#include "base/pacer.h"
#include "base/result.h"
#include "value/value.h"

namespace octavo::function {

// What an expression may use while it is evaluated, and when it must stop. One per query (or per
// applied record, or per index build), used from one thread at a time.
struct EvalContext {
  std::size_t array_limit = 100'000;
  std::int64_t now_ns = 0;       // wall clock, constant within a query
  Clock* clock = nullptr;        // for the deadline; none: no deadline
  std::int64_t deadline_ns = 0;  // monotonic; 0: none
  const std::atomic<bool>* cancelled = nullptr;
  std::size_t memory_limit = 0;  // bytes a query may hold; 0: no limit
  std::size_t memory_used = 0;
  Pacer* pacer = nullptr;    // who is asked to let others have their turn; none: nobody
  std::uint32_t checks = 0;  // counts calls of `check`, to read clocks rarely

  // Cheap; call it once a row or an iteration. May wait for a turn where there is a pacer, so not
  // with a mutex held.
  Status check() {
    if (cancelled != nullptr && cancelled->load(std::memory_order_relaxed)) return stopped();
    if ((++checks & 0x1fU) == 0) return check_clocks();
    return {};
  }
  Status check_now() const;          // the same, whatever it costs to read the clock
  Status charge(std::size_t bytes);  // resource_exhausted above the limit
  void release(std::size_t bytes) { memory_used -= bytes < memory_used ? bytes : memory_used; }

 private:
  static Status stopped();
  Status check_deadline() const;
  Status check_clocks();
};

struct Family {
  algebra::Family id;
  std::string_view name;
  // Applies a lambda to arguments. Only deterministic lambdas without free variables are legal
  // here: closures were bound (algebra::bind) before they became part of a plan.
  Result<value::Value> (*evaluate)(const algebra::ExprPtr& lambda,
                                   std::span<const value::Value> arguments, EvalContext& context);
  std::string_view (*name_of)(std::uint16_t number);  // empty: no such function
  bool (*is_deterministic)(const algebra::ExprPtr& expression);
};

const Family& family(algebra::Family id);
// The family whose rules an expression follows: that of its first call (core when it has none).
algebra::Family family_of(const algebra::ExprPtr& expression);

std::string_view name_of(algebra::FunctionId function);  // "reql.add"; for algebra::print
bool is_deterministic(const algebra::ExprPtr& expression);

// `lambda` applied to `arguments`, by its own family.
Result<value::Value> evaluate_lambda(const algebra::ExprPtr& lambda,
                                     std::span<const value::Value> arguments, EvalContext& context);

}  // namespace octavo::function
