#pragma once

// $elemMatch: a condition that one element of an array must fulfil as a whole.

#include <cstddef>
#include <optional>

#include "dialect/mongodb/expression/operation.h"
#include "dialect/mongodb/match/walk.h"

namespace octavo::mongodb {

// Whether the condition holds of an element.
class ElementCondition {
 public:
  virtual Result<bool> holds(const value::Value& element) = 0;

 protected:
  ~ElementCondition() = default;
};

// Which elements are asked.
enum class Elements : std::uint8_t {
  documents,  // and arrays, whose fields are then their elements
  all,
};

// The position of the first element that the condition holds of, in an array at the path; where the
// array is itself in an array that was walked through, the position in that one.
Result<std::optional<std::size_t>> first_element(const value::Value* object, value::ArrayView names,
                                                 Elements elements, ElementCondition& condition,
                                                 function::EvalContext& context);

}  // namespace octavo::mongodb
