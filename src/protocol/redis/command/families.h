#pragma once

// The families of commands, one per file. Their handlers find the session in the context.

#include <span>

#include "protocol/redis/session.h"

namespace octavo::redis {

std::span<const keyspace::CommandSpec> cluster_family();
std::span<const keyspace::CommandSpec> connection_family();
std::span<const keyspace::CommandSpec> client_family();
std::span<const keyspace::CommandSpec> command_family();
std::span<const keyspace::CommandSpec> config_family();
std::span<const keyspace::CommandSpec> latency_family();
std::span<const keyspace::CommandSpec> pubsub_family();
std::span<const keyspace::CommandSpec> replication_family();
std::span<const keyspace::CommandSpec> save_family();
std::span<const keyspace::CommandSpec> script_family();
std::span<const keyspace::CommandSpec> server_family();
std::span<const keyspace::CommandSpec> slowlog_family();
std::span<const keyspace::CommandSpec> stand_alone_family();

std::span<const DialogueCommand> acl_dialogue();
std::span<const DialogueCommand> connection_dialogue();
std::span<const DialogueCommand> debug_dialogue();
std::span<const DialogueCommand> function_dialogue();
std::span<const DialogueCommand> replication_dialogue();
std::span<const DialogueCommand> save_dialogue();
std::span<const DialogueCommand> shutdown_dialogue();
std::span<const DialogueCommand> subscription_dialogue();
std::span<const DialogueCommand> transaction_dialogue();

}  // namespace octavo::redis
