#pragma once

// The first user: everyone is the administrator until the administrator has a password.

#include <string_view>

#include "base/result.h"

namespace octavo::engine {

class Engine;

bool administrator_has_password(const Engine& engine);

// Gives the administrator this password, unless there is one already.
Status set_initial_password(Engine& engine, std::string_view password);

}  // namespace octavo::engine
