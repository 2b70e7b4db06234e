#pragma once

#include "protocol/common/settings.h"

namespace octavo::server {

// Runs the server until SIGTERM or SIGINT, and returns when everything is stopped and on the disk.
// An error is one that kept it from starting, or from stopping cleanly.
Status serve(const protocol::Settings& settings);

}  // namespace octavo::server
