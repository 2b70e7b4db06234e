#include "io/stream.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "base/assert.h"
#include "io/tls.h"
#include "io/tls_session.h"

namespace octavo::io {
namespace {

using Kind = IoOutcome::Kind;

constexpr IoOutcome done(std::size_t bytes) { return {Kind::done, bytes, 0}; }
constexpr IoOutcome would_block() { return {Kind::would_block, 0, 0}; }
constexpr IoOutcome failed(int error) { return {Kind::failed, 0, error}; }

bool is_would_block(int error) { return error == EAGAIN || error == EWOULDBLOCK; }

void set_option(int fd, int level, int option, int value) {
  // A socket without the option (a socket pair has no TCP_NODELAY) works as well without it.
  (void)::setsockopt(fd, level, option, &value, sizeof value);
}

// Resumes at the next edge, whatever it is.
class EdgeAwaiter {
 public:
  explicit EdgeAwaiter(Stream& stream) : stream_(stream) {}
  bool await_ready() const noexcept { return stream_.interrupted(); }
  void await_suspend(std::coroutine_handle<> awaiter) {
    awaiter_ = awaiter;
    stream_.on_readable({&EdgeAwaiter::on_edge, this});
    stream_.on_writable({&EdgeAwaiter::on_edge, this});
  }
  void await_resume() const noexcept {}

 private:
  static void on_edge(void* raw) {
    auto* self = static_cast<EdgeAwaiter*>(raw);
    self->stream_.on_readable({});
    self->stream_.on_writable({});
    self->awaiter_.resume();
  }
  Stream& stream_;
  std::coroutine_handle<> awaiter_;
};

}  // namespace

Error io_error(int error, std::string_view context) {
  Code code = Code::unavailable;
  if (error == ECANCELED) code = Code::cancelled;
  if (error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM) {
    code = Code::resource_exhausted;
  }
  if (error == EADDRINUSE) code = Code::already_exists;
  if (error == EACCES || error == EPERM) code = Code::permission_denied;
  return Error{code, std::string(context) + ": " + std::generic_category().message(error) + "."};
}

Stream::Stream(Executor& executor, int fd, SocketAddress peer)
    : descriptor_(std::make_unique<Descriptor>(executor, fd)), peer_(std::move(peer)) {}

Stream::Stream(std::unique_ptr<Descriptor> descriptor, SocketAddress peer)
    : descriptor_(std::move(descriptor)), peer_(std::move(peer)) {}

Stream::Stream(Stream&& other) noexcept = default;
Stream::~Stream() = default;

Result<SocketAddress> Stream::local_address() const {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  auto* address = reinterpret_cast<sockaddr*>(&storage);
  if (::getsockname(descriptor_->fd, address, &size) != 0) {
    return fail(io_error(errno, "local address of a connection"));
  }
  return from_sockaddr(address);
}

IoOutcome Stream::try_read(std::span<char> buffer) {
  if (interrupted_) return failed(ECANCELED);
  return tls_ != nullptr ? tls_->read(*descriptor_, buffer) : read_plain(buffer);
}

IoOutcome Stream::try_write(BytesView bytes) {
  if (interrupted_) return failed(ECANCELED);
  return tls_ != nullptr ? tls_->write(*descriptor_, bytes) : write_plain(bytes);
}

IoOutcome Stream::read_plain(std::span<char> buffer) {
  if (!descriptor_->readable) return would_block();
  for (;;) {
    const ssize_t n = ::recv(descriptor_->fd, buffer.data(), buffer.size(), 0);
    if (n > 0) {
      const auto size = static_cast<std::size_t>(n);
      // Short: the kernel has no more, and the next byte is a new edge. But after the peer's end
      // there is no later edge to tell of it.
      if (size < buffer.size() && !descriptor_->hung_up) descriptor_->readable = false;
      return done(size);
    }
    if (n == 0) return {Kind::end, 0, 0};
    if (errno == EINTR) continue;
    if (!is_would_block(errno)) return failed(errno);
    descriptor_->readable = false;
    return would_block();
  }
}

IoOutcome Stream::write_plain(BytesView bytes) {
  if (!descriptor_->writable) return would_block();
  for (;;) {
    const ssize_t n = ::send(descriptor_->fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n >= 0) {
      const auto size = static_cast<std::size_t>(n);
      if (size < bytes.size()) descriptor_->writable = false;  // full; room is a new edge
      return done(size);
    }
    if (errno == EINTR) continue;
    if (!is_would_block(errno)) return failed(errno);
    descriptor_->writable = false;
    return would_block();
  }
}

void Stream::interrupt() {
  if (interrupted_) return;
  interrupted_ = true;
  // What waits is told in a later round, as it may destroy the stream and its caller: the socket
  // is shut down, which is an edge that calls both callbacks.
  (void)::shutdown(descriptor_->fd, SHUT_RDWR);
}

void Stream::on_hang_up(Descriptor::Callback callback) { descriptor_->on_hang_up = callback; }

void Stream::on_readable(Descriptor::Callback callback) { descriptor_->on_readable = callback; }

void Stream::on_writable(Descriptor::Callback callback) { descriptor_->on_writable = callback; }

bool Stream::abandoned() const {
  if (descriptor_->broken) return true;
  if (!descriptor_->hung_up) return false;
  int unread = 0;
  return ::ioctl(descriptor_->fd, FIONREAD, &unread) != 0 || unread == 0;
}

Status Stream::shutdown_write() {
  if (tls_ != nullptr) tls_->close_notify();
  if (::shutdown(descriptor_->fd, SHUT_WR) == 0) return {};
  return fail(io_error(errno, "ending the connection to " + format_address(peer_)));
}

void Stream::set_no_delay(bool on) {
  set_option(descriptor_->fd, IPPROTO_TCP, TCP_NODELAY, on ? 1 : 0);
}

void Stream::set_keep_alive(int idle_seconds) {
  const int fd = descriptor_->fd;
  set_option(fd, SOL_SOCKET, SO_KEEPALIVE, idle_seconds > 0 ? 1 : 0);
  if (idle_seconds <= 0) return;
  set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, idle_seconds);
  set_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, idle_seconds / 3 + 1);
  set_option(fd, IPPROTO_TCP, TCP_KEEPCNT, 3);
}

