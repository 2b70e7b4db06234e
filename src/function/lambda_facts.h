#pragma once

// What a family whose functions are rows of a table says of its lambdas: for the members of
// `Family`. Thread-safe.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "algebra/expr.h"

namespace octavo::function {

// Whether all calls in it are deterministic: those of `family` as `is_pure` says of their number
// (false for what it does not know), others as their own family says.
bool is_deterministic(const algebra::ExprPtr& expression, algebra::FamilyId family,
                      bool (*is_pure)(std::uint16_t number));

// Adds the fields of the row that an expression reads; false: it may use the row as a whole.
using FindFields = bool (*)(const algebra::ExprPtr& expression, algebra::VarId row,
                            std::vector<std::string>& fields);

// The fields that a lambda of one parameter reads, ascending, each once.
std::optional<std::vector<std::string>> fields_read(const algebra::ExprPtr& lambda,
                                                    FindFields find);

}  // namespace octavo::function
