#pragma once

// Families of functions: one per dialect, each a table of rows and an evaluator. Plans and index
// definitions name functions by `algebra::FunctionId`; whoever runs them asks here.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "algebra/expr.h"
#include "base/cancel.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/pacer.h"
#include "base/result.h"
#include "function/aggregate.h"
#include "function/kernel.h"
#include "function/notes.h"
#include "value/account.h"
#include "value/value.h"

namespace octavo::function {

// Who runs plans that stand in expressions. One thread at a time.
class Subplans {
 public:
  virtual ~Subplans() = default;
  // `arguments`: the values of the subplan's `args`; `operand`: that of its operand, null where it
  // has none.
  virtual Result<value::Value> evaluate(const algebra::Subplan& subplan,
                                        std::span<const value::Value> arguments,
                                        const value::Value& operand) = 0;
};

// What an expression may use while it is evaluated, and when it must stop. One per query (or per
// applied record, or per index build), used from one thread at a time.
struct EvalContext {
  std::size_t array_limit = 100'000;
  std::int64_t now_ns = 0;       // wall clock, constant within a query
  Clock* clock = nullptr;        // for the deadline; none: no deadline
  std::int64_t deadline_ns = 0;  // monotonic; 0: none
  CancelToken cancel;
  Pacer* pacer = nullptr;  // who is asked to let others have their turn; none: nobody
  // What pays for the query; outlives the context. Null: nothing is counted.
  value::Account* account = nullptr;
  // Where warnings go; outlives the context. Null: nobody asks for them.
  Notes* notes = nullptr;
  // Of the row that is written, from 1: what messages name ("at row 2").
  std::uint64_t row_number = 1;
  std::uint32_t checks = 0;  // counts calls of `check`, to read clocks rarely
  // Work that is left, where it has a limit: for functions of indexes, whose verdict must be the
  // same at every time and on every machine. A step is an expression evaluated, an element that a
  // sequence yields, a node or 64 bytes of text of a value that is looked at as a whole.
  bool limited = false;
  // Null: no plan may stand in it. Outlives the evaluation.
  Subplans* subplans = nullptr;
  std::int64_t steps_left = 0;  // below zero: there was too little, whoever handled the error

  // Cheap; call it once a row or an iteration. May wait for a turn where there is a pacer, so not
  // with a mutex held.
  Status check() {
    if (cancel.cancelled()) return stopped();
    if ((++checks & 0x1fU) == 0) return check_clocks();
    return {};
  }
  Status check_now() const;  // the same, whatever it costs to read the clock
  Status spend(std::uint64_t steps) {
    if (!limited || (steps_left -= static_cast<std::int64_t>(steps)) >= 0) return {};
    return over_limit();
  }
  // For something that looks at the whole of a value, so many times.
  Status spend_on(const value::Value& value, std::uint64_t times = 1);
  // Whether so many bytes could be had: before something large is built from parts.
  Status require(std::size_t bytes) {
    return account == nullptr ? Status() : account->require(bytes);
  }

 private:
  static Status stopped();
  static Status over_limit();
  Status check_deadline() const;
  Status check_clocks();
};

// Rows are passed on before a batch is full once they take so much.
constexpr std::size_t kBatchBytes = 256 * kKiB;

// Whether what was made since the construction takes kBatchBytes: a batch of any size is as good as
// another, and rows may be large.
class BatchBytes {
 public:
  explicit BatchBytes(const EvalContext& context)
      : account_(context.account), before_(account_ == nullptr ? 0 : account_->used()) {}
  bool enough() const { return account_ != nullptr && account_->used() >= before_ + kBatchBytes; }

 private:
  const value::Account* account_;
  std::size_t before_;
};

// Errors that end a statement over many rows; others may be about one row alone.
constexpr bool ends_statement(Code code) {
  return code == Code::cancelled || code == Code::would_block || code == Code::timed_out;
}

struct Family {
  algebra::FamilyId id;  // stored, never reused
  std::string_view name;
  // Applies a lambda to arguments. Only deterministic lambdas without free variables are legal
  // here: closures were bound (algebra::bind) before they became part of a plan.
  Result<value::Value> (*evaluate)(const algebra::ExprPtr& lambda,
                                   std::span<const value::Value> arguments, EvalContext& context);
  std::string_view (*name_of)(std::uint16_t number);  // empty: no such function
  bool (*is_deterministic)(const algebra::ExprPtr& expression);
  // The fields of its argument that a lambda may read, when they are named in it and it uses the
  // argument for nothing else.
  std::optional<std::vector<std::string>> (*fields_read)(const algebra::ExprPtr& lambda);
  // What can be computed for many rows at once (function/program.h), and how a call names a field,
  // without which there are no kernels.
  std::span<const KernelRow> (*kernels)() = nullptr;
  std::optional<FieldAccess> (*field_of)(const algebra::Call& call) = nullptr;
  // Whether its lambdas give the same, errors too, of a document that has lost fields which they do
  // not read (`fields_read`), and a field that is missing is null to them.
  bool reads_plainly = false;
  // Its own aggregates; null: it has none.
  std::span<const AggregateRow> (*aggregates)() = nullptr;
};

// All of them. A family belongs to a dialect, which stands above this folder: defined in
// dialect/families.cc.
std::span<const Family> families();
const Family* find_family(algebra::FamilyId id);  // null: not known to this version
// The family whose rules an expression follows: that of its first call or subplan (core when it has
// none).
algebra::FamilyId family_of(const algebra::ExprPtr& expression);
// A function that was stored, or given by a client as it is stored: `unsupported` when it calls
// functions of a family that is not known. What is decoded otherwise (algebra::decode) fails when
// it is evaluated.
Result<algebra::ExprPtr> open_function(ByteReader& encoded);

std::string_view name_of(algebra::FunctionId function);  // "reql.add"; for algebra::print
bool is_deterministic(const algebra::ExprPtr& expression);
// Whether the plan gives the same rows each time, of tables that stay as they are.
bool is_deterministic(const algebra::PlanPtr& plan);

std::optional<std::vector<std::string>> fields_read(const algebra::ExprPtr& lambda);

// `lambda` applied to `arguments`, by its own family.
Result<value::Value> evaluate_lambda(const algebra::ExprPtr& lambda,
                                     std::span<const value::Value> arguments, EvalContext& context);

}  // namespace octavo::function
