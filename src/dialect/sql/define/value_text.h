#pragma once

// Values in messages and definitions.

#include <string>

#include "dialect/sql/function/session_facts.h"
#include "value/logical_type.h"

namespace octavo::sql {

// As CAST(… AS CHAR) has a value of the type.
std::string value_text(const value::Value& value, const value::LogicalTypePtr& type,
                       const CallContext& calls);

}  // namespace octavo::sql
