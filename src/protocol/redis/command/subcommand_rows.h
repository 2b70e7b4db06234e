#pragma once

// Commands that others hold, as rows of their own: `config|get`. Only what describes commands goes
// by them.

#include <span>
#include <string_view>

#include "keyspace/command.h"

namespace octavo::redis {

// Empty for a command that holds no others.
std::span<const keyspace::CommandSpec> subcommand_rows(const keyspace::CommandSpec& container);
// The line of HELP that shows its arguments; empty for what is in no container's table.
std::string_view usage_of(const keyspace::CommandSpec& row);
// A command that clients may name, or one of its subcommands, whatever the case; else null.
const keyspace::CommandSpec* find_described(std::string_view name);

}  // namespace octavo::redis
