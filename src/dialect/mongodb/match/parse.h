#pragma once

// The parts of the parser of filters, for the files of this folder.

#include <cstddef>
#include <string_view>
#include <vector>

#include "algebra/expr.h"
#include "base/result.h"
#include "dialect/mongodb/match/filter.h"
#include "value/value.h"

namespace octavo::mongodb {

// What the parser knows at some place of a filter.
struct Place {
  const FilterContext& context;
  // The documents (rows, or elements of $elemMatch) or values that are tested.
  algebra::ExprPtr object;
  // Of the row itself, not of a part of it: where $expr and others may stand.
  bool top = true;
  std::size_t depth = 0;
};

// The values that a condition is about: those at a path of the object, or the object itself.
struct Subject {
  std::string_view path;  // for messages
  value::Value names;     // an array of strings
};

// {a: …, $or: […]}
Result<algebra::ExprPtr> parse_document(const value::Value& filter, const Place& place);
// {a: …}: a value, a regular expression or operators.
Result<algebra::ExprPtr> parse_field(const Subject& subject, const value::Value& condition,
                                     const Place& place);
// {$gt: 5, $exists: true}
Result<algebra::ExprPtr> parse_operators(const Subject& subject, const value::Value& operators,
                                         const Place& place);
Result<algebra::ExprPtr> parse_text(const value::Value& operand, const Place& place);
Result<algebra::ExprPtr> parse_schema(const value::Value& schema, const Place& place);

// Whether a document has operators rather than being a value: its first name begins with $, and it
// is no reference to a document ({$ref: …, $id: …}; `part`: or one of the names of those).
bool has_operators(const value::Value& condition, bool part = false);

// Whether it is a condition of values ({$gt: 5}), its first name being one of an operator of
// fields, and no filter of documents ({a: 5}, {$or: […]}): for elements of arrays, where both may
// stand.
bool is_condition_of_values(const value::Value& condition);

// A call of a test.
algebra::ExprPtr test(std::uint16_t number, const Place& place, const value::Value& names,
                      value::Value operand);
// "a.b" as an array of names.
value::Value split_path(std::string_view path);

algebra::ExprPtr truth(bool holds);  // a constant
// All of them: a constant for none, itself for one; those of a conjunction are taken out of it.
algebra::ExprPtr all_of(std::vector<algebra::ExprPtr> parts);
algebra::ExprPtr any_of(std::vector<algebra::ExprPtr> parts);
algebra::ExprPtr not_of(algebra::ExprPtr part);

// Deeper ones are refused.
constexpr std::size_t kMaxFilterDepth = 100;
Result<Place> deeper(const Place& place);
// The same for a new object, that a function of it is about.
Result<Place> within(const Place& place, algebra::ExprPtr object);

}  // namespace octavo::mongodb
