#pragma once

// All commands of this protocol: those on keys (keyspace/), those about the server, and those of
// the dialogue. One table finds them all.

#include "keyspace/command_table.h"
#include "protocol/redis/session.h"

namespace octavo::redis {

// The version whose commands and replies this protocol follows.
constexpr std::string_view kRedisVersion = "7.0.15";

// Defined, as what follows, above this folder: protocol/redis/command/table.cc.
const keyspace::CommandTable& all_commands();

// The dialogue command behind a row, or nullptr.
const DialogueCommand* dialogue_command(const keyspace::CommandSpec& spec);

// What a call does that runs a script or a function; nullptr: it does not.
struct ScriptCommand {
  bool is_function = false;
  bool by_sha = false;
  bool read_only = false;
};
const ScriptCommand* script_command(const keyspace::CommandSpec& spec);

enum class Publishing : std::uint8_t { no, channel, shard };
Publishing publishing(const keyspace::CommandSpec& spec);

const keyspace::CommandSpec& called_subcommand(const keyspace::CommandSpec& container,
                                               keyspace::Args args);
// The row of what is called: that of a subcommand (`config|get`) when `args` name one.
inline const keyspace::CommandSpec& called_row(const keyspace::CommandSpec& spec,
                                               keyspace::Args args) {
  return spec.subcommands.empty() ? spec : called_subcommand(spec, args);
}

inline Session& session_of(keyspace::CommandContext& context) {
  return *static_cast<Session*>(context.session());
}
// What takes the place of a command that is about all keys where a node of a cluster is asked.
const keyspace::CommandSpec& node_form(const keyspace::CommandSpec& spec);
bool same_word(std::string_view lower_case, std::string_view any_case);

}  // namespace octavo::redis
