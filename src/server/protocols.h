#pragma once

// The table of protocols. A new one is a row in protocols.cc.

#include <span>
#include <vector>

#include "protocol/common/protocol.h"

namespace octavo::server {

std::span<const protocol::Protocol* const> protocols();

// The core rows and those of all protocols: everything that may be set.
std::vector<protocol::SettingRow> all_settings();

}  // namespace octavo::server
