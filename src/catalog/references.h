#pragma once

// How foreign keys hold together with the tables at both of their ends. Pure.

#include <optional>
#include <span>
#include <vector>

#include "catalog/edit.h"

namespace octavo::catalog {

// What finds the rows of a table that have certain values in certain columns.
struct KeyOver {
  const IndexDefinition* index = nullptr;  // null: the primary key
};
// One of exactly these columns, in this order, all of each; nothing: there is none.
std::optional<KeyOver> key_over(const TableDefinition& table, std::span<const ColumnId> columns);

// Whether values of the one type are found by those of the other.
bool can_refer(const value::LogicalType& child, const value::LogicalType& parent);

const ForeignKeyDefinition* find_foreign_key(const TableDefinition& table, ForeignKeyId id);

// A key of a child that refers to a table.
struct Reference {
  const TableDefinition* child = nullptr;
  const ForeignKeyDefinition* key = nullptr;
};
std::vector<Reference> references_to(const CatalogState& state, const TableDefinition& parent);

// Completes changes by what they mean for foreign keys: a table that takes another's place (it has
// its uuid) is referred to in its stead, keys whose parent was absent find it, and each table knows
// who refers to it, so that its writers see a change of that. `invalid_argument`: a key would lose
// its parent, or what finds rows by it. Unless `checked`, it lacks a parent from then on.
Status settle_references(const CatalogState& before, Changes& changes, bool checked);

}  // namespace octavo::catalog
