#pragma once

// The data that this process has open, by the commands of its own MongoDB protocol.

#include <memory>

#include "protocol/common/service.h"
#include "protocol/mongodb/transfer/commands.h"

namespace octavo::mongodb::transfer {

// As the administrator, over a pair of sockets. `data` outlives it.
Result<std::unique_ptr<Commands>> open_local(const protocol::ServiceContext& data);

}  // namespace octavo::mongodb::transfer
