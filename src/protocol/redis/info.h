#pragma once

#include <string>

#include "keyspace/command.h"
#include "protocol/redis/door_state.h"

namespace octavo::redis {

// The text of INFO for the sections that `args` (behind the command's name) ask for. With the
// keyspace's lock held.
std::string info_text(DoorState& door, keyspace::Args sections);

}  // namespace octavo::redis
