#pragma once

// Random documents and the tables that hold them: nulls, missing fields, several types in one
// field, nested documents, arrays (also with repeats, for multi indexes), long texts, equal keys.
//
// The fields of a document: `id`; `n` a small number with a sum that doubles hold exactly, in
// whichever order it is added; `a` a scalar, array or object of few different values; `b` often
// missing; `d` a document with `n` and `a`; `tags` an array; `s` a text, seldom a very long one;
// `w` a number of any size and kind, bytes or a time. In half of the tables some rows have none of
// them, or something else in it.

#include "base/random.h"
#include "exec/testing/tables.h"

namespace octavo::exec::testing_support {

value::Value random_scalar(Random& random);    // of few different ones, so that keys are equal
value::Value random_number(Random& random);    // whole or in quarters, -3 to 5
value::Value random_key(Random& random);       // for `id`
value::Value random_document(Random& random);  // without `id`

// Two or three of up to 40 rows; seldom one of some thousand, for batches.
Tables random_tables(Random& random);

}  // namespace octavo::exec::testing_support
