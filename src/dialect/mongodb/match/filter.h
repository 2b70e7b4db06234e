#pragma once

// Filters ({a: 1, "b.c": {$gt: 5}, $or: […]}) as functions of a row that give a boolean. What they
// mean is in operations.h, one operation for each test of values at a path; $expr is an expression
// of aggregation among them.
//
// Errors have MongoDB's codes: bad_value for most of what is malformed, 51091, 51108, 51109, 51074
// and 51075 about regular expressions, failed_to_parse for masks of bits and keywords of schemas
// that are not known, query_feature_not_allowed for what the place of the filter
// forbids, type_mismatch (15959 in a stage) for a filter that is no document.

#include <cstdint>

#include "algebra/expr.h"
#include "base/result.h"
#include "dialect/mongodb/expression/variables.h"
#include "value/value.h"

namespace octavo::mongodb {

// Where a filter stands, which decides what may be in it.
enum class FilterPlace : std::uint8_t {
  query,          // of a command
  match_stage,    // of a pipeline
  validator,      // of a collection
  partial_index,  // of an index
  array_filter,   // of an update
  pull,           // a condition of $pull
};

struct FilterContext {
  // What $expr may name beside the row, and where numbers of variables come from.
  const Variables& variables;
  FilterPlace place = FilterPlace::query;
  // The document of the text index that $text asks (text/spec.h); null: there is none.
  const value::Value* text_index = nullptr;
};

// Whether the filter has a $text: then a text index is wanted to parse it.
bool asks_for_text(const value::Value& filter);

// A lambda of one parameter. No row makes it parse, split or compile anything again.
Result<algebra::ExprPtr> parse_filter(const value::Value& filter, const FilterContext& context);

// For a condition of values rather than documents ({$gt: 5} in $pull): as parse_filter of
// {name: condition}.
Result<algebra::ExprPtr> parse_condition(std::string_view name, const value::Value& condition,
                                         const FilterContext& context);

// For an element of an array, as $elemMatch has it: a lambda of the element. A condition of values
// is one ({$gt: 5}); anything else is about elements that are documents, or arrays.
struct ElementFilter {
  algebra::ExprPtr lambda;
  bool of_values = false;
};
Result<ElementFilter> parse_element(const value::Value& condition, const FilterContext& context);

}  // namespace octavo::mongodb
