#pragma once

// LOAD DATA, bound: an INSERT of which a file has the rows.

#include <cstddef>
#include <optional>
#include <vector>

#include "algebra/expr.h"
#include "dialect/sql/bind/bound.h"
#include "dialect/sql/function/text_store.h"
#include "value/charset.h"

namespace octavo::sql {

// A line is an array of its fields, as many as `fields`: a text or bytes each, or null.
struct FileField {
  std::optional<std::size_t> place;  // among the columns that are written; nothing: a variable
  std::optional<TextStore> store;    // what makes a value of it; nothing: it is written as it is
  value::Value if_null;              // what is written for a null
  value::Value if_missing;           // what is written where the line has ended before it
};
struct BoundFile {
  BoundInsert insert;             // without `rows`
  std::vector<FileField> fields;  // places ascend
  // SET: (the document that the row is so far, the line) → an array, of what these become. Null:
  // there is none.
  algebra::ExprPtr set;
  std::vector<std::size_t> set_places;
  std::vector<value::Value> constants;  // of the last columns
};
// `charset`: of the file.
Result<BoundFile> bind_file(const LoadData& load, const value::Charset& charset,
                            BindContext& context);

}  // namespace octavo::sql
