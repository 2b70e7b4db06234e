#include "protocol/mongodb/transfer/local.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/clock.h"
#include "catalog/model.h"
#include "io/runtime.h"
#include "io/scope.h"
#include "protocol/common/connection.h"
#include "protocol/common/settings.h"
#include "protocol/mongodb/bson/bson.h"
#include "protocol/mongodb/command/shared.h"
#include "protocol/mongodb/frame.h"
#include "protocol/mongodb/session.h"
#include "protocol/mongodb/transfer/remote.h"
#include "protocol/mongodb/transfer/settings.h"

namespace octavo::mongodb::transfer {
namespace {

using value::Value;

constexpr std::size_t kFlagsAndKindBytes = 5;  // of an OP_MSG with a body alone

std::unexpected<Error> broken() {
  return fail(Code::internal, "the dialogue with the data directory broke off");
}

// The body with its `$db`, as the last field.
Bytes with_database(BytesView command, std::string_view database) {
  Bytes field;
  write_bson(Value::object({{"$db", Value::string(database)}}), field);
  Bytes body(command.substr(0, command.size() - 1));
  body.append(field, sizeof(std::uint32_t));  // its field, and the zero at the end
  store_le(body.data(), static_cast<std::uint32_t>(body.size()));
  return body;
}

Bytes message(std::uint32_t id, BytesView body) {
  Bytes out;
  put_le(out, static_cast<std::uint32_t>(kFrameHeaderBytes + kFlagsAndKindBytes + body.size()));
  put_le(out, id);
  put_le(out, std::uint32_t{0});  // it answers nothing
  put_le(out, static_cast<std::uint32_t>(Opcode::message));
  out.append(kFlagsAndKindBytes, '\0');
  out.append(body);
  return out;
}

class Local final : public Commands {
 public:
  Local(const protocol::ServiceContext& data, int own_end, int served_end)
      : shared_(data, {.set_name = {}, .advertised = {}, .compressors = {}}),
        executor_(data.runtime.at(0)),
        scope_(executor_),
        fd_(own_end) {
    scope_.spawn(serve(served_end));
  }
  ~Local() override {
    ::close(fd_);
    io::block_on(executor_, end());
    shared_.cursors.close();
    shared_.sessions.end_all(nullptr);
  }
  Local(const Local&) = delete;
  Local& operator=(const Local&) = delete;

  using Commands::run;
  Result<Value> run(std::string_view database, BytesView command) override {
    TRY_STATUS(send(message(++requests_, with_database(command, database))));
    Bytes header(kFrameHeaderBytes, '\0');
    TRY_STATUS(receive(header));
    const auto length = load_le<std::uint32_t>(header.data());
    if (length < kFrameHeaderBytes + kFlagsAndKindBytes) return broken();
    Bytes rest(length - kFrameHeaderBytes, '\0');
    TRY_STATUS(receive(rest));
    TRY(Value reply, read_bson(BytesView(rest).substr(kFlagsAndKindBytes)));
    auto checked = checked_reply(std::move(reply));
    if (checked) return checked;
    Error error = std::move(checked).error();
    error.what = name_ + ": " + error.what;
    return fail(std::move(error));
  }
  const std::string& name() const override { return name_; }

 private:
  io::Task<void> serve(int fd) {
    const std::int64_t now_ns = executor_.clock().wall_ns();
    auto info = std::make_shared<protocol::ConnectionInfo>(shared_.service.connections.next_id(),
                                                           "mongodb", io::SocketAddress(),
                                                           io::SocketAddress(), false, now_ns);
    protocol::ConnectionLimits limits;
    limits.max_input_bytes = kMaxFrameBytes + kMaxBsonBytes;
    protocol::Connection connection(io::Stream(executor_, fd, io::SocketAddress()), limits, info);
    Session session(shared_, connection);
    session.trust(catalog::kAdminName);
    co_await session.serve();
    co_await connection.finish();
  }
  io::Task<void> end() { co_await scope_.join(); }

  Status send(BytesView bytes) const {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent < 0 && errno == EINTR) continue;
      if (sent <= 0) return broken();
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return {};
  }
  Status receive(Bytes& out) const {
    for (std::size_t at = 0; at < out.size();) {
      const ssize_t received = ::recv(fd_, out.data() + at, out.size() - at, 0);
      if (received < 0 && errno == EINTR) continue;
      if (received <= 0) return broken();
      at += static_cast<std::size_t>(received);
    }
    return {};
  }

  const std::string name_ = "the data directory";
  CommandShared shared_;
  io::Executor& executor_;
  io::Scope scope_;
  const int fd_;
  std::uint32_t requests_ = 0;
};

}  // namespace

Result<std::unique_ptr<Commands>> open_local(const protocol::ServiceContext& data) {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    return fail(io::io_error(errno, "socketpair"));
  }
  if (::fcntl(ends[1], F_SETFL, O_NONBLOCK) != 0) {
    const Error error = io::io_error(errno, "fcntl");
    for (const int end : ends) ::close(end);
    return fail(error);
  }
  return std::make_unique<Local>(data, ends[0], ends[1]);
}

Result<std::unique_ptr<Commands>> open_target(const protocol::ServerImport& import) {
  if (import.data != nullptr) return open_local(*import.data);
  return Remote::open(import.settings.text(kTarget), "the target");
}

}  // namespace octavo::mongodb::transfer
