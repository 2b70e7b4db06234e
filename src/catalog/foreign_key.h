#pragma once

// Foreign keys: what columns of a table refer to. Plain data; held by layout/row for every protocol
// that writes.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/id.h"

namespace octavo::catalog {

enum class ForeignKeyId : std::uint64_t {};  // within its table, never used again there

// What becomes of rows (the children) that refer to a row (the parent) when that goes, or its key
// becomes another. Stored: none is ever renumbered.
enum class ReferenceAction : std::uint8_t {
  no_action,  // refused, as `restrict`
  restrict,
  cascade,  // they go, or get the new key
  set_null,
};

// Levels of rows that follow rows that follow a row; what would go further is refused.
inline constexpr unsigned kMaxReferenceDepth = 15;

// What a key refers to while no such table, or no such key of it, is there.
struct AbsentParent {
  std::string database;
  std::string table;
  std::vector<std::string> columns;

  friend bool operator==(const AbsentParent&, const AbsentParent&) = default;
};

// Rows with a null in one of the columns refer to nothing.
struct ForeignKeyDefinition {
  ForeignKeyId id{};
  std::string name;
  std::vector<ColumnId> columns;
  TableId parent{};                      // 0: absent
  std::vector<ColumnId> parent_columns;  // of the parent, in the order of `columns`
  std::optional<AbsentParent> absent;
  ReferenceAction on_delete = ReferenceAction::no_action;
  ReferenceAction on_update = ReferenceAction::no_action;

  friend bool operator==(const ForeignKeyDefinition&, const ForeignKeyDefinition&) = default;
};

}  // namespace octavo::catalog
