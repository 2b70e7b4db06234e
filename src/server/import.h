#pragma once

// `octavo import`: data of other servers into the data directory of a stopped one, or into a
// running one.

#include <span>
#include <vector>

#include "protocol/common/settings.h"

namespace octavo::server {

// The settings of an import: those of the server, of which it needs `data`, a file or the address
// of a server for each form that a protocol can read, and `existing`.
std::vector<protocol::SettingRow> import_rows();
std::vector<protocol::SettingRow> with_import_rows(std::span<const protocol::SettingRow> rows);

// Not, where the target is a running server.
bool import_needs_data(const protocol::Settings& settings);

// Says on standard error how far it is, and on standard output what came of it.
Status import(const protocol::Settings& settings);

}  // namespace octavo::server
