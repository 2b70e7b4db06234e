#pragma once

// What can be said about a copy from another MongoDB server.

#include "protocol/common/server_import.h"
#include "protocol/common/setting.h"

namespace octavo::mongodb::transfer {

inline constexpr protocol::SettingRow kSource{
    .name = "mongodb-uri",
    .kind = protocol::SettingKind::text,
    .fallback = "",
    .help =
        "A running MongoDB server whose databases are copied: mongodb://USER:PASSWORD@HOST:PORT/ "
        "with the options of MongoDB's drivers. What has a password in it is better given by the "
        "environment."};
inline constexpr protocol::SettingRow kTarget{
    .name = "mongodb-target",
    .kind = protocol::SettingKind::text,
    .fallback = "",
    .help =
        "A running server of this kind that the copy is put into, by the URI of its MongoDB port. "
        "Not set: the data of a stopped one (data)."};
inline constexpr protocol::SettingRow kArchive{
    .name = "mongodb-archive",
    .kind = protocol::SettingKind::path,
    .fallback = "",
    .help = "An archive of mongodump (--archive, also with --gzip), as a file."};
inline constexpr protocol::SettingRow kInclude{
    .name = "mongodb-include",
    .kind = protocol::SettingKind::text,
    .fallback = "",
    .help =
        "Databases and collections that are copied, separated by commas: shop,crm.people. Not set: "
        "all."};
inline constexpr protocol::SettingRow kExclude{
    .name = "mongodb-exclude",
    .kind = protocol::SettingKind::text,
    .fallback = "",
    .help = "Databases and collections that are left out, separated by commas."};
inline constexpr protocol::SettingRow kFollow{
    .name = "mongodb-follow",
    .kind = protocol::SettingKind::choice,
    .fallback = "until-stopped",
    .help =
        "How long the changes of the source are applied after the copy: until SIGINT (Ctrl-C), "
        "until there are none left, or not at all.",
    .choices = "until-stopped|until-caught-up|off"};
inline constexpr protocol::SettingRow kResume{
    .name = "mongodb-resume",
    .kind = protocol::SettingKind::choice,
    .fallback = "on",
    .help =
        "Whether to go on where an import from the same server has ended before; off: begin anew.",
    .choices = "on|off"};
inline constexpr protocol::SettingRow kRetryTime{
    .name = "mongodb-retry-time",
    .kind = protocol::SettingKind::duration,
    .fallback = "10m",
    .help = "How long to wait for a source or a target that is away, before the import ends.",
    .no_number = "forever"};

inline constexpr protocol::SettingRow kSettings[] = {kInclude, kExclude, kFollow, kResume,
                                                     kRetryTime};

Result<std::string> import_server(const protocol::ServerImport& import);
Result<std::string> import_archive(const protocol::ServerImport& import);

inline constexpr protocol::ServerImportRow kServerImport{
    .source = kSource, .target = kTarget, .settings = kSettings, .run = &import_server};
inline constexpr protocol::SettingRow kArchiveSettings[] = {kInclude, kExclude};
inline constexpr protocol::ServerImportRow kArchiveImport{
    .source = kArchive, .target = kTarget, .settings = kArchiveSettings, .run = &import_archive};

}  // namespace octavo::mongodb::transfer
