#pragma once

// Passwords among the arguments of calls: whatever is kept of a call for others to see goes through
// here (SLOWLOG, the list of jobs).

#include <string>
#include <vector>

#include "keyspace/command.h"

namespace octavo::redis {

// At most 32 arguments of at most 128 bytes, as `shortened` gives them, with `(redacted)` where
// Redis has it: AUTH, HELLO … AUTH, names and rules of ACL, passwords of CONFIG SET.
std::vector<std::string> arguments_to_show(const keyspace::CommandSpec& spec, keyspace::Args args);

}  // namespace octavo::redis
