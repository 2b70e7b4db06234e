#pragma once

// FAILOVER: one of those that follow this server becomes the master, and this server its replica.

#include <string>
#include <vector>

#include "io/task.h"

namespace octavo::redis {

class Session;

io::Task<void> failover(Session& session, std::vector<std::string> own_args);

}  // namespace octavo::redis
