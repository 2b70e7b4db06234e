#pragma once

// Passwords among the arguments of calls: whatever others may see of a call goes through here
// (SLOWLOG, the list of jobs, MONITOR).

#include <string>
#include <vector>

#include "keyspace/command.h"

namespace octavo::redis {

// Whether some calls of that command have `(redacted)` in place of arguments.
bool has_secrets(const keyspace::CommandSpec& spec, keyspace::Args args);
// All arguments, with that.
std::vector<std::string_view> without_secrets(const keyspace::CommandSpec& spec,
                                              keyspace::Args args);

// At most 32 arguments of at most 128 bytes, as `shortened` gives them, with `(redacted)` where
// Redis has it: AUTH, HELLO … AUTH, names and rules of ACL, passwords of CONFIG SET.
std::vector<std::string> arguments_to_show(const keyspace::CommandSpec& spec, keyspace::Args args);

}  // namespace octavo::redis
