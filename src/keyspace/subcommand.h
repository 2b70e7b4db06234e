#pragma once

// Commands that hold others (OBJECT ENCODING, CONFIG GET, …): one table each, which finds and
// checks what is called, answers HELP, and says what each needs.

#include <span>

#include "keyspace/command.h"

namespace octavo::keyspace {

// Null: the table has none of that name, whatever its case.
const Subcommand* find_subcommand(std::span<const Subcommand> table, std::string_view name);

// Finds args[1] in the table, checks the number of arguments and runs it.
void run_subcommand(std::span<const Subcommand> table, CommandContext& context, Args args,
                    Reply& reply);
// What HELP answers.
void subcommand_help(std::span<const Subcommand> table, Args args, Reply& reply);

// The row of a container. Without a handler of its own it runs what args[1] names.
template <const auto& kTable>
constexpr CommandSpec holding(CommandSpec container) {
  container.subcommands = kTable;
  if (container.handler == nullptr) {
    container.handler = [](CommandContext& context, Args args, Reply& reply) {
      run_subcommand(kTable, context, args, reply);
    };
  }
  return container;
}

}  // namespace octavo::keyspace
