#pragma once

// Documents of another collection by what they have at a path: for $lookup and $graphLookup.
//
// An index of the collection serves that where there is one. Else the collection is read once in a
// statement, with the places of its documents by their values: what it takes is memory of the
// query.

#include <string>
#include <vector>

#include "dialect/mongodb/pipeline/stage.h"

namespace octavo::mongodb {

struct ForeignDocuments {
  CollectionName name;
  std::vector<std::string> path;
  std::vector<value::Value> stages;  // which of the documents there are: a filter
};

// An expression of `keys`, which gives an array: the documents that have one of its elements at the
// path, or an element of an array there, or nothing where an element is null.
Result<algebra::ExprPtr> find_foreign(const ForeignDocuments& documents,
                                      const algebra::ExprPtr& keys, const StageContext& context);

// The values that a document is looked up by: what lies at its path, the elements of an array
// there, null for nothing.
algebra::ExprPtr local_keys(const algebra::ExprPtr& document, std::span<const std::string> path);

}  // namespace octavo::mongodb
