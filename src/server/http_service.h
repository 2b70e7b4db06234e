#pragma once

// The service for monitoring: GET /health and GET /metrics. It opens before the engine, so that a
// start that takes long is seen.

#include "protocol/common/health.h"
#include "protocol/common/http.h"
#include "protocol/common/protocol.h"

namespace octavo::server {

// `health` outlives the service.
std::unique_ptr<protocol::Service> make_http_service(const protocol::Health& health);

inline constexpr protocol::PortRow kHttpPorts[] = {
    {.port = protocol::port_setting("http-port", "8080", "Port of /health and /metrics."),
     .tls = protocol::tls_setting("http-tls"),
     .refusal = protocol::kHttpNoRoom}};

inline constexpr protocol::Protocol kHttp{
    .name = "http", .ports = kHttpPorts, .make_early = &make_http_service};

}  // namespace octavo::server
