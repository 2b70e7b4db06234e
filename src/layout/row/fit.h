#pragma once

// Values on their way into a declared column, from whichever protocol.

#include "catalog/violation.h"
#include "value/logical_type.h"

namespace octavo::layout {

// The value in the form in which a document holds it for the type, where it is one of its values in
// another form: 5.0 for an integer, 19.99 for a decimal of two digits, an instant for what a clock
// shows. Times are rounded to the digits that the type has, and nothing else is. The value itself
// where there is no such form: `value::conforms` says so.
value::Value fit(const value::LogicalType& type, value::Value given);

// Why a value that does not conform is none of the type's.
catalog::Violation::Kind why_not(const value::LogicalType& type, const value::Value& given);

// The time as a column of the type has it.
value::Value time_of_statement(const value::LogicalType& type, std::int64_t now_ns);

}  // namespace octavo::layout
