#include "dialect/sql/define/new_ids.h"

#include <algorithm>

namespace octavo::sql {

void carry_grants(const catalog::CatalogState& state, TableId from, TableId to,
                  catalog::Changes& changes) {
  for (const catalog::User* user : state.users()) {
    if (std::ranges::find(user->grants, std::optional(from), &catalog::Grant::table) ==
        user->grants.end()) {
      continue;
    }
    catalog::User changed = *user;
    for (catalog::Grant& grant : changed.grants) {
      if (grant.table == from) grant.table = to;
    }
    changes.emplace_back(catalog::PutUser{std::move(changed)});
  }
}

}  // namespace octavo::sql
