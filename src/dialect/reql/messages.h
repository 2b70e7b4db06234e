#pragma once

// Parts of messages that several places have.

#include <string>
#include <string_view>

#include "base/result.h"
#include "dialect/reql/datum.h"

namespace octavo::reql {

struct Term;

// "1 argument", "2 or more arguments", "between 1 and 3 arguments".
std::string print_arity(const Term& term);

// «No attribute `name` in object: …».
std::unexpected<Error> missing_attribute(std::string_view name, const Value& object);

}  // namespace octavo::reql
