#pragma once

// Arithmetic of two operands over the rows of a batch. Results keep their kind of number, so that
// they are values, and not doubles. Dates, decimals and all that is an error are the evaluator's.

#include <span>

#include "function/kernel.h"

namespace octavo::mongodb {

std::span<const function::KernelRow> number_kernels();

}  // namespace octavo::mongodb
