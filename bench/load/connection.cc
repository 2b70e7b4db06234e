#include "connection.h"

#include "base/limits.h"

namespace octavo::load {
namespace {

constexpr std::size_t kReadBytes = 64 * kKiB;

}  // namespace

io::Task<Status> Connection::open() {
  Bytes last;
  for (std::size_t step = 0;; ++step) {
    const std::string out = dialect_->opening(step, last);
    if (out.empty()) co_return Status();
    CO_TRY_STATUS(co_await stream_.write_all(out));
    Result<Bytes> reply = co_await read_reply();
    if (!reply) co_return fail(reply.error());
    last = *std::move(reply);
  }
}

io::Task<Result<Bytes>> Connection::read_reply() {
  for (;;) {
    const BytesView input = BytesView(input_).substr(at_);
    const Reply found = dialect_->reply(input);
    at_ += found.size;
    if (found.size > 0 && !found.error.empty()) co_return fail(Code::internal, found.error);
    if (found.size > 0) co_return Bytes(input.substr(0, found.size));
    input_.erase(0, std::exchange(at_, 0));
    const std::size_t before = input_.size();
    input_.resize(before + kReadBytes);
    const Result<std::size_t> got =
        co_await stream_.read_some(std::span(input_.data() + before, kReadBytes));
    input_.resize(before + got.value_or(0));
    if (!got) co_return fail(got.error());
    if (*got == 0) co_return fail(Code::unavailable, "the server closed the connection");
  }
}

io::Task<Status> connect(const Plan& plan, MakeDialect make, std::size_t index,
                         std::unique_ptr<Connection>& out) {
  io::SocketAddress address;
  address.host = plan.host;
  address.port = plan.port;
  Result<io::Stream> stream = co_await io::connect(address);
  if (!stream) co_return fail(stream.error());
  stream->set_no_delay(true);
  out = std::make_unique<Connection>(*std::move(stream), make(plan, index), index + 1);
  const Status opened = co_await out->open();
  co_return opened;
}

}  // namespace octavo::load
