#pragma once

// The echo protocol's row: README.md.

#include "protocol/common/http.h"
#include "protocol/common/protocol.h"

namespace octavo::echo {

inline constexpr protocol::SettingRow kMaxBytes{
    .name = "echo-max-bytes",
    .kind = protocol::SettingKind::bytes,
    .fallback = "1MiB",
    .help = "The longest line, and the longest body, that comes back.",
    .minimum = 16,
    .maximum = 16 << 20};

// Places in `kPorts`.
inline constexpr std::size_t kHttpPort = 1;
inline constexpr protocol::PortRow kPorts[] = {
    {.port = protocol::port_setting("echo-port", "0", "Port of clients that like to be repeated."),
     .tls = protocol::tls_in_dialogue_setting("echo-tls"),
     .tls_start = protocol::TlsStart::in_dialogue,
     .refusal = "ERROR too many connections\n"},
    {.port = protocol::port_setting("echo-http-port", "0", "Port of those that speak HTTP."),
     .tls = protocol::tls_setting("echo-http-tls"),
     .refusal = protocol::kHttpNoRoom}};

inline constexpr protocol::SettingRow kOwnSettings[] = {kMaxBytes};

Result<std::unique_ptr<protocol::Service>> make_service(const protocol::ServiceContext& context,
                                                        const protocol::Settings& settings);

inline constexpr protocol::Protocol kProtocol{
    .name = "echo", .ports = kPorts, .settings = kOwnSettings, .make = &make_service};

}  // namespace octavo::echo
