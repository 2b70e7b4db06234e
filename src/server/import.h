#pragma once

// `octavo import`: data of other systems into the data directory of a stopped server.

#include <array>
#include <span>
#include <vector>

#include "protocol/common/settings.h"

namespace octavo::server {

inline constexpr protocol::SettingRow kRedisRdb{
    .name = "redis-rdb",
    .kind = protocol::SettingKind::path,
    .fallback = "",
    .help = "An RDB file of Redis (dump.rdb), up to version 7.2. Required."};
inline constexpr protocol::SettingRow kExisting{
    .name = "existing",
    .kind = protocol::SettingKind::choice,
    .fallback = "refuse",
    .help =
        "What becomes of keys that are there already: the import ends, the key of the file is "
        "left out, or it takes the place of the other.",
    .choices = "refuse|skip|replace"};

// Beside the settings of the server, of which it needs `data`.
inline constexpr std::array kImportRows{kRedisRdb, kExisting};
std::vector<protocol::SettingRow> with_import_rows(std::span<const protocol::SettingRow> rows);

// Says on standard error how far it is, and on standard output what came of it.
Status import(const protocol::Settings& settings);

}  // namespace octavo::server
