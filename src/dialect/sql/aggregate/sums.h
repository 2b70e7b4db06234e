#pragma once

// What sums and averages come to, and their states for many groups (grouped_sums.cc).

#include <cstdint>
#include <memory>

#include "base/result.h"
#include "function/grouped_states.h"
#include "value/column_type.h"
#include "value/decimal.h"

namespace octavo::sql {

value::Decimal decimal_of(value::Int128 number, int scale = 0);

// Error 1690 where a decimal or a double does not hold it.
Result<value::Value> sum_of(const value::Decimal& all, int scale);
Result<value::Value> average_of(const value::Decimal& all, std::uint64_t count, int scale);
Result<value::Value> real_sum_of(double sum, std::uint64_t count, bool averages);

std::unique_ptr<function::GroupedStates> grouped_exact_sums(int scale);
std::unique_ptr<function::GroupedStates> grouped_exact_averages(int scale);
std::unique_ptr<function::GroupedStates> grouped_real_sums(bool averages);

}  // namespace octavo::sql
