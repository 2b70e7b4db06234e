#pragma once

#include "base/result.h"
#include "io/task.h"

namespace octavo::redis {

class Session;

// Writes a snapshot, and waits until it is on the disk.
io::Task<Status> write_snapshot(Session& session);

// The same, and answers OK when it is on the disk, or why it is not.
io::Task<void> save_now(Session& session);

}  // namespace octavo::redis
