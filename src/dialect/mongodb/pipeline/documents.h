#pragma once

// Documents that differ from others in what lies at one path.

#include <span>
#include <string>
#include <vector>

#include "dialect/mongodb/expression/operation.h"
#include "value/value.h"

namespace octavo::mongodb {

// What lies at a path through documents alone; null: nothing.
const value::Value* at_document_path(const value::Value& document,
                                     std::span<const value::Value> names);

// The document with `value` at the path, or without anything there. Documents on the way are made
// where there are none. `names` is not empty.
value::Value with_path(const value::Value& document, std::span<const value::Value> names,
                       const Item& value);

// A path as the constant that operations take.
value::Value names_of(std::span<const std::string> path);
// Whether a value is such a constant.
bool is_path(const Item& item);

// The call that gives the document with something at the path.
algebra::ExprPtr set_path_call(algebra::ExprPtr document, std::span<const std::string> path,
                               algebra::ExprPtr value);

}  // namespace octavo::mongodb
