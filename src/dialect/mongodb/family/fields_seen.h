#pragma once

// Which fields of a document stages need, so that scans below them leave out the others.

#include <optional>
#include <string>
#include <vector>

#include "algebra/expr.h"

namespace octavo::mongodb {

// function/kernel_terms.h.
std::optional<std::vector<std::string>> fields_seen(const algebra::ExprPtr& function,
                                                    const std::vector<std::string>* result);

}  // namespace octavo::mongodb
