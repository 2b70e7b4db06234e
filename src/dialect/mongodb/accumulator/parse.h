#pragma once

// Accumulators as requests have them ({$sum: "$a"}) to aggregates of a plan.

#include <string_view>

#include "algebra/plan.h"
#include "base/result.h"
#include "dialect/mongodb/expression/variables.h"
#include "value/value.h"

namespace octavo::mongodb {

// Where an accumulator stands.
struct AccumulatorSite {
  algebra::VarId row{};
  // ROOT and CURRENT are the row.
  Variables variables;
  // Of the row: what the group has in common, which `n` of $firstN and others may depend on. Null:
  // `n` is a constant, as in windows.
  algebra::ExprPtr group = nullptr;
  bool in_window = false;  // an array is then a value like others
  // In a frame that moves on: what was added first is to be taken out again, where that pays.
  bool sliding = false;
};

bool is_accumulator(std::string_view name);

// {$sum: "$a"}: `spec` has one field. Errors are those of MongoDB: 15952 for what is no
// accumulator, 40237 for an array in place of one argument, and those of each accumulator.
Result<algebra::Aggregate> parse_accumulator(const value::Field& spec, const AccumulatorSite& site);

// The field of $group (and $bucket, …) that is computed so: 40235, 40236 for its name, 40234 and
// 40238 for what is no accumulator.
Result<algebra::Aggregate> parse_group_field(const value::Field& field,
                                             const AccumulatorSite& site);

}  // namespace octavo::mongodb
