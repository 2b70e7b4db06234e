#pragma once

// The OpenSSL object of one connection. It reads and writes the stream's descriptor itself; bytes
// that were read before it was there are given to it, and read before those of the descriptor.

#include <memory>
#include <span>
#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "io/descriptor.h"
#include "io/stream.h"

struct ssl_st;

namespace octavo::io {

class TlsSession {
 public:
  static Result<std::unique_ptr<TlsSession>> server(const TlsContext& context, int fd,
                                                    BytesView first);
  static Result<std::unique_ptr<TlsSession>> client(const TlsContext& context, int fd,
                                                    const std::string& server_name);
  ~TlsSession();

  // `done` when the handshake is complete.
  IoOutcome handshake(Descriptor& descriptor);
  IoOutcome read(Descriptor& descriptor, std::span<char> buffer);
  IoOutcome write(Descriptor& descriptor, BytesView bytes);
  void close_notify();
  // Why the last call failed, in OpenSSL's words.
  const std::string& last_error() const noexcept { return last_error_; }

 private:
  explicit TlsSession(ssl_st* ssl) : ssl_(ssl) {}
  bool read_before_the_socket(BytesView first);  // false: no memory
  bool go_on_with_the_socket(int result);
  IoOutcome classify(Descriptor& descriptor, int result);

  ssl_st* ssl_;
  bool reads_first_ = false;  // bytes that were given to it, not those of the socket
  std::string last_error_;
};

}  // namespace octavo::io
