#pragma once

// What a write broke of its table's rules, as data: beside an error with a plain text, for
// protocols that have words and numbers of their own.

#include <cstdint>

#include "base/id.h"
#include "catalog/foreign_key.h"
#include "value/value.h"

namespace octavo::catalog {

struct Violation {
  enum class Kind : std::uint8_t {
    duplicate,       // of the primary key (index 0) or in the unique index
    not_null,        // null in a column that takes none
    no_default,      // a column was left out that has nothing to fill it
    check,           // a condition is false
    wrong_type,      // no value of the column's type, or a member that it does not have
    out_of_range,    // a number or time that the type does not reach
    too_long,        // more characters, bytes or digits than the column takes
    no_column,       // a field that no column has, where rows may not be open
    no_number_left,  // AUTO_INCREMENT has come to the end of its type
    no_parent,       // what a foreign key refers to is not there
    has_children,    // rows refer to one that was to go, or to become another
    too_deep,        // rows that refer to rows that refer to rows: too many levels
    taken_by_child,  // a row that refers to it would get a key that another has
  };
  Kind kind{};
  TableId table{};
  ColumnId column{};
  IndexId index{};  // of a duplicate; 0: the primary key
  CheckId check{};
  ForeignKeyId foreign_key{};  // of `table`, which may be another than the one that was written
  value::Value value;          // the key that is there already, or what did not fit
  value::Value other;          // of a duplicate: the primary key of the row that has it
};

}  // namespace octavo::catalog
