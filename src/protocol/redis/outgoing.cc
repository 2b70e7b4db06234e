#include "protocol/redis/outgoing.h"

#include <fmt/format.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/limits.h"
#include "io/stream.h"

namespace octavo::redis {
namespace {

constexpr int kStepMs = 100;
constexpr std::size_t kReadBytes = 64 * kKiB;

struct AddressList {
  addrinfo* first = nullptr;
  ~AddressList() {
    if (first != nullptr) ::freeaddrinfo(first);
  }
};

// Waits in steps, so that it can be given up. 0: it is ready; else the error.
int wait_for(int fd, short what, std::int64_t timeout_ns, const Outgoing::GivenUp& given_up) {
  const std::int64_t until_ns = system_clock().monotonic_ns() + timeout_ns;
  pollfd one{.fd = fd, .events = what, .revents = 0};
  while (::poll(&one, 1, kStepMs) == 0) {
    if (given_up()) return ECANCELED;
    if (system_clock().monotonic_ns() > until_ns) return ETIMEDOUT;
  }
  return 0;
}

int connect_to(const addrinfo& address, int fd, std::int64_t timeout_ns,
               const Outgoing::GivenUp& given_up) {
  if (::connect(fd, address.ai_addr, address.ai_addrlen) == 0) return 0;
  if (errno != EINPROGRESS) return errno;
  if (const int error = wait_for(fd, POLLOUT, timeout_ns, given_up); error != 0) return error;
  int error = 0;
  socklen_t size = sizeof error;
  ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
  return error;
}

}  // namespace

Outgoing::~Outgoing() {
  if (fd_ >= 0) ::close(fd_);
}

Result<Outgoing> Outgoing::open(const std::string& host, std::uint16_t port,
                                std::int64_t timeout_ns, const GivenUp& given_up) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_ADDRCONFIG;
  AddressList found;
  const std::string service = std::to_string(port);
  const int unknown = ::getaddrinfo(host.c_str(), service.c_str(), &hints, &found.first);
  if (unknown != 0) {
    return fail(Code::unavailable, fmt::format("`{}`: {}", host, ::gai_strerror(unknown)));
  }
  int error = EADDRNOTAVAIL;
  for (const addrinfo* one = found.first; one != nullptr; one = one->ai_next) {
    constexpr int kKind = SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC;
    Outgoing out(::socket(one->ai_family, kKind, one->ai_protocol),
                 io::from_sockaddr(one->ai_addr));
    error = out.fd_ < 0 ? errno : connect_to(*one, out.fd_, timeout_ns, given_up);
    if (error == 0) return out;
  }
  return fail(io::io_error(error, fmt::format("connecting to {}:{}", host, port)));
}

Status Outgoing::write(BytesView bytes, std::int64_t timeout_ns, const GivenUp& given_up) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
      continue;
    }
    if (errno == EINTR) continue;
    const bool full = errno == EAGAIN || errno == EWOULDBLOCK;
    const int error = full ? wait_for(fd_, POLLOUT, timeout_ns, given_up) : errno;
    if (error != 0) return fail(io::io_error(error, "write to " + io::format_address(peer_)));
  }
  return {};
}

Status Outgoing::read(Bytes& out, std::int64_t timeout_ns, const GivenUp& given_up) {
  for (;;) {
    const std::size_t before = out.size();
    out.resize(before + kReadBytes);
    const ssize_t got = ::recv(fd_, out.data() + before, kReadBytes, 0);
    out.resize(before + (got > 0 ? static_cast<std::size_t>(got) : 0));
    if (got > 0) return {};
    const std::string place = "read from " + io::format_address(peer_);
    if (got == 0) return fail(Code::unavailable, place + ": the connection was closed");
    if (errno == EINTR) continue;
    const bool empty = errno == EAGAIN || errno == EWOULDBLOCK;
    const int error = empty ? wait_for(fd_, POLLIN, timeout_ns, given_up) : errno;
    if (error != 0) return fail(io::io_error(error, place));
  }
}

}  // namespace octavo::redis
