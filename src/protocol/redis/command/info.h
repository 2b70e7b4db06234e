#pragma once

#include <string>

#include "keyspace/command.h"
#include "protocol/redis/service_state.h"

namespace octavo::redis {

// The text of INFO for the sections that `sections` (behind the command's name) ask for, with the
// numbers of keys of the databases in `readable`. With the keyspace's lock held.
std::string info_text(ServiceState& service, keyspace::DatabaseSet readable,
                      keyspace::Args sections);

}  // namespace octavo::redis
