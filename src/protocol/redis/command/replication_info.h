#pragma once

#include <string>

#include "protocol/redis/command/info.h"

namespace octavo::redis {

// INFO replication.
std::string replication_text(ServiceState& service, const InfoReader& reader);

}  // namespace octavo::redis
