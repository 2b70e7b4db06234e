#include "io/socket.h"

#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

#include "io/sockaddr.h"

namespace octavo::io {
namespace {

// The kernel caps it at net.core.somaxconn.
constexpr int kBacklog = 4096;

// Closes what is not taken.
class OwnedFd {
 public:
  explicit OwnedFd(int fd) : fd_(fd) {}
  OwnedFd(const OwnedFd&) = delete;
  OwnedFd& operator=(const OwnedFd&) = delete;
  ~OwnedFd() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }
  int take() { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

Result<SocketAddress> bound_address(int fd) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  auto* address = reinterpret_cast<sockaddr*>(&storage);
  if (::getsockname(fd, address, &size) != 0) return fail(io_error(errno, "getsockname"));
  return from_sockaddr(address);
}

// Resumes when a connecting socket is writable, which is when it has succeeded or failed.
class ConnectedAwaiter {
 public:
  explicit ConnectedAwaiter(Descriptor& descriptor) : descriptor_(descriptor) {}
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> awaiter) {
    awaiter_ = awaiter;
    descriptor_.on_writable = {&ConnectedAwaiter::on_ready, this};
  }
  void await_resume() const noexcept {}

 private:
  static void on_ready(void* raw) {
    auto* self = static_cast<ConnectedAwaiter*>(raw);
    self->descriptor_.on_writable = {};
    self->awaiter_.resume();
  }
  Descriptor& descriptor_;
  std::coroutine_handle<> awaiter_;
};

}  // namespace

AcceptedSocket::~AcceptedSocket() {
  if (fd_ >= 0) ::close(fd_);
}

Stream AcceptedSocket::into_stream(Executor& executor) && {
  Stream stream(executor, std::exchange(fd_, -1), std::move(peer_));
  stream.set_no_delay(true);
  return stream;
}

void AcceptedSocket::write_and_close(BytesView farewell) && {
  const OwnedFd fd(std::exchange(fd_, -1));
  // A courtesy to a client that is turned away: it may as well have gone.
  (void)::send(fd.get(), farewell.data(), farewell.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  (void)::shutdown(fd.get(), SHUT_WR);  // likewise
  // A close with unread bytes would make the kernel take the farewell back.
  char rest[4096];
  while (::recv(fd.get(), rest, sizeof rest, MSG_DONTWAIT) > 0) {
  }
}

TcpListener::TcpListener(std::unique_ptr<Descriptor> descriptor, SocketAddress address)
    : descriptor_(std::move(descriptor)), address_(std::move(address)) {}

Result<TcpListener> TcpListener::bind(Executor& executor, const SocketAddress& address) {
  const std::string context = "listening on " + format_address(address);
  TRY(const RawAddress raw, to_sockaddr(address));
  OwnedFd fd(::socket(raw.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (fd.get() < 0) return fail(io_error(errno, context));
  const int on = 1;
  // What it would have made possible fails below, and says why.
  (void)::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (raw.storage.ss_family == AF_INET6) {
    // "::" and "0.0.0.0" may then both be bound, as configurations like to list them.
    (void)::setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  }
  if (::bind(fd.get(), raw.get(), raw.size) != 0) return fail(io_error(errno, context));
  if (::listen(fd.get(), kBacklog) != 0) return fail(io_error(errno, context));
  TRY(SocketAddress bound, bound_address(fd.get()));
  return TcpListener(std::make_unique<Descriptor>(executor, fd.take()), std::move(bound));
}

bool TcpListener::try_accept(std::optional<Result<AcceptedSocket>>& result) {
  if (interrupted_) {
    result.emplace(fail(io_error(ECANCELED, "accepting connections")));
    return true;
  }
  while (descriptor_->readable) {
    sockaddr_storage storage{};
    socklen_t size = sizeof storage;
    auto* address = reinterpret_cast<sockaddr*>(&storage);
    const int fd = ::accept4(descriptor_->fd, address, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0) {
      result.emplace(AcceptedSocket(fd, from_sockaddr(address)));
      return true;
    }
    if (errno == EAGAIN || errno == EWOULDBLOCK) {
      descriptor_->readable = false;
    } else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
      result.emplace(fail(io_error(errno, "accepting a connection")));
      return true;
    }
    // Anything else is the end of that one connection (accept(2)): go on with the next.
  }
  return false;
}

void TcpListener::AcceptAwaiter::await_suspend(std::coroutine_handle<> awaiter) {
  awaiter_ = awaiter;
  listener_.descriptor_->on_readable = {&AcceptAwaiter::on_ready, this};
}

void TcpListener::AcceptAwaiter::on_ready(void* raw) {
  auto* self = static_cast<AcceptAwaiter*>(raw);
  if (!self->await_ready()) return;
  self->listener_.descriptor_->on_readable = {};
  self->awaiter_.resume();
}

void TcpListener::interrupt() {
  interrupted_ = true;
  if (descriptor_->on_readable) descriptor_->on_readable();
}

Task<Result<Stream>> connect(SocketAddress address) {
  const std::string context = "connecting to " + format_address(address);
  CO_TRY(const RawAddress raw, to_sockaddr(address));
  OwnedFd fd(::socket(raw.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (fd.get() < 0) co_return fail(io_error(errno, context));
  const bool connected = ::connect(fd.get(), raw.get(), raw.size) == 0;
  if (!connected && errno != EINPROGRESS) co_return fail(io_error(errno, context));

  auto descriptor = std::make_unique<Descriptor>(Executor::current(), fd.take());
  if (!connected) co_await ConnectedAwaiter(*descriptor);
  int error = 0;
  socklen_t size = sizeof error;
  ::getsockopt(descriptor->fd, SOL_SOCKET, SO_ERROR, &error, &size);
  if (error != 0) co_return fail(io_error(error, context));
  Stream stream(std::move(descriptor), std::move(address));
  stream.set_no_delay(true);
  co_return stream;
}

Result<std::pair<Stream, Stream>> stream_pair(Executor& executor) {
  int fds[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds) != 0) {
    return fail(io_error(errno, "socketpair"));
  }
  SocketAddress local{"local", 0};
  return std::pair(Stream(executor, fds[0], local), Stream(executor, fds[1], local));
}

std::size_t raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
  limit.rlim_cur = limit.rlim_max;
  // Whether it was raised is seen from what is in force afterwards.
  (void)::setrlimit(RLIMIT_NOFILE, &limit);
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
  return limit.rlim_cur;
}

}  // namespace octavo::io
