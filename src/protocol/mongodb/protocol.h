#pragma once

// The MongoDB protocol's row: docs/protocols/mongodb.md.

#include "protocol/common/protocol.h"

namespace octavo::mongodb {

inline constexpr protocol::SettingRow kReplicaSet{
    .name = "mongodb-replica-set",
    .kind = protocol::SettingKind::text,
    .fallback = "rs0",
    .help =
        "Name of the replica set that this server is the only member of: what clients say as "
        "replicaSet. Empty: a server by itself, without transactions and change streams."};

inline constexpr protocol::SettingRow kAdvertised{
    .name = "mongodb-advertised",
    .kind = protocol::SettingKind::text,
    .fallback = "",
    .help =
        "Host and port at which MongoDB clients reach this server, which a replica set tells them. "
        "Not set: the address at which the client came in."};

inline constexpr protocol::SettingRow kTestCommands{
    .name = "mongodb-test-commands",
    .kind = protocol::SettingKind::choice,
    .fallback = "off",
    .help = "Whether MongoDB clients may make commands fail, for tests: configureFailPoint.",
    .choices = "on|off"};

inline constexpr protocol::SettingRow kCursorMemory{
    .name = "mongodb-cursor-memory",
    .kind = protocol::SettingKind::bytes,
    .fallback = "auto",
    .help =
        "What all open cursors of one user may hold of the memory of queries between the calls "
        "that read them; who has more than one is refused another beyond that. auto: an eighth of "
        "'memory', which is half of what all queries have.",
    .no_number = "auto",
    .minimum = 1};

inline constexpr protocol::SettingRow kJavascript{
    .name = "mongodb-javascript",
    .kind = protocol::SettingKind::choice,
    .fallback = "on",
    .help =
        "Whether requests of MongoDB clients may run JavaScript: $where, $function, "
        "$accumulator, mapReduce.",
    .choices = "on|off"};

inline constexpr protocol::PortRow kPorts[] = {
    {.port = protocol::port_setting("mongodb-port", "27017", "Port of MongoDB clients."),
     .tls = protocol::tls_setting("mongodb-tls")}};

inline constexpr protocol::SettingRow kOwnSettings[] = {kReplicaSet, kAdvertised, kTestCommands,
                                                        kCursorMemory, kJavascript};

Result<std::unique_ptr<protocol::Service>> make_service(const protocol::ServiceContext& context,
                                                        const protocol::Settings& settings);

inline constexpr protocol::Protocol kProtocol{.name = "mongodb",
                                              .ports = kPorts,
                                              .settings = kOwnSettings,
                                              .on_all_threads = true,
                                              .make = &make_service};

}  // namespace octavo::mongodb
