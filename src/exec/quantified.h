#pragma once

// A row compared with some of many, with null for unknown: what IN, ANY and ALL are made of.

#include <span>

#include "algebra/expr.h"
#include "base/result.h"
#include "function/family.h"
#include "value/value.h"

namespace octavo::exec {

// Rows are arrays of one width.
struct RowSet {
  std::span<const value::Value> sorted;     // without nulls, in the native order
  std::span<const value::Value> with_null;  // at least one each
};

bool has_null(const value::Value& row);

// Whether `row` compares so with one of the set: true, false or null. Rows of several elements are
// compared for equality only.
Result<value::Value> any_of(const RowSet& set, algebra::Comparison comparison,
                            const value::Value& row, function::EvalContext& context);

}  // namespace octavo::exec
