#pragma once

// Datums as JSON, the way clients read them: keys sorted bytewise, pseudotypes as objects with
// $reql_type$, integers up to 2^53 without a point and other numbers as the shortest text that
// reads back the same.

#include <string>

#include "base/result.h"
#include "dialect/reql/datum.h"
#include "value/account.h"

namespace octavo::reql {

// Appends. minval and maxval are errors («Cannot convert `r.minval` to JSON.»), and `out` then
// ends in a part of the value. Text may be much larger than a value whose parts are shared: with a
// `charge` its room is charged before it is taken, and `resource_exhausted` when it cannot be had.
Status write_json(const Value& datum, std::string& out, value::Charge* charge = nullptr);

// The same with line breaks and tabs, for messages; minval and maxval are written as such. What
// comes after the first kMaxMessageText bytes may be missing.
constexpr std::size_t kMaxMessageText = 64 * 1024;
void write_pretty_json(const Value& datum, std::string& out);

void write_json_string(std::string_view utf8, std::string& out);
void write_json_number(double number, std::string& out);

}  // namespace octavo::reql
