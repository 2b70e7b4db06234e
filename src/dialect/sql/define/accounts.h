#pragma once

// Users as statements name them.

#include <string>

#include "dialect/sql/ast/account.h"
#include "dialect/sql/define/context.h"

namespace octavo::sql {

struct NamedAccount {
  std::string name;   // in the store of users
  std::string shown;  // 'user'@'host', as messages have it
  // Users are not told apart by where they come from: `'user'@'10.0.0.1'` is nobody. What the
  // administrator is called may have a host of this machine, as MySQL's own has.
  bool anywhere = true;
};
NamedAccount account_named(const Account& account, const catalog::CatalogState& state,
                           const DefineContext& context);

// The administrator is there whether it was ever changed or not.
bool exists(const NamedAccount& account, const catalog::CatalogState& state);
catalog::User user_of(const NamedAccount& account, const catalog::CatalogState& state);

}  // namespace octavo::sql
