#pragma once

// The echo protocol's row: README.md.

#include "protocol/common/protocol.h"

namespace octavo::echo {

inline constexpr protocol::SettingRow kMaxLine{.name = "echo-max-line",
                                               .kind = protocol::SettingKind::bytes,
                                               .fallback = "1MiB",
                                               .help = "The longest line that comes back.",
                                               .minimum = 16,
                                               .maximum = 16 << 20};

inline constexpr protocol::PortRow kPorts[] = {
    {.port = protocol::port_setting("echo-port", "0", "Port of clients that like to be repeated."),
     .tls = protocol::tls_setting("echo-tls"),
     .refusal = "ERROR too many connections\n"}};

inline constexpr protocol::SettingRow kOwnSettings[] = {kMaxLine};

Result<std::unique_ptr<protocol::Service>> make_service(const protocol::ServiceContext& context,
                                                        const protocol::Settings& settings);

inline constexpr protocol::Protocol kProtocol{
    .name = "echo", .ports = kPorts, .settings = kOwnSettings, .make = &make_service};

}  // namespace octavo::echo
