#pragma once

// What a document is found by in an ordered index: one entry for each value at its paths, several
// where an array lies on them ("multikey"). Index functions give an array of entries, of which
// `index/ordered` makes keys (option `multi`).
//
// A document with an array on one of the paths has one entry more, which tells that the index is
// multikey: a symbol, of its primary key, so that it is no other document's.
//
// An entry is the value, or of a compound index the array of them, in the form of `index_form`:
// what ordered indexes have a place for. What has none (null, documents, arrays within arrays, …)
// is an array of bytes that are equal where the values are.

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "algebra/expr.h"
#include "algebra/plan.h"
#include "base/result.h"
#include "dialect/mongodb/expression/operation.h"
#include "dialect/mongodb/index/key_pattern.h"

namespace octavo::mongodb {
namespace op {

enum Index : std::uint16_t {
  // (document, array of paths, sparse, name of the primary key[, filter]): the entries. A path is
  // an array of names. Strings stand as the keys that a collation of the call makes of them.
  kEntries = operation_block::kIndex,
  // (document, array of names[, filter]): the places there, as index kinds `geo` and `plane` take
  // them
  kSphereEntries,
  kPlaneEntries,
  // (document, document of the index[, filter]): terms
  kTextEntries,
  // wildcard.h
  kWildcardEntries,
};

}  // namespace op

// How a value that is looked for stands in entries; under a collation, what its order makes of it
// (CollatedOrder::key_of).
value::Value index_form(const value::Value& value);
// Whether ranges of such values are ranges of entries: they are in the order that MongoDB has.
bool has_ordered_form(const value::Value& value);

struct IndexRule {
  std::string primary_key;        // of the table
  KeyPattern pattern;             // ordered, or hashed
  bool sparse = false;            // no entry for a document that has none of the fields
  algebra::ExprPtr partial = {};  // a filter: no entry for a document that does not match
  std::string collation = {};     // its name (expression/collation.h); empty: none
};

// Where the entries lie that say so.
algebra::KeyRange multikey_range();

// The function of the index: a lambda document → entries.
algebra::ExprPtr entries_function(const IndexRule& rule);

// 171 CannotIndexParallelArrays where two fields have arrays of their own.
Status check_entries(const KeyPattern& pattern, const value::Value& document);

}  // namespace octavo::mongodb
