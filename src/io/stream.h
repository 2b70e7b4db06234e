#pragma once

// A connected socket, plain or TLS: the one branch between the two is inside `try_read` and
// `try_write`. Confined to one executor. One reader and one writer at a time.
//
// The `try_` calls never wait and allocate nothing; the awaitables are those calls, repeated
// when epoll says so. A read or write that can go ahead at once does not touch the event loop.

#include <coroutine>
#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "io/address.h"
#include "io/descriptor.h"
#include "io/task.h"

namespace octavo::io {

class TlsContext;
class TlsSession;

struct IoOutcome {
  enum class Kind : unsigned char { done, would_block, end, failed };
  Kind kind = Kind::would_block;
  std::size_t bytes = 0;  // for `done`
  int error = 0;          // for `failed`: errno; ECANCELED after `interrupt`
};

// `context` names what failed: "read from 127.0.0.1:4711".
Error io_error(int error, std::string_view context);

class Stream {
 public:
  // Takes over a connected, non-blocking socket.
  Stream(Executor& executor, int fd, SocketAddress peer);
  Stream(std::unique_ptr<Descriptor> descriptor, SocketAddress peer);
  Stream(Stream&& other) noexcept;  // while nothing is pending
  ~Stream();                        // closes without ceremony

  Executor& executor() const noexcept { return descriptor_->executor; }
  const SocketAddress& peer() const noexcept { return peer_; }
  Result<SocketAddress> local_address() const;

  IoOutcome try_read(std::span<char> buffer);
  IoOutcome try_write(BytesView bytes);

  // At least one byte; 0 at the end of the stream.
  class ReadAwaiter;
  [[nodiscard]] ReadAwaiter read_some(std::span<char> buffer);
  // All of it. `bytes` is not copied.
  class WriteAwaiter;
  [[nodiscard]] WriteAwaiter write_all(BytesView bytes);

  // Ends a pending read or write, and all later ones, with Code::cancelled.
  void interrupt();
  bool interrupted() const noexcept { return interrupted_; }

  // Called once when the peer has ended its side or the connection broke, also while nobody
  // reads. Unread bytes may still be there. If it happened before, `hung_up()` says so.
  void on_hang_up(Descriptor::Callback callback);
  bool hung_up() const noexcept { return descriptor_->hung_up; }
  // The peer cannot receive any more either, or it went away and left nothing unread: nobody
  // will miss the answer to what runs now.
  bool abandoned() const;

  Status shutdown_write();
  void set_no_delay(bool on);
  void set_keep_alive(int idle_seconds);

  // Handshakes. After success every read and write goes through TLS, and what waits for edges has
  // to say so again. `first`: what the client sent of its part and was read already.
  Task<Status> start_tls_server(const TlsContext& context, Bytes first = {});
  Task<Status> start_tls_client(const TlsContext& context, std::string server_name);
  bool is_tls() const noexcept { return tls_ != nullptr; }

  // For loops that are not coroutines: called on every edge until set to null. Under TLS both
  // are called for either direction, as a read may have to write.
  void on_readable(Descriptor::Callback callback);
  void on_writable(Descriptor::Callback callback);

 private:
  IoOutcome read_plain(std::span<char> buffer);
  IoOutcome write_plain(BytesView bytes);
  Task<Status> handshake();

  std::unique_ptr<Descriptor> descriptor_;
  std::unique_ptr<TlsSession> tls_;
  SocketAddress peer_;
  bool interrupted_ = false;
};

class Stream::ReadAwaiter {
 public:
  ReadAwaiter(Stream& stream, std::span<char> buffer) : stream_(stream), buffer_(buffer) {}
  bool await_ready();
  void await_suspend(std::coroutine_handle<> awaiter);
  Result<std::size_t> await_resume();

 private:
  static void on_ready(void* self);
  Stream& stream_;
  std::span<char> buffer_;
  IoOutcome outcome_;
  std::coroutine_handle<> awaiter_;
};

class Stream::WriteAwaiter {
 public:
  WriteAwaiter(Stream& stream, BytesView rest) : stream_(stream), rest_(rest) {}
  bool await_ready();
  void await_suspend(std::coroutine_handle<> awaiter);
  Status await_resume();

 private:
  static void on_ready(void* self);
  bool advance();  // true when finished, well or not
  Stream& stream_;
  BytesView rest_;
  IoOutcome outcome_;
  std::coroutine_handle<> awaiter_;
};

inline Stream::ReadAwaiter Stream::read_some(std::span<char> buffer) { return {*this, buffer}; }
inline Stream::WriteAwaiter Stream::write_all(BytesView bytes) { return {*this, bytes}; }

}  // namespace octavo::io
