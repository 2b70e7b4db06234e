#pragma once

// $accumulator, and the reduce of mapReduce: accumulators in JavaScript.

#include "algebra/plan.h"
#include "base/result.h"
#include "dialect/mongodb/accumulator/parse.h"
#include "dialect/mongodb/accumulator/states.h"
#include "value/value.h"

namespace octavo::mongodb {

Result<algebra::Aggregate> parse_script_accumulator(const value::Value& operand,
                                                    const AccumulatorSite& site);
Result<algebra::Aggregate> parse_script_reduce(const value::Value& operand,
                                               const AccumulatorSite& site);

MadeState make_script_accumulator(Options options, function::EvalContext& context);
MadeState make_script_reduce(Options options, function::EvalContext& context);

}  // namespace octavo::mongodb
