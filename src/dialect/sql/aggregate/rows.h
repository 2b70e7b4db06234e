#pragma once

// What SQL aggregates. A row is one state for arguments of one kind: the binder has converted them
// (function/aggregate_call.h). Nulls are not added, but for arrays and objects of JSON.

#include <cstdint>
#include <span>

#include "function/aggregate.h"

namespace octavo::sql {

// Beside the numbers of operations, which are smaller.
enum class AggregateNumber : std::uint16_t {
  count = 60'000,    // of what is not null
  count_distinct,    // argument: an array of what is compared; one with a null is not counted
  sum_exact,         // integers, decimals; a decimal of :scale. :distinct
  average_exact,     // the same
  sum_real,          // doubles. :distinct
  average_real,      // the same
  minimum,           // in the native order of values. :sliding, as the next three: what was added
  maximum,           // first can be taken out again
  minimum_by,        // argument: [key, value]
  maximum_by,        //
  any_value,         // the first, also null
  bit_and,           // int64, uint64
  bit_or,            //
  bit_xor,           //
  variance,          // doubles: of all
  sample_variance,   // of some of all
  deviation,         //
  sample_deviation,  //
  group_concat,      // argument: [text, what is compared, keys of the order ...]. :separator,
                     // :most bytes, :binary, :distinct, :descending for each key
  json_array,        //
  json_object,       // argument: [name, value]
};

std::span<const function::AggregateRow> aggregate_rows();

}  // namespace octavo::sql
