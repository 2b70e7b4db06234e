#pragma once

// SQL's operations over the rows of a batch (function/kernel.h). Kernels know values of the forms
// that columns usually have. A row on which the operation would fail or tell of something, and one
// of another form, is deferred: the operation of single values (operation.h) then says all.

#include <span>

#include "function/kernel.h"

namespace octavo::sql {

std::span<const function::KernelRow> kernel_rows();

// The tables that it is made of.
std::span<const function::KernelRow> logic_kernels();
std::span<const function::KernelRow> arithmetic_kernels();
std::span<const function::KernelRow> comparison_kernels();
std::span<const function::KernelRow> text_kernels();

// CASE of several conditions as one in the other, and what is shared where it is used, which
// programs alone see; null: another call.
algebra::ExprPtr in_kernel_terms(const algebra::Call& call);

}  // namespace octavo::sql
