#pragma once

#include <coroutine>
#include <memory>
#include <optional>
#include <utility>

#include "base/result.h"
#include "io/address.h"
#include "io/descriptor.h"
#include "io/stream.h"
#include "io/task.h"

namespace octavo::io {

// A connection that was accepted and belongs to no executor yet; it is handed to the thread that
// will serve it.
class AcceptedSocket {
 public:
  AcceptedSocket(int fd, SocketAddress peer) : fd_(fd), peer_(std::move(peer)) {}
  AcceptedSocket(AcceptedSocket&& other) noexcept
      : fd_(std::exchange(other.fd_, -1)), peer_(std::move(other.peer_)) {}
  AcceptedSocket& operator=(AcceptedSocket&&) = delete;
  ~AcceptedSocket();

  const SocketAddress& peer() const noexcept { return peer_; }
  Stream into_stream(Executor& executor) &&;
  // Best effort, without waiting: for a connection that is refused.
  void write_and_close(BytesView farewell) &&;

 private:
  int fd_;
  SocketAddress peer_;
};

// Confined to one executor.
class TcpListener {
 public:
  // Port 0 picks one: see `local_address`.
  static Result<TcpListener> bind(Executor& executor, const SocketAddress& address);

  const SocketAddress& local_address() const noexcept { return address_; }

  // The next connection. Errors: `cancelled` after `interrupt`, `resource_exhausted` when the
  // process is out of descriptors (the connection stays in the queue: try later).
  class AcceptAwaiter;
  [[nodiscard]] AcceptAwaiter accept();
  void interrupt();

 private:
  TcpListener(std::unique_ptr<Descriptor> descriptor, SocketAddress address);
  bool try_accept(std::optional<Result<AcceptedSocket>>& result);

  std::unique_ptr<Descriptor> descriptor_;
  SocketAddress address_;
  bool interrupted_ = false;
};

class TcpListener::AcceptAwaiter {
 public:
  explicit AcceptAwaiter(TcpListener& listener) : listener_(listener) {}
  bool await_ready() { return listener_.try_accept(result_); }
  void await_suspend(std::coroutine_handle<> awaiter);
  Result<AcceptedSocket> await_resume() { return *std::move(result_); }

 private:
  static void on_ready(void* self);
  TcpListener& listener_;
  std::optional<Result<AcceptedSocket>> result_;
  std::coroutine_handle<> awaiter_;
};

inline TcpListener::AcceptAwaiter TcpListener::accept() { return AcceptAwaiter(*this); }

// A client connection from the current executor.
Task<Result<Stream>> connect(SocketAddress address);

// Two connected streams of the same executor, for tests.
Result<std::pair<Stream, Stream>> stream_pair(Executor& executor);

// Lets the process hold as many descriptors as the system allows; returns the limit.
std::size_t raise_descriptor_limit();

}  // namespace octavo::io
