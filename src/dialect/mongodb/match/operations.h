#pragma once

// The operations of filters. All give a boolean.
//
// Tests of values at a path have the arguments (object, array of names, operand): the object is
// mostly the row, the names and the operand are constants. Values at a path are found as `walk.h`
// says; one that holds is enough. Without names it is the object itself, and no elements of it.

#include <cstdint>

#include "dialect/mongodb/expression/operation.h"

namespace octavo::mongodb::op {

enum Match : std::uint16_t {
  kAllOf = operation_block::kMatch,  // (boolean…)
  kAnyOf,
  kNot,           // (boolean)
  kExactlyOneOf,  // (boolean…)
  kTruth,         // (any): of an expression
  kSample,        // (rate): true as often
  kElement,       // (object, names, lambda): for an element that is a document or an array
  kElementIs,     // (object, names, lambda): for an element

  // Tests (predicate.h).
  kFirstTest,
  kEqual = kFirstTest,  // operand: a value
  kGreater,
  kGreaterOrEqual,
  kLess,
  kLessOrEqual,
  kIn,          // operand: [values, ascending and different, regular expressions]
  kExists,      // no operand
  kHasType,     // operand: array of numbers of types
  kMatches,     // operand: a regular expression
  kModulo,      // operand: [divisor, remainder], int64
  kSizeIs,      // operand: int64
  kBitsAllSet,  // operand: array of positions, ascending
  kBitsAllClear,
  kBitsAnySet,
  kBitsAnyClear,
  // Of $jsonSchema: of a value that is no string, number, array or document they hold.
  kMinLength,  // operand: int64, code points
  kMaxLength,
  kMinItems,  // operand: int64
  kMaxItems,
  kUniqueItems,    // no operand
  kMinProperties,  // operand: int64
  kMaxProperties,
  kMultipleOf,  // operand: a number
  kGeoWithin,   // operand: the area, as bytes (geo/area.h)
  kGeoIntersects,
  kTestsEnd,

  // Of $jsonSchema, about parts of a value; each holds of what has no such parts.
  kProperty = operation_block::kMatch + 100,  // (any, name, lambda): the field, if it is there
  kHasProperties,                             // (any, array of names): all are there
  kOtherProperties,  // (any, array of names, array of regular expressions, lambda): those not named
  kPatternProperties,  // (any, regular expression, lambda): the fields that it matches
  kItems,              // (any, position, lambda): the elements from there on
  kItem,               // (any, position, lambda): the element, if it is there

  // Of what lies at a path, with the operand of geo/nearness.h as the third argument.
  kNear = operation_block::kMatch + 120,  // (object, names, nearness)
  kDistance,      // (object, names, nearness[, factor]): a number; missing: nowhere
  kNearestPlace,  // (object, names, nearness): as it stands there

  // Of a document, with the operand of text/search.h.
  kText = operation_block::kMatch + 130,  // (document, search)
  kTextScore,                             // (document, search): a number
};

}  // namespace octavo::mongodb::op
