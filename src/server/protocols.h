#pragma once

// The table of protocols. A new one is a row in protocols.cc.

#include <span>
#include <vector>

#include "protocol/common/protocol.h"
#include "protocol/common/server_import.h"

namespace octavo::server {

std::span<const protocol::Protocol* const> protocols();
// Of running servers. They use what the protocols make, which know nothing of them.
std::span<const protocol::ServerImportRow> server_imports();

// The core rows and those of all protocols: everything that may be set.
std::vector<protocol::SettingRow> all_settings();

}  // namespace octavo::server
