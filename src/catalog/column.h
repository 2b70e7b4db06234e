#pragma once

// What a table declares of its rows: columns, the parts of keys, conditions. Plain data; enforced
// for every protocol by layout/row/row_rules.h. A column's values are the document's field of its
// name.

#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "base/id.h"
#include "catalog/per_protocol.h"
#include "value/logical_type.h"

namespace octavo::catalog {

// What fills a column when nothing was written to it.
enum class Generated : std::uint8_t {
  no,
  read,    // VIRTUAL: no field of the document, computed where it is read
  stored,  // a field, made again whenever the row is written
};

// Expressions are algebra::encode of a lambda row → value: empty, there is none.
struct ColumnDefinition {
  ColumnId id{};
  std::string name;
  value::LogicalTypePtr type;  // never null
  bool nullable = true;
  // Not in `*` and refused by name: the parts of a key together, or the number of a row without
  // one. `invisible` is a client's own wish: not in `*`, but there by its name.
  bool hidden = false;
  bool invisible = false;
  bool auto_increment = false;  // its table's numbers fill it
  Bytes default_value;
  // The time of the statement, to the column's precision: where nothing was written, and when
  // another column of the row has changed.
  bool default_now = false;
  bool update_now = false;
  Generated generated = Generated::no;
  Bytes generated_value;
  std::string comment;
  PerProtocol forms;  // how protocols show its expressions and what else they keep with it
};

// A part of the key of an index that was declared over columns.
struct IndexPart {
  ColumnId column{};         // 0: an expression, which is in the index's forms
  std::uint32_t prefix = 0;  // the first so many characters or bytes; 0: all
  bool descending = false;   // as declared; entries ascend

  friend bool operator==(const IndexPart&, const IndexPart&) = default;
};

// A condition on rows.
struct CheckDefinition {
  CheckId id{};
  std::string name;
  Bytes condition;  // a lambda row → truth: a row is refused for which it is false or 0
  bool enforced = true;
  PerProtocol forms;
};

}  // namespace octavo::catalog
