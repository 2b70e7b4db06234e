#pragma once

// Addresses as the system calls want them; for the .cc files of this folder.

#include <sys/socket.h>

#include "base/result.h"
#include "io/address.h"

namespace octavo::io {

struct RawAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

Result<RawAddress> to_sockaddr(const SocketAddress& address);

}  // namespace octavo::io
