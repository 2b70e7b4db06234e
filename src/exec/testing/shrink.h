#pragma once

#include <functional>

#include "exec/testing/tables.h"

namespace octavo::exec::testing_support {

// A case of which `fails` holds, as it does of `failing`, and of nothing that is one step smaller:
// without a node, an input, a key, an aggregate, a part of an expression, a row, or a part of one
// of the last rows. Of steps that fail the first counts; `fails` is asked at most kMaxShrinkSteps
// times, so a slow one ends too.
constexpr int kMaxShrinkSteps = 3000;
Case shrink(Case failing, const std::function<bool(const Case&)>& fails);

}  // namespace octavo::exec::testing_support
