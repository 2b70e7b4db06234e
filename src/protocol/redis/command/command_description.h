#pragma once

// A command's row in the forms of COMMAND INFO and COMMAND DOCS.

#include <string_view>
#include <vector>

#include "keyspace/command.h"
#include "keyspace/reply.h"

namespace octavo::redis {

void describe_command(const keyspace::CommandSpec& spec, keyspace::Reply& reply);
void document_command(const keyspace::CommandSpec& spec, keyspace::Reply& reply);
// The categories of ACLs, without their @: all, and those of a command.
std::vector<std::string_view> all_categories();
std::vector<std::string_view> command_categories(const keyspace::CommandSpec& spec);
// What a command does with its keys, as COMMAND GETKEYSANDFLAGS says it.
std::vector<std::string_view> key_flags(const keyspace::CommandSpec& spec, keyspace::Args args,
                                        std::size_t key);

}  // namespace octavo::redis
