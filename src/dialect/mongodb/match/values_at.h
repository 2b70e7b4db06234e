#pragma once

// The values that a path of `distinct` names: through arrays on the way, and of an array at its end
// the elements. A number in the path is a place in an array, or the name of a field.

#include <functional>
#include <string_view>

#include "value/value.h"

namespace octavo::mongodb {

void each_value_at(const value::Value& document, std::string_view path,
                   const std::function<void(const value::Value&)>& take);

}  // namespace octavo::mongodb
