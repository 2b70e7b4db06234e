#pragma once

#include "protocol/redis/session.h"

namespace octavo::redis {

// MIGRATE: keys go to another server. Blocks no thread that serves others.
io::Task<void> migrate(Session& session, std::vector<std::string> args);

}  // namespace octavo::redis
