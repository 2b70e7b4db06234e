#pragma once

// A join of equal keys over columns: the rows of one side are held as columns, those of the other
// one are looked up by the batch, and what comes out are columns of both.

#include <memory>
#include <span>

#include "exec/operators.h"
#include "exec/source.h"

namespace octavo::exec {

// Fields of the rows that `join` gives, an algebra::Join; the condition of an inner one is left to
// whoever reads them. Rows to hold that are too many are joined row by row instead, on disk. Null
// for joins of other kinds, and where no side has columns of its own.
Result<std::unique_ptr<FieldCursor>> join_fields(const algebra::PlanPtr& join,
                                                 std::span<const value::FieldRequest> requests,
                                                 const OperatorContext& context);

}  // namespace octavo::exec
