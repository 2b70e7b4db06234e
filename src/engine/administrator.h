#pragma once

// The first user: everyone is the administrator until the administrator has a password.

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "catalog/change.h"

namespace octavo::engine {

class Engine;

bool administrator_has_password(const Engine& engine);

// Without a password everyone who reaches a listener is the administrator: refuses what leaves it
// so while other machines can.
Status check_administrator(const Engine& engine, std::span<const std::string> public_addresses);
Status check_administrator(std::span<const catalog::Change> changes,
                           std::span<const std::string> public_addresses);

// What a new data directory begins with: the administrator, without a password, and the default
// database. Nothing where there is an administrator.
Result<std::vector<catalog::Change>> first_definitions(const catalog::CatalogState& state);
// What the clients of an earlier run have left: their temporary tables go.
Result<std::vector<catalog::Change>> without_temporary(const catalog::CatalogState& state);

// Gives the administrator this password, unless there is one already.
Status set_initial_password(Engine& engine, std::string_view password);

}  // namespace octavo::engine
