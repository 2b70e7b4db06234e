#pragma once

// What MongoDB aggregates, as rows of function/aggregate.h. What an argument is for a row is said
// beside each; a row for which it is missing is not added.

#include <cstdint>
#include <span>

#include "dialect/mongodb/expression/operation.h"
#include "function/aggregate.h"

namespace octavo::mongodb {

// Beside the numbers of operations. Stored nowhere yet, and not to be used for something else.
enum class AggregateNumber : std::uint16_t {
  sum = operation_block::kAccumulator,  // numbers; others are passed over, as in the next one
  average,
  count,    // anything
  minimum,  // in BSON's order, without nulls. :sliding, as the next one: what was added first can
            // be
  maximum,  // taken out again
  first,    // anything
  last,
  push,
  add_to_set,
  merge_objects,     // objects, nulls
  deviation,         // numbers
  sample_deviation,  //
  // :n, or with :keyed an argument [n, value]
  first_n,
  last_n,
  minimum_n,
  maximum_n,
  // [keys of the sort, value], and n before them with :keyed. :descending for each key
  top,
  bottom,
  top_n,
  bottom_n,
  median,             // numbers
  percentile,         // the same. :p
  covariance,         // [number, number]
  sample_covariance,  //
  moving_average,     // numbers. :alpha
  derivative,         // [key, number], the key a date with :unit_ms, and a number without
  integral,           // the same
  last_known,         // anything: the last one that is not null
  first_known,        // the first one; what was added first can be taken out again
  collect,            // anything: as `push`, without its limit
  concat_arrays,      // arrays: their elements, as `push`
  set_union,          // the same, as `add_to_set`
  // In JavaScript. :program
  script,         // [arguments of init, arguments of accumulate]. :finalizes
  script_reduce,  // {k, v}, k being the same in a group
};

constexpr algebra::FunctionId function_id(AggregateNumber number) {
  return function_id(static_cast<std::uint16_t>(number));
}

std::span<const function::AggregateRow> aggregate_rows();

}  // namespace octavo::mongodb
