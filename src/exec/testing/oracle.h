#pragma once

// What a plan gives, found out in the plainest way: each node takes all rows of its inputs, one by
// one, with no batches and nothing shared with the operators but the scalar functions, the three
// orders and the rule of what an index holds.

#include <optional>
#include <vector>

#include "base/result.h"
#include "exec/testing/tables.h"

namespace octavo::exec::testing_support {

// The rows that are pulled from a plan one after the other, and the error that the pull after them
// gives in place of the end. An error behind the last row that a limit needs is none of it.
struct Outcome {
  std::vector<value::Value> rows;
  std::optional<Error> error;
};

// The outcome in the order that a scan without one would have by its keys, and so on: rows.h says
// what of it is promised. Unset where a node gives more rows than kMaxOracleRows.
constexpr std::size_t kMaxOracleRows = 10'000;
std::optional<Outcome> evaluate(const Case& given);

// What is left of a plan that goes on after every error, without the row, key or argument that had
// it, and all of those errors: whichever of a plan's errors an executor meets first is among them.
struct Attempt {
  std::vector<value::Value> rows;
  std::vector<Error> errors;
};
std::optional<Attempt> evaluate_on(const Case& given);

}  // namespace octavo::exec::testing_support
