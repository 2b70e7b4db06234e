#pragma once

// Which of the places at a path is nearest.

#include <optional>

#include "dialect/mongodb/geo/nearness.h"
#include "value/value.h"

namespace octavo::mongodb {

struct Nearest {
  double distance = 0.0;
  value::Value place;  // as it stands in the document
};
// Nothing: there is no place at the path. `names` are strings.
std::optional<Nearest> nearest_at(const value::Value& object, value::ArrayView names,
                                  const Nearness& nearness);

}  // namespace octavo::mongodb
