#pragma once

// What client and server agree to do. In force is what both have said.

#include <cstdint>
#include <string_view>

namespace octavo::mysql {

using Capabilities = std::uint32_t;

namespace capability {
constexpr Capabilities kFoundRows = 1U << 1U;
constexpr Capabilities kConnectWithDatabase = 1U << 3U;
constexpr Capabilities kCompress = 1U << 5U;
constexpr Capabilities kLocalFiles = 1U << 7U;
constexpr Capabilities kIgnoreSpace = 1U << 8U;
constexpr Capabilities kProtocol41 = 1U << 9U;
constexpr Capabilities kInteractive = 1U << 10U;
constexpr Capabilities kTls = 1U << 11U;
constexpr Capabilities kSecureConnection = 1U << 15U;
constexpr Capabilities kMultiStatements = 1U << 16U;
constexpr Capabilities kMultiResults = 1U << 17U;
constexpr Capabilities kPluginAuth = 1U << 19U;
constexpr Capabilities kAttributes = 1U << 20U;
constexpr Capabilities kLongAnswer = 1U << 21U;
constexpr Capabilities kSessionTrack = 1U << 23U;
constexpr Capabilities kDeprecateEof = 1U << 24U;
constexpr Capabilities kZstd = 1U << 26U;
constexpr Capabilities kQueryAttributes = 1U << 27U;
}  // namespace capability

enum class Offer : std::uint8_t {
  never,
  always,
  with_tls,  // where the port has a certificate
};

struct CapabilityRow {
  std::uint8_t bit;
  std::string_view name;
  Offer offer;
};

inline constexpr CapabilityRow kCapabilities[] = {
    {0, "LONG_PASSWORD", Offer::always},  // clear, it would say that this is MariaDB
    {1, "FOUND_ROWS", Offer::always},
    {2, "LONG_FLAG", Offer::always},
    {3, "CONNECT_WITH_DB", Offer::always},
    {4, "NO_SCHEMA", Offer::always},
    {5, "COMPRESS", Offer::always},
    {6, "ODBC", Offer::always},
    {7, "LOCAL_FILES", Offer::always},
    {8, "IGNORE_SPACE", Offer::always},
    {9, "PROTOCOL_41", Offer::always},
    {10, "INTERACTIVE", Offer::always},
    {11, "SSL", Offer::with_tls},
    {12, "IGNORE_SIGPIPE", Offer::always},
    {13, "TRANSACTIONS", Offer::always},
    {14, "RESERVED", Offer::always},
    {15, "SECURE_CONNECTION", Offer::always},
    {16, "MULTI_STATEMENTS", Offer::always},
    {17, "MULTI_RESULTS", Offer::always},
    {18, "PS_MULTI_RESULTS", Offer::always},
    {19, "PLUGIN_AUTH", Offer::always},
    {20, "CONNECT_ATTRS", Offer::always},
    {21, "PLUGIN_AUTH_LENENC_CLIENT_DATA", Offer::always},
    {22, "CAN_HANDLE_EXPIRED_PASSWORDS", Offer::always},
    {23, "SESSION_TRACK", Offer::always},
    {24, "DEPRECATE_EOF", Offer::always},
    {25, "OPTIONAL_RESULTSET_METADATA", Offer::never},  // definitions are always sent
    {26, "ZSTD", Offer::always},
    {27, "QUERY_ATTRIBUTES", Offer::always},
    {28, "MULTI_FACTOR_AUTHENTICATION", Offer::never},
    {29, "CAPABILITY_EXTENSION", Offer::never},  // these are the client's own affair
    {30, "SSL_VERIFY_SERVER_CERT", Offer::never},
    {31, "REMEMBER_OPTIONS", Offer::never},
};

constexpr Capabilities offered_capabilities(bool tls) {
  Capabilities offered = 0;
  for (const CapabilityRow& row : kCapabilities) {
    const bool offer = row.offer == Offer::always || (row.offer == Offer::with_tls && tls);
    if (offer) offered |= Capabilities{1} << row.bit;
  }
  return offered;
}

}  // namespace octavo::mysql
