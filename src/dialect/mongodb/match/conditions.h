#pragma once

// What a filter says of single paths: for whoever chooses an index.

#include <cstdint>
#include <string>
#include <vector>

#include "algebra/expr.h"
#include "dialect/mongodb/expression/collation.h"
#include "value/value.h"

namespace octavo::mongodb {

enum class ConditionKind : std::uint8_t {
  equal,             // operand: a value. With null it holds for what is missing, too
  greater,           // operand: a value. Of its bracket of types alone, as all comparisons
  greater_or_equal,  // (but for min_key and max_key, which compare with everything)
  less,
  less_or_equal,
  in,          // operand: an array of values, ascending; `patterns` are the regular expressions
  exists,      // no operand
  regex,       // operand: the regular expression
  element,     // function: of an element that is a document
  element_is,  // function: of an element, whatever it is
  type,        // operand: an array of numbers of types
  size,        // operand: an int64
  not_equal,   // operand: a value
  not_in,      // as `in`
  not_exists,  // no operand
  geo_within,  // operand: the area, as bytes (geo/area.h)
  geo_intersects,
  near,  // operand: geo/nearness.h
};

// Holds when some value at the path, elements of an array there included, is so (for not_…: when
// none is).
struct Condition {
  std::vector<std::string> path;
  ConditionKind kind{};
  value::Value operand;
  value::Value patterns;        // of `in` and `not_in`: an array
  algebra::ExprPtr function;    // a lambda, of `element` and `element_is`
  algebra::ExprPtr expression;  // the call itself, with the row's variable free in it
  CollatedOrder order = {};     // how it compares; `operand` of `in` is ascending in that
};

// The filter holds exactly when all of these do.
struct Conditions {
  algebra::VarId row{};
  std::vector<Condition> conditions;
  std::vector<algebra::ExprPtr> rest;  // expressions over `row`
};

// Of a lambda that parse_filter made; of another one everything is `rest`.
Conditions conditions_of(const algebra::ExprPtr& filter);

}  // namespace octavo::mongodb
