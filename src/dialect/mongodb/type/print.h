#pragma once

// Values as MongoDB's messages show them.

#include <optional>
#include <string>

#include "value/value.h"

namespace octavo::mongodb {

// As documents of requests are shown: { a: 1, b: "x", c: [ new Date(0), ObjectId('…') ] }.
std::string print(const value::Value& value);
// As values of expressions are shown: {a: 1, b: "x", c: [1970-01-01T00:00:00.000Z, 65…]}; "MISSING"
// for nothing.
std::string print_operand(const value::Value& value);
std::string print_operand(const std::optional<value::Value>& value);

// The shortest text that reads back as the number, as $toString and the shell write it: 1, 0.1,
// 1e+300, Infinity, NaN.
std::string print_double(double number);
// 1.0: as messages show doubles of requests.
std::string print_double_nicely(double number);
// 2020-01-01T00:00:00.000Z, whatever the zone it came in.
std::string print_date(const value::Timestamp& instant);
// Twelve bytes in hexadecimal.
std::string print_object_id(const value::Value& object_id);

}  // namespace octavo::mongodb
