#pragma once

// The service for monitoring: GET /health and GET /metrics.

#include <memory>

#include "protocol/common/service.h"
#include "server/health.h"

namespace octavo::server {

// `health` outlives the service.
std::unique_ptr<protocol::Service> make_http_service(const Health& health);

}  // namespace octavo::server
