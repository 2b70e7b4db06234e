#pragma once

// What a filter says of the documents that it finds beside their fields: scores of $text,
// distances of $near.

#include "algebra/expr.h"
#include "dialect/mongodb/expression/variables.h"

namespace octavo::mongodb {

// Variables with the metadata of the filter ({$meta: "textScore"}, …), a lambda of parse_filter.
// They are computed of the documents as they were found.
Variables with_metadata(const Variables& variables, const algebra::ExprPtr& filter);

// The metadata of distances: `names` of the place, `nearness` as an operand.
Variables with_distances(const Variables& variables, const algebra::ExprPtr& names,
                         const algebra::ExprPtr& nearness);
// Without any: of rows that are others.
Variables without_metadata(const Variables& variables);

}  // namespace octavo::mongodb
