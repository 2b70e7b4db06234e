#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

struct sockaddr;

namespace octavo::io {

// A numeric IPv4 or IPv6 address and a port. Names are not resolved: a server binds to numbers.
struct SocketAddress {
  std::string host = "127.0.0.1";
  std::uint16_t port = 0;

  friend bool operator==(const SocketAddress&, const SocketAddress&) = default;
};

// "127.0.0.1:6379", "[::1]:6379".
std::string format_address(const SocketAddress& address);
Result<SocketAddress> parse_address(std::string_view text);
bool is_loopback(const SocketAddress& address);

SocketAddress from_sockaddr(const sockaddr* address);

}  // namespace octavo::io
