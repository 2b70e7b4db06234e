#pragma once

// LIKE, for whatever compares names with patterns.

#include <string_view>

#include "base/result.h"
#include "function/family.h"
#include "value/collation.h"

namespace octavo::sql {

// `escape` is one character or empty. The work is spent of the context; the depth of the stack does
// not depend on the pattern.
Result<bool> is_like(std::string_view text, std::string_view pattern, std::string_view escape,
                     const value::Collation& collation, function::EvalContext& context);

}  // namespace octavo::sql