Task<Status> Stream::start_tls_server(const TlsContext& context, Bytes first) {
  ASSERT(tls_ == nullptr);
  CO_TRY(tls_, TlsSession::server(context, descriptor_->fd, first));
  co_return co_await handshake();
}

Task<Status> Stream::start_tls_client(const TlsContext& context, std::string server_name) {
  ASSERT(tls_ == nullptr);
  CO_TRY(tls_, TlsSession::client(context, descriptor_->fd, server_name));
  co_return co_await handshake();
}

Task<Status> Stream::handshake() {
  descriptor_->coupled = true;
  for (;;) {
    if (interrupted_) co_return fail(io_error(ECANCELED, "TLS handshake"));
    const IoOutcome outcome = tls_->handshake(*descriptor_);
    if (outcome.kind == Kind::done) co_return Status();
    if (outcome.kind != Kind::would_block) {
      co_return fail(Code::unavailable, "The TLS handshake with " + format_address(peer_) +
                                            " failed: " + tls_->last_error());
    }
    co_await EdgeAwaiter(*this);
  }
}

bool Stream::ReadAwaiter::await_ready() {
  outcome_ = stream_.try_read(buffer_);
  return outcome_.kind != Kind::would_block;
}

void Stream::ReadAwaiter::await_suspend(std::coroutine_handle<> awaiter) {
  awaiter_ = awaiter;
  ASSERT(!stream_.descriptor_->on_readable);  // one reader
  stream_.on_readable({&ReadAwaiter::on_ready, this});
}

void Stream::ReadAwaiter::on_ready(void* raw) {
  auto* self = static_cast<ReadAwaiter*>(raw);
  if (!self->await_ready()) return;
  self->stream_.on_readable({});
  self->awaiter_.resume();
}

Result<std::size_t> Stream::ReadAwaiter::await_resume() {
  if (outcome_.kind == Kind::failed) {
    return fail(io_error(outcome_.error, "reading from " + format_address(stream_.peer_)));
  }
  return outcome_.bytes;  // none at the end
}

bool Stream::WriteAwaiter::advance() {
  while (!rest_.empty()) {
    outcome_ = stream_.try_write(rest_);
    if (outcome_.kind == Kind::would_block) return false;
    if (outcome_.kind != Kind::done) return true;
    rest_.remove_prefix(outcome_.bytes);
  }
  return true;
}

bool Stream::WriteAwaiter::await_ready() { return advance(); }

void Stream::WriteAwaiter::await_suspend(std::coroutine_handle<> awaiter) {
  awaiter_ = awaiter;
  ASSERT(!stream_.descriptor_->on_writable);  // one writer
  stream_.on_writable({&WriteAwaiter::on_ready, this});
}

void Stream::WriteAwaiter::on_ready(void* raw) {
  auto* self = static_cast<WriteAwaiter*>(raw);
  if (!self->advance()) return;
  self->stream_.on_writable({});
  self->awaiter_.resume();
}

Status Stream::WriteAwaiter::await_resume() {
  if (rest_.empty()) return {};
  const int error = outcome_.kind == Kind::end ? EPIPE : outcome_.error;
  return fail(io_error(error, "writing to " + format_address(stream_.peer_)));
}

}  // namespace octavo::io
