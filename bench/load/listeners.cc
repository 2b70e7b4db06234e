#include "listeners.h"

#include <fmt/format.h>

#include <charconv>

#include "base/clock.h"

namespace octavo::load {
namespace {

constexpr std::string_view kMark = "\"sent\":";

}  // namespace

std::string stamp(std::int64_t now_ns) { return fmt::format("{}{}", kMark, now_ns); }

Status Listeners::open() { return io::block_on(executor_, connect_all()); }

io::Task<Status> Listeners::connect_all() {
  for (std::size_t i = 0; i < plan_.listeners; ++i) {
    std::unique_ptr<Connection> connection;
    CO_TRY_STATUS(co_await connect(plan_, make_, i, connection));
    connections_.push_back(std::move(connection));
    scope_.spawn(listen(*connections_.back()));
  }
  co_return Status();
}

io::Task<void> Listeners::listen(Connection& connection) {
  Bytes out;
  for (;;) {
    out.clear();
    connection.dialect().request({}, connection.random(), out);
    if (!out.empty()) {
      const Status sent = co_await connection.send(out);
      if (!sent) break;
    }
    const Result<Bytes> message = co_await connection.read_reply();
    if (!message) {
      if (!closing_ && first_error_.empty()) first_error_ = message.error().what;
      break;
    }
    note(*message);
  }
}

void Listeners::note(BytesView message) {
  const std::int64_t now = system_clock().monotonic_ns();
  std::uint64_t found = 0;
  for (std::size_t at = message.find(kMark); at != BytesView::npos;
       at = message.find(kMark, at + kMark.size())) {
    std::int64_t sent = 0;
    std::from_chars(message.data() + at + kMark.size(), message.data() + message.size(), sent);
    if (measuring_) latencies_us_.push_back(static_cast<std::uint32_t>((now - sent) / 1000));
    ++found;
  }
  if (found == 0) return;
  delivered_.fetch_add(found, std::memory_order_acq_rel);
  progress_.set();
}

io::Task<void> Listeners::wait_for(std::uint64_t messages) {
  while (delivered() < messages * connections_.size()) {
    co_await progress_.wait();
  }
}

io::Task<void> Listeners::interrupt_all() {
  for (const auto& connection : connections_) connection->interrupt();
  co_await scope_.join();
  connections_.clear();
}

Status Listeners::close() {
  closing_ = true;
  io::block_on(executor_, interrupt_all());
  if (!first_error_.empty()) return fail(Code::unavailable, first_error_);
  return {};
}

}  // namespace octavo::load
