#pragma once

// Whether rows are what a plan must give: in order where the plan has one, as a bag else.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "exec/testing/tables.h"

namespace octavo::exec::testing_support {

enum class Promise : std::uint8_t {
  sequence,     // these rows in this order
  bag,          // these rows
  part_of_bag,  // as many of these rows as a limit at the root lets through
  nothing,      // a limit lower down takes any rows of a bag
};
// Whether what is held of a join fits in memory: only then are its rows in the order of those read.
enum class Held : std::uint8_t { in_memory, on_disk };
Promise promise_of(const algebra::PlanPtr& plan, Held held = Held::in_memory);

// Whether equal rows become one somewhere in the plan: which of them is left, and so the kind of a
// number or the order of fields that it shows, is open.
bool merges_rows(const algebra::PlanPtr& plan);

// Whether operators of the plan meet errors of other rows where they write to disk: a join reads
// all of both sides before it gives a row, and a window may give rows of a partition before it has
// read the others.
bool may_read_otherwise(const algebra::PlanPtr& plan);

// What the executor may answer to a case.
class Expectation {
 public:
  // Unset where nothing is promised, or the oracle would have too many rows.
  static std::optional<Expectation> of(const Case& given, Held held = Held::in_memory);

  // What is wrong with an answer; empty: nothing. An error is one of those that the plan can meet,
  // with its text, where equal rows stay apart.
  std::string difference(const Result<std::vector<value::Value>>& got) const;

  bool is_error() const { return must_fail_; }

 private:
  Expectation(algebra::PlanPtr plan, Promise promise) : plan_(std::move(plan)), promise_(promise) {}
  std::string wrong_rows(const std::vector<value::Value>& got) const;
  std::string wrong_error(const Error& got) const;

  algebra::PlanPtr plan_;
  Promise promise_;
  bool merged_ = false;
  bool must_fail_ = false;
  bool may_fail_ = false;
  std::vector<value::Value> rows_;  // of a part of a bag: the bag
  std::vector<Error> errors_;       // that the plan can meet
};

}  // namespace octavo::exec::testing_support
