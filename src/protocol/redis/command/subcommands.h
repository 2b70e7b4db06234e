#pragma once

// Commands that hold others (CLIENT KILL, CONFIG GET, …): one table each, which also answers HELP.

#include <span>
#include <string_view>

#include "keyspace/command.h"
#include "keyspace/context.h"
#include "keyspace/reply.h"

namespace octavo::redis {

struct Subcommand {
  std::string_view name;  // lower case
  int arity;              // with both names; negative: at least that many
  void (*run)(keyspace::CommandContext& context, keyspace::Args args, keyspace::Reply& reply);
  std::string_view arguments;        // as HELP shows them
  std::string_view summary;          // lines
  keyspace::CommandFlags needs = 0;  // as keyspace::CommandFlag; 0: what its command needs
};

// Finds args[1] in the table, checks the number of arguments and runs it.
void run_subcommand(std::span<const Subcommand> table, keyspace::CommandContext& context,
                    keyspace::Args args, keyspace::Reply& reply);
// For the row of a command whose subcommands differ in what they need.
keyspace::CommandFlags needs_in(std::span<const Subcommand> table, keyspace::CommandFlags otherwise,
                                keyspace::Args args);
// What HELP answers.
void subcommand_help(std::span<const Subcommand> table, keyspace::Args args,
                     keyspace::Reply& reply);

}  // namespace octavo::redis
