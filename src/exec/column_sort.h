#pragma once

#include <string>
#include <vector>

#include "exec/operators.h"

namespace octavo::exec {

// Arrays of fields of all rows of a scan, in the order of the node: columns are held, and sorted by
// numbers (sort_numbers.h) as long as all keys have such; else, and where they would take too much
// memory, by bytes. Null: not all between is filters, the source has no columns, or not all keys
// can be computed from fields.
Result<OperatorPtr> make_column_sort(const algebra::Sort& sort, std::vector<std::string> fields,
                                     const OperatorContext& context);

}  // namespace octavo::exec
