#pragma once

// For the tables of aggregates that dialects have.

#include <cstddef>
#include <span>
#include <string_view>
#include <utility>

#include "function/aggregate.h"

namespace octavo::function {

// `bytes`: of a new state, with the block it is in.
template <class Number>
constexpr AggregateRow aggregate_row(Number number, std::string_view name, std::size_t bytes,
                                     decltype(AggregateRow::make) make) {
  return {std::to_underlying(number), name, bytes, make};
}

// Whether an option is given as true.
inline bool is_set(std::span<const algebra::Option> options, std::string_view name) {
  const value::Value* found = find_option(options, name);
  return found != nullptr && found->type() == value::Type::boolean && found->as_boolean();
}

}  // namespace octavo::function
