#pragma once

// A change of definitions that concerns rows as well: what ALTER TABLE comes to.

#include <functional>
#include <optional>
#include <vector>

#include "catalog/edit.h"
#include "value/value.h"

namespace octavo::catalog {

// Every row of one table becomes a row of another, which the changes define and which is new: with
// an id of its own, and usually the name of the first, which the same changes drop. All of it or
// nothing.
struct RowsMoved {
  TableId from{};
  TableId to{};
  // What a row becomes. It is held against the rules of the new table then, as every row is.
  std::function<Result<value::Value>(const value::Value& row)> made;
};

struct Alteration {
  Changes changes;
  std::optional<RowsMoved> rows;
  // Foreign keys that the rows which are there are held against: of a table as the changes put it.
  struct NewReference {
    TableId table{};
    ForeignKeyId key{};
  };
  std::vector<NewReference> new_references;
  bool checks_references = true;  // else foreign keys may be left without their parent
};

// Decided again when other definitions came in between.
using DecideAlteration = std::function<Result<Alteration>(const CatalogState& state)>;

}  // namespace octavo::catalog
