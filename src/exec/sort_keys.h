#pragma once

// What a Sort node says of one row, as bytes that memcmp puts in its order.

#include <optional>

#include "algebra/plan.h"
#include "base/bytes.h"
#include "base/result.h"
#include "function/program.h"
#include "value/value.h"
#include "value/vector.h"

namespace octavo::exec {

// Appends key number `i` of a row. One that a row misses sorts below every value, in each dialect.
void append_sort_key(const algebra::Sort& sort, std::size_t i,
                     const std::optional<value::Value>& found, Bytes& out);
// The same of one key, of its value.
void append_sort_key(algebra::Direction direction, value::Order order, const value::Value& found,
                     Bytes& out);
// The same of a field of the row. `corrupt` when it cannot be read.
Status append_sort_key(const algebra::Sort& sort, std::size_t i, const value::Vector& field,
                       std::size_t row, Bytes& out);
// The same of what a program has computed of it as a typed operand: texts and bytes are not boxed
// for that. False: nothing is appended.
bool append_sort_key(const algebra::Sort& sort, std::size_t i, const function::Operand& operand,
                     std::size_t row, Bytes& out);

// The key of a row that a program has computed as a typed operand and that is present, ascending.
void append_key(value::Order order, const function::Operand& operand, std::size_t row, Bytes& out);

// `resource_exhausted` in the words of the node when it holds more rows than it may.
Status check_most(const algebra::Sort& sort, std::size_t held);

}  // namespace octavo::exec
