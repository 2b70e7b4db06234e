#pragma once

// Wildcard indexes: an entry [path, value] for each value of a document, arrays standing for their
// elements.

#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "dialect/mongodb/expression/operation.h"
#include "dialect/mongodb/index/key_pattern.h"
#include "value/value.h"

namespace octavo::mongodb {

// Which paths are in the index.
struct WildcardScope {
  std::string below;               // of `a.$**`; empty: all paths
  std::vector<std::string> paths;  // of wildcardProjection
  bool excludes = false;           // those are left out, else the only ones
  bool has_id = false;

  bool has(std::string_view path) const;
  // Whether a path below it may be in the index.
  bool may_have_below(std::string_view path) const;
};
WildcardScope wildcard_scope(const KeyField& field, const value::Value& spec);

// How many entries a document has.
std::size_t count_wildcard_entries(const WildcardScope& scope, const value::Value& document);

// Errors of projections: 31249, 31254, 51271, 9 FailedToParse.
Status check_wildcard_projection(const KeyPattern& pattern, const value::Value* projection);

// (document, spec, path of `$**` as an array of names, name of the primary key[, filter])
std::span<const OperationRow> wildcard_operations();

}  // namespace octavo::mongodb
