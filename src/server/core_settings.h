#pragma once

// The settings that belong to no protocol. Those of a protocol are in its protocol.h.

#include "protocol/common/listener_settings.h"

namespace octavo::server {

using protocol::SettingKind;
using protocol::SettingRow;

inline constexpr SettingRow kData{.name = "data",
                                  .kind = SettingKind::path,
                                  .fallback = "",
                                  .help = "Data directory; created if it is missing. Required."};
inline constexpr SettingRow kConfig{.name = "config",
                                    .kind = SettingKind::path,
                                    .fallback = "",
                                    .help = "Configuration file (TOML) with further settings."};
inline constexpr SettingRow kMemory{
    .name = "memory",
    .kind = SettingKind::bytes,
    .fallback = "auto",
    .help =
        "Memory that the process may use. Keys get at most five eighths; caches and write "
        "buffers of tables what the keys leave, between a sixteenth and a half; all queries a "
        "quarter, and one query an eighth; feeds an eighth; requests and replies of all "
        "connections a quarter. Work beyond these shares is refused, and connections that have "
        "held most for longest are closed. Code, stacks and the memory-mapped log come on top. "
        "auto: half of the machine's memory.",
    .no_number = "auto",
    .minimum = 64ULL << 20};
inline constexpr SettingRow kSpillDirectory{
    .name = "spill-directory",
    .kind = SettingKind::path,
    .fallback = "",
    .help =
        "Where queries put rows that they cannot hold in memory, to sort, group and join them; for "
        "this server alone. Not set: spill in the data directory."};
inline constexpr SettingRow kSpillLimit{
    .name = "spill-limit",
    .kind = SettingKind::bytes,
    .fallback = "auto",
    .help =
        "How much of the disk the rows of all queries may take there. A query that needs more is "
        "refused. auto: half of what is free.",
    .no_number = "auto",
    .minimum = 1ULL << 20};
inline constexpr SettingRow kThreads{.name = "threads",
                                     .kind = SettingKind::count,
                                     .fallback = "0",
                                     .help =
                                         "I/O threads, and as many workers. 0: one of each per "
                                         "core; protocols of small requests leave one core free.",
                                     .maximum = 256};
inline constexpr SettingRow kLogLevel{
    .name = "log-level",
    .kind = SettingKind::choice,
    .fallback = "info",
    .help = "The least severe log lines that go to standard error.",
    .choices = "debug|info|warning|error|off"};
inline constexpr SettingRow kInitialPassword{
    .name = "initial-password",
    .kind = SettingKind::text,
    .fallback = "",
    .help =
        "Password for the user admin, set at start while there is none. Better given by the "
        "environment or the file than by the flag, which other users of the machine can see."};
inline constexpr SettingRow kLogRetentionBytes{
    .name = "log-retention-bytes",
    .kind = SettingKind::bytes,
    .fallback = "1GiB",
    .help =
        "How much of the log to keep, so that feeds can resume. What the next start needs is "
        "always kept.",
    .minimum = 1ULL << 20};
inline constexpr SettingRow kLogRetentionAge{.name = "log-retention-age",
                                             .kind = SettingKind::duration,
                                             .fallback = "7d",
                                             .help = "How long to keep a part of the log.",
                                             .no_number = "forever",
                                             .minimum = 1'000'000'000};
// Not for users: it makes the log behave like one that other machines share.
inline constexpr SettingRow kLogDelayMs{
    .name = "log-delay-ms",
    .kind = SettingKind::count,
    .fallback = "0",
    .help = "How much later records come back from the log than they would, for tests.",
    .maximum = 10'000,
    .hidden = true};

inline constexpr SettingRow kCoreRows[] = {
    kData,
    kConfig,
    protocol::kBind,
    kInitialPassword,
    kMemory,
    kSpillDirectory,
    kSpillLimit,
    kThreads,
    protocol::kTlsCert,
    protocol::kTlsKey,
    protocol::kMaxConnections,
    protocol::kHandshakeTimeout,
    kLogRetentionBytes,
    kLogRetentionAge,
    kLogLevel,
    kLogDelayMs,
};

}  // namespace octavo::server
