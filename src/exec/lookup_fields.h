#pragma once

// A join by keys of a table over columns: the keys of many outer rows are looked up at once, and
// what comes out are columns of both sides, in the order of the outer rows.

#include <memory>
#include <span>

#include "exec/operators.h"
#include "exec/source.h"

namespace octavo::exec {

// Fields of the rows that `join` gives, an algebra::LookupJoin. Null where the outer side has no
// columns of its own or the table does not say what the key is of its rows.
Result<std::unique_ptr<FieldCursor>> lookup_fields(const algebra::PlanPtr& join,
                                                   std::span<const value::FieldRequest> requests,
                                                   const OperatorContext& context);

}  // namespace octavo::exec
