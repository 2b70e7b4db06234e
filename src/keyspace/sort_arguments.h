#pragma once

// What SORT's options say about keys that the call does not name.

#include <string_view>

#include "keyspace/command.h"

namespace octavo::keyspace {

// The first option, in upper case, whose pattern makes names of keys: BY with a star, or GET,
// whatever its pattern (as Redis, which looks no further than at the word). Empty: there is none,
// or `args` are no SORT or SORT_RO.
std::string_view sort_pattern_option(const CommandSpec& spec, Args args);

}  // namespace octavo::keyspace
