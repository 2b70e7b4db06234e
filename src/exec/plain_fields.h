#pragma once

// Functions that make an array of fields of a row, in dialects that see nothing else of it
// (function::Family::reads_plainly): scans can give such arrays themselves.

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "algebra/plan.h"

namespace octavo::exec {

// The names of the fields of its row of which a lambda makes an array, as they are.
std::optional<std::vector<std::string>> array_of_fields(const algebra::ExprPtr& lambda);

// What such a lambda gives for a row.
value::Value fields_of(const value::Value& row, std::span<const std::string> names);

// The names on the way from its row to the field that a lambda gives as it is; empty: it gives
// something else.
std::vector<std::string> path_of_field(const algebra::ExprPtr& lambda);

// What is there in a row; null: nothing.
const value::Value* field_at(const value::Value& row, std::span<const std::string> path);

}  // namespace octavo::exec
