#pragma once

// Values as text that reads back as exactly the same value: JSON, with `#type` before what JSON
// lacks. For plans in text, golden files and messages to developers; clients get json.h.
//
//   1  1.0  #decimal"1.50"  #float64"NaN"  #bytes"AQI="  #timestamp"2024-02-29T12:00:00+02:00"
//   #int32[5]  #bytes["AQI=",5]  #regex["a+","i"]  #geometry{"type":"Point",…}  #min_key

#include <string>
#include <string_view>

#include "base/result.h"
#include "value/value.h"

namespace octavo::value {

void write_notation(const Value& value, std::string& out);

// Reads one value from the front of `text` and removes it, spaces before it included.
Result<Value> read_notation(std::string_view& text);

}  // namespace octavo::value
