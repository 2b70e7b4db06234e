#include "io/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <charconv>

#include "io/sockaddr.h"

namespace octavo::io {
namespace {

bool is_v6(const SocketAddress& address) { return address.host.find(':') != std::string::npos; }

Error bad_address(std::string_view text) {
  return Error{Code::invalid_argument,
               "\"" + std::string(text) +
                   "\" is not a numeric address and port, such as 127.0.0.1:6379 or [::1]:6379."};
}

}  // namespace

std::string format_address(const SocketAddress& address) {
  const std::string port = std::to_string(address.port);
  return is_v6(address) ? "[" + address.host + "]:" + port : address.host + ":" + port;
}

Result<SocketAddress> parse_address(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return fail(bad_address(text));
  std::string_view host = text.substr(0, colon);
  const std::string_view digits = text.substr(colon + 1);
  const bool bracketed = host.size() >= 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);

  SocketAddress address{std::string(host), 0};
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), address.port);
  const bool whole = error == std::errc() && end == digits.data() + digits.size();
  if (!whole || bracketed != is_v6(address)) return fail(bad_address(text));
  TRY([[maybe_unused]] const RawAddress raw, to_sockaddr(address));
  return address;
}

bool is_loopback(const SocketAddress& address) {
  return address.host == "::1" || address.host.starts_with("127.");
}

Result<RawAddress> to_sockaddr(const SocketAddress& address) {
  RawAddress raw;
  auto* v4 = reinterpret_cast<sockaddr_in*>(&raw.storage);
  auto* v6 = reinterpret_cast<sockaddr_in6*>(&raw.storage);
  if (::inet_pton(AF_INET, address.host.c_str(), &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    v4->sin_port = htons(address.port);
    raw.size = sizeof *v4;
  } else if (::inet_pton(AF_INET6, address.host.c_str(), &v6->sin6_addr) == 1) {
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(address.port);
    raw.size = sizeof *v6;
  } else {
    return fail(bad_address(format_address(address)));
  }
  return raw;
}

SocketAddress from_sockaddr(const sockaddr* address) {
  char text[INET6_ADDRSTRLEN] = {};
  if (address->sa_family == AF_INET) {
    const auto* v4 = reinterpret_cast<const sockaddr_in*>(address);
    ::inet_ntop(AF_INET, &v4->sin_addr, text, sizeof text);
    return {text, ntohs(v4->sin_port)};
  }
  if (address->sa_family == AF_INET6) {
    const auto* v6 = reinterpret_cast<const sockaddr_in6*>(address);
    if (IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr)) {
      ::inet_ntop(AF_INET, &v6->sin6_addr.s6_addr[12], text, sizeof text);
    } else {
      ::inet_ntop(AF_INET6, &v6->sin6_addr, text, sizeof text);
    }
    return {text, ntohs(v6->sin6_port)};
  }
  return {"local", 0};  // a socket pair
}

}  // namespace octavo::io
