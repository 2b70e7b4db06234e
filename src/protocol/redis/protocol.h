#pragma once

// The Redis protocol's row: docs/protocols/redis.md.

#include "protocol/common/protocol.h"
#include "protocol/redis/rdb_import.h"

namespace octavo::redis {

inline constexpr protocol::SettingRow kAppendFsync{
    .name = "redis-appendfsync",
    .kind = protocol::SettingKind::choice,
    .fallback = "everysec",
    .help =
        "When Redis writes are synced to disk: not waited for, once a second, or before the reply.",
    .choices = "no|everysec|always"};

inline constexpr protocol::SettingRow kCluster{
    .name = "redis-cluster",
    .kind = protocol::SettingKind::choice,
    .fallback = "off",
    .help =
        "Shows the keys as a cluster to clients that need one: three masters and three "
        "replicas, on redis-port and the five ports behind it. All are this process. single: one "
        "node that has all slots, on redis-port.",
    .choices = "off|on|single"};

inline constexpr protocol::SettingRow kBusyScripts{
    .name = "redis-busy-scripts",
    .kind = protocol::SettingKind::choice,
    .fallback = "pass",
    .help =
        "What a script that runs for longer than busy-reply-threshold does to other clients: they "
        "pass it, or they are answered BUSY until it ends, as with Redis.",
    .choices = "pass|hold"};

inline constexpr protocol::SettingRow kMasterUser{
    .name = "redis-masteruser",
    .kind = protocol::SettingKind::text,
    .fallback = "",
    .help =
        "Who this server is to the master that it follows (REPLICAOF); empty: its default user."};
inline constexpr protocol::SettingRow kMasterAuth{
    .name = "redis-masterauth",
    .kind = protocol::SettingKind::text,
    .fallback = "",
    .help = "The password for the master that this server follows."};

inline constexpr protocol::PortRow kPorts[] = {
    {.port = protocol::port_setting("redis-port", "6379", "Port of Redis clients."),
     .tls = protocol::tls_setting("redis-tls"),
     .refusal = "-ERR max number of clients reached\r\n",
     .more_when = &kCluster,
     .more = 5}};

inline constexpr protocol::SettingRow kOwnSettings[] = {kAppendFsync, kCluster, kBusyScripts,
                                                        kMasterUser, kMasterAuth};

inline constexpr protocol::ImportRow kImports[] = {
    {.file = {.name = "redis-rdb",
              .kind = protocol::SettingKind::path,
              .fallback = "",
              .help = "An RDB file of Redis (dump.rdb), up to version 7.2."},
     .run = import_rdb}};

Result<std::unique_ptr<protocol::Service>> make_service(const protocol::ServiceContext& context,
                                                        const protocol::Settings& settings);

inline constexpr protocol::Protocol kProtocol{.name = "redis",
                                              .ports = kPorts,
                                              .settings = kOwnSettings,
                                              .imports = kImports,
                                              .make = &make_service};

}  // namespace octavo::redis
