#pragma once

// The settings that hold for the listeners of every protocol.

#include "protocol/common/setting.h"

namespace octavo::protocol {

inline constexpr SettingRow kBind{
    .name = "bind",
    .kind = SettingKind::addresses,
    .fallback = "127.0.0.1",
    .help =
        "Addresses to listen on, for every protocol; may be given more than once. Anything but "
        "loopback needs an administrator with a password."};
inline constexpr SettingRow kTlsCert{
    .name = "tls-cert",
    .kind = SettingKind::path,
    .fallback = "",
    .help = "Certificate chain (PEM). With tls-key, every protocol uses TLS."};
inline constexpr SettingRow kTlsKey{.name = "tls-key",
                                    .kind = SettingKind::path,
                                    .fallback = "",
                                    .help = "Private key (PEM) of tls-cert."};
inline constexpr SettingRow kMaxConnections{
    .name = "max-connections",
    .kind = SettingKind::count,
    .fallback = "16000",
    .help = "Connections that each protocol accepts at a time.",
    .minimum = 1,
    .maximum = 1'000'000};
inline constexpr SettingRow kHandshakeTimeout{
    .name = "handshake-timeout",
    .kind = SettingKind::duration,
    .fallback = "10s",
    .help =
        "How long a client may take for the TLS handshake, and again to log in, before its "
        "connection is closed; for every protocol.",
    .minimum = 100'000'000,
    .maximum = 3'600'000'000'000};

}  // namespace octavo::protocol
