#pragma once

// The operations of projections.
//
// A tree says what happens to which field: true for one that is kept (or dropped), a number for one
// that is computed, by the argument of that number after the tree, a document for one whose fields
// have a tree of their own. An array on the way stands for each of its elements.

#include <cstdint>

#include "dialect/mongodb/expression/operation.h"

namespace octavo::mongodb::op {

enum Project : std::uint16_t {
  // (document, array of the names in the tree, tree, computed…): the fields of the tree alone, in
  // their order, and those that are computed after them
  kInclude = operation_block::kProject,
  kExclude,        // (document, tree, computed…): without the fields of the tree
  kAddFields,      // (document, tree, computed…): all fields, and those that are computed
  kSliceAt,        // (document, array of names, skip or null, count): with arrays there cut
  kPositionAt,     // (row, array of names, filter, document): with one element of the array there
  kFirstElement,   // (row, array of names, lambda): [the first element that it is true of]
  kFirstDocument,  // the same, of elements that are documents or arrays
  kNewRoot,        // (any, row): the value, which must be a document
};

}  // namespace octavo::mongodb::op
