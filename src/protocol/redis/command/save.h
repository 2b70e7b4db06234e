#pragma once

#include "io/task.h"

namespace octavo::redis {

class Session;

// Writes a snapshot, and answers OK when it is on the disk, or why it is not.
io::Task<void> save_now(Session& session);

}  // namespace octavo::redis
