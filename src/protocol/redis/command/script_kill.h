#pragma once

// SCRIPT KILL and FUNCTION KILL.

#include "keyspace/reply.h"
#include "protocol/redis/session.h"

namespace octavo::redis {

// Ends the oldest of the running scripts, or functions, that the session's user may end.
void kill_script(Session& session, bool is_function, keyspace::Reply& reply);

}  // namespace octavo::redis
