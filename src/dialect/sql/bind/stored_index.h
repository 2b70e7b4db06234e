#pragma once

// Keys by which rows of a table are found, as columns: the primary key, and the indexes whose
// functions are made of columns.

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "base/id.h"
#include "catalog/model.h"
#include "dialect/sql/bind/scope.h"
#include "dialect/sql/function/session_facts.h"
#include "value/value.h"

namespace octavo::sql {

struct KeyPart {
  const ScopeColumn* column = nullptr;
  bool by_comparison = false;  // the key is what the column is compared by, else its value

  // What the key of a value of the column is.
  Result<value::Value> key_of(const value::Value& value, const CallContext& calls) const;
};

struct StoredKey {
  std::optional<IndexId> index;  // nothing: the primary key
  bool unique = false;
  // The key itself, or the elements of the array that it is, up to one that is no column.
  std::vector<KeyPart> parts;
  std::size_t count = 1;  // of elements
  // Rows for which some element is null are not found by it.
  bool misses_nulls = false;
};

// Whether a key has one row at most: the primary one, or that of an index. False of what is not
// there.
bool is_unique_key(const catalog::TableDefinition* table, std::optional<IndexId> index);

// The columns that a key is made of, in its order. Empty: of something else, or nobody said.
std::vector<std::string> key_columns_of(const catalog::TableDefinition& table,
                                        std::optional<IndexId> index);

// The primary key first. Those that cannot be read are left out.
std::vector<StoredKey> keys_of(const catalog::TableDefinition& table, const Scope& scope);

}  // namespace octavo::sql
