#pragma once

// Who may change whom. The right to write users and grants is lent out, and whoever has it may give
// rights to rows, also to himself. It is no way to the rights over the server, nor to an account
// that has them: docs/security.md, "Who may change whom".

#include <string_view>

#include "base/result.h"
#include "catalog/change.h"
#include "catalog/model.h"

namespace octavo::engine {

// `permission_denied`: the change is of a user who has rights that `actor` does not have, or gives
// such rights. Counted are the rights over the server (`config` and `connect` everywhere, all of
// the system database); for who may not write the grants, and so not give itself the others, all.
// The administrator is changed by himself alone. A change of a role is one of each user who holds
// it. Other changes are not looked at. The change is looked at by itself: no batch may make a role
// and give it to somebody.
Status require_above(std::string_view actor, const catalog::CatalogState& before,
                     const catalog::Change& change);

}  // namespace octavo::engine
