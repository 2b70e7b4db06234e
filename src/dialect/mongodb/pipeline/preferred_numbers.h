#pragma once

// Series of preferred numbers, to which $bucketAuto rounds the boundaries of its buckets: Renard's
// (ISO 3), those of electronics (IEC 60063), 1-2-5, and the powers of two.

#include <string_view>

#include "value/value.h"

namespace octavo::mongodb {

class NumberSeries {
 public:
  virtual ~NumberSeries() = default;
  // The least number of the series above `number`, and the greatest one below it: of a number above
  // zero. Zero stays what it is.
  virtual value::Value above(const value::Value& number) const = 0;
  virtual value::Value below(const value::Value& number) const = 0;
};

const NumberSeries* find_series(std::string_view name);  // "R5"; null: there is none

}  // namespace octavo::mongodb
