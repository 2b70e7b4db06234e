#pragma once

// Connections to other servers, which block: not for threads that serve clients.

#include <cstdint>
#include <functional>
#include <string>
#include <utility>

#include "base/bytes.h"
#include "base/result.h"
#include "io/address.h"

namespace octavo::redis {

class Outgoing {
 public:
  // Asked now and then; true: whoever wanted it does not any more.
  using GivenUp = std::function<bool()>;

  // `unavailable` names what failed; `timed_out` when each address took so long; `cancelled`.
  static Result<Outgoing> open(const std::string& host, std::uint16_t port, std::int64_t timeout_ns,
                               const GivenUp& given_up);
  Outgoing(Outgoing&& other) noexcept
      : fd_(std::exchange(other.fd_, -1)), peer_(std::move(other.peer_)) {}
  Outgoing& operator=(Outgoing&&) = delete;
  ~Outgoing();

  const io::SocketAddress& peer() const { return peer_; }
  // The socket, which does not block, is the caller's.
  int take() { return std::exchange(fd_, -1); }

  // All of it, and at least one byte more, each within the time.
  Status write(BytesView bytes, std::int64_t timeout_ns, const GivenUp& given_up);
  Status read(Bytes& out, std::int64_t timeout_ns, const GivenUp& given_up);

 private:
  Outgoing(int fd, io::SocketAddress peer) : fd_(fd), peer_(std::move(peer)) {}

  int fd_;
  io::SocketAddress peer_;
};

}  // namespace octavo::redis
