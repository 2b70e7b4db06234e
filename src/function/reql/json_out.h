#pragma once

// Datums as JSON, the way clients read them: keys sorted bytewise, pseudotypes as objects with
// $reql_type$, integers up to 2^53 without a point and other numbers as the shortest text that
// reads back the same.

#include <string>

#include "base/result.h"
#include "function/reql/datum.h"

namespace octavo::function::reql {

// Appends. minval and maxval are errors («Cannot convert `r.minval` to JSON.»), and `out` then
// ends in a part of the value.
Status write_json(const Value& datum, std::string& out);

// The same with line breaks and tabs, for messages; minval and maxval are written as such.
void write_pretty_json(const Value& datum, std::string& out);

void write_json_string(std::string_view utf8, std::string& out);
void write_json_number(double number, std::string& out);

}  // namespace octavo::function::reql
