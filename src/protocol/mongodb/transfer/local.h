#pragma once

// The data that this process has open, by the commands of its own MongoDB protocol.

#include <memory>

#include "protocol/common/server_import.h"
#include "protocol/common/service.h"
#include "protocol/mongodb/transfer/commands.h"

namespace octavo::mongodb::transfer {

// As the administrator, over a pair of sockets. `data` outlives it.
Result<std::unique_ptr<Commands>> open_local(const protocol::ServiceContext& data);

// What the settings name as the target, or else the data.
Result<std::unique_ptr<Commands>> open_target(const protocol::ServerImport& import);

}  // namespace octavo::mongodb::transfer
