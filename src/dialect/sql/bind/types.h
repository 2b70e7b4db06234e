#pragma once

#include "dialect/sql/type/type.h"

namespace octavo::sql {

// Of what may be any value.
Type any_type();

}  // namespace octavo::sql
