#pragma once

// The variables that stand for parameters of a statement where those stay variables (reuse.h).

#include <cstddef>
#include <cstdint>
#include <utility>

#include "algebra/expr.h"

namespace octavo::sql {

// Above those that binding a statement gives to its rows.
constexpr std::uint64_t kFirstParameter = 1ULL << 62U;

constexpr algebra::VarId parameter_variable(std::size_t number) {
  return algebra::VarId{kFirstParameter + number};
}
constexpr bool is_parameter_variable(algebra::VarId variable) {
  return std::to_underlying(variable) >= kFirstParameter;
}

}  // namespace octavo::sql
