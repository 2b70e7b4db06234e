#pragma once

// Patterns of sorts ({a: 1, "b.c": -1, score: {$meta: "textScore"}}): of $sort, of a find's sort,
// of sortBy.
//
// The key of a document for a pattern is the first, in the order of the pattern, of those that an
// index of that pattern would have for it: an array on the way or at the end stands for any of its
// elements, one of them for all fields that lie in it. What is missing is null, and an empty array
// stands before that.

#include <string>
#include <vector>

#include "algebra/plan.h"
#include "base/result.h"
#include "dialect/mongodb/expression/variables.h"
#include "value/value.h"

namespace octavo::mongodb {

struct SortField {
  std::vector<std::string> path;
  algebra::Direction direction = algebra::Direction::ascending;
  algebra::ExprPtr meta = nullptr;  // of {$meta: …}: row → key, in place of the path

  bool operator==(const SortField&) const = default;
};
using SortPattern = std::vector<SortField>;

// 15973 for what is no document, 15974 and 15975 for a direction that is none, 17312, 31138 for
// another expression than $meta, 7472500 for a path that stands twice, 13103 for more than 32
// fields. An empty pattern is one.
Result<SortPattern> parse_sort_pattern(const value::Value& pattern, const Variables& variables);

// The keys of an algebra::Sort or Window, whose order is BSON's.
std::vector<algebra::SortKey> sort_keys(const SortPattern& pattern, const Variables& variables);
// The key for the field of that number as an expression of the document `row`.
algebra::ExprPtr sort_key(const SortPattern& pattern, std::size_t number,
                          const algebra::ExprPtr& row);
// All of them as one expression of the document `row`: an array.
algebra::ExprPtr sort_key_array(const SortPattern& pattern, const algebra::ExprPtr& row);

}  // namespace octavo::mongodb
