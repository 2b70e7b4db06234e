#pragma once

// {documents: [-1, "current"]}, {range: [-7, 0], unit: "day"}: frames of window functions.

#include <optional>

#include "algebra/plan.h"
#include "dialect/mongodb/pipeline/window.h"

namespace octavo::mongodb {

// Nothing: all rows of the partition. Without a frame `spec` is null. 9 for what is malformed,
// 5339900 for bounds the wrong way round, 5339901 and 5339902 for an order that the frame does not
// fit.
Result<std::optional<algebra::Frame>> parse_frame(const value::Value* spec,
                                                  const WindowSpec& window);

// From the first row of the partition to the current one; from there to the last one.
algebra::Frame frame_until_row();
algebra::Frame frame_from_row();

// Units of time with a fixed length (5339903 … for others), in milliseconds.
Result<std::int64_t> unit_millis(std::string_view stage, const value::Value& unit);

}  // namespace octavo::mongodb
