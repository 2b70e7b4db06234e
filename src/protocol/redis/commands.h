#pragma once

// All commands of this door: those on keys (keyspace/), those about the server, and those of the
// dialogue. One table finds them all.

#include "keyspace/command_table.h"
#include "protocol/redis/session.h"

namespace octavo::redis {

// The version whose commands and replies this door follows.
constexpr std::string_view kRedisVersion = "7.0.15";

const keyspace::CommandTable& all_commands();

// The families, one per file. Their handlers find the session in the context.
std::span<const keyspace::CommandSpec> acl_family();
std::span<const keyspace::CommandSpec> connection_family();
std::span<const keyspace::CommandSpec> client_family();
std::span<const keyspace::CommandSpec> command_family();
std::span<const keyspace::CommandSpec> config_family();
std::span<const keyspace::CommandSpec> latency_family();
std::span<const keyspace::CommandSpec> pubsub_family();
std::span<const keyspace::CommandSpec> save_family();
std::span<const keyspace::CommandSpec> server_family();
std::span<const keyspace::CommandSpec> slowlog_family();
std::span<const keyspace::CommandSpec> stand_alone_family();

// What those hold that hold others.
struct Subcommand;
std::span<const Subcommand> acl_subcommands();
std::span<const Subcommand> client_subcommands();
std::span<const Subcommand> command_subcommands();
std::span<const Subcommand> config_subcommands();
std::span<const Subcommand> latency_subcommands();
std::span<const Subcommand> module_subcommands();
std::span<const Subcommand> pubsub_subcommands();
std::span<const Subcommand> slowlog_subcommands();

std::span<const DialogueCommand> connection_dialogue();
std::span<const DialogueCommand> debug_dialogue();
std::span<const DialogueCommand> save_dialogue();
std::span<const DialogueCommand> subscription_dialogue();
std::span<const DialogueCommand> transaction_dialogue();

// The dialogue command behind a row, or nullptr.
const DialogueCommand* dialogue_command(const keyspace::CommandSpec& spec);
bool runs_inside_transaction(const keyspace::CommandSpec& spec);  // EXEC, DISCARD, …
bool allowed_while_subscribed(const keyspace::CommandSpec& spec);

inline Session& session_of(keyspace::CommandContext& context) {
  return *static_cast<Session*>(context.session());
}
bool same_word(std::string_view lower_case, std::string_view any_case);

}  // namespace octavo::redis
