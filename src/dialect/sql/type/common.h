#pragma once

// Types that several expressions have together.

#include <span>

#include "base/result.h"
#include "dialect/sql/type/type.h"

namespace octavo::sql {

// Of the branches of CASE, of IF and COALESCE, the arms of UNION and the items of VALUES: each
// converts to it. `operation`: for 1267, the collations of two texts that do not go together.
Result<Type> common_type(std::span<const Type> types, std::string_view operation);

// The collation by which texts of both types are compared or put together, and how strong it is.
// 1267.
struct CollationChoice {
  const value::Collation* collation = nullptr;
  Coercibility coercibility = Coercibility::null;
};
Result<CollationChoice> common_collation(std::span<const Type> types, std::string_view operation);

}  // namespace octavo::sql
