#pragma once

// Projections of find, and the stages of a pipeline that make a document of each document, as
// functions of a row.
//
// Errors have MongoDB's codes: 31249 to 31256, 31276, 31308, 31310, 31324, 31325, 31394, 31395,
// 51270 to 51272 about projections; 15969, 40176 to 40183, 9527900, 40228, 40229, 40272, 31002,
// 31119 and 31120 about stages; those of paths and expressions (expression/parse.h). When it is
// evaluated: 51246 and 51247 of the positional operator, 40228 of $replaceRoot, and what
// expressions give.

#include <string_view>

#include "algebra/expr.h"
#include "base/result.h"
#include "dialect/mongodb/expression/variables.h"
#include "value/value.h"

namespace octavo::mongodb {

struct ProjectionContext {
  const Variables& variables;  // of the request, without a row
};

// A lambda of one parameter that gives a document; null for a projection that is empty: all of the
// document. `filter`: of the find, a lambda of parse_filter, which decides what "array.$" gives.
Result<algebra::ExprPtr> parse_projection(const value::Value& projection,
                                          const algebra::ExprPtr& filter,
                                          const ProjectionContext& context);

// A stage ($project, $addFields, $set, $unset, $replaceRoot, $replaceWith) as a lambda of one
// parameter that gives a document.
struct ShapingStage {
  std::string_view name;
  Result<algebra::ExprPtr> (*parse)(const value::Value& spec, const Variables& variables);
};
const ShapingStage* find_shaping_stage(std::string_view name);  // null: it is none of them

}  // namespace octavo::mongodb
