#pragma once

// Which columns have one value in a group: ONLY_FULL_GROUP_BY.

#include <set>
#include <span>

#include "dialect/sql/bind/binding.h"
#include "dialect/sql/bind/scope.h"
#include "dialect/sql/type/typed.h"

namespace octavo::sql {

class Dependence {
 public:
  // Of groups by `keys` over rows for which `conditions` hold.
  Dependence(const Scope& scope, std::span<const Typed> keys, std::span<const Typed> conditions,
             const Binding& binding);

  bool determines(const ScopeColumn& column) const { return known_.contains(&column); }

 private:
  void close(std::span<const Typed> conditions);
  bool knows_key_of(std::size_t table) const;
  bool knows(std::size_t table, std::string_view column) const;

  const Scope& scope_;
  std::set<const ScopeColumn*> known_;
};

}  // namespace octavo::sql
