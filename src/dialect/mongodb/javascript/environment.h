#pragma once

// What scripts of MongoDB find around them.

#include <span>
#include <string_view>

#include "function/javascript/environment.h"

namespace octavo::mongodb {

const javascript::Environment& script_environment();

// ObjectId, NumberLong, … as values (types.cc).
std::span<const javascript::TypeRow> script_types();
std::span<const javascript::NativeRow> script_natives();
// The source of all globals (globals.cc).
std::string_view script_globals();

}  // namespace octavo::mongodb
