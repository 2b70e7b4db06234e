#include "protocol/mysql/session.h"

#include <algorithm>
#include <limits>

namespace octavo::mysql {
namespace {

// What a client may send before it has logged in. The attributes that describe it take 64 KiB.
constexpr std::size_t kMaxLoginBytes = 128 * kKiB;

}  // namespace

Session::Session(ServiceState& service, protocol::Connection& connection)
    : service_(service),
      connection_(connection),
      transport_(connection, kMaxLoginBytes),
      prepared_(service.prepared) {}

io::Task<void> Session::serve() {
  const bool in = co_await log_in();
  if (!in) co_return;
  transport_.set_largest(service_.max_packet);
  if (const FrameCoding* coding = find_coding(client_.capabilities)) {
    const bool sent = co_await transport_.flush();
    if (!sent) co_return;
    transport_.compress(*coding, client_.compression_level);
  }
  co_await serve_commands();
}

Ending Session::ending(std::uint16_t further) {
  constexpr std::size_t kMost = std::numeric_limits<std::uint16_t>::max();
  return {.status = static_cast<std::uint16_t>(statements_->status() | further),
          .warnings = static_cast<std::uint16_t>(std::min(statements_->warnings(), kMost)),
          .changes = statements_->take_changes()};
}

void Session::say_ok(const Done& done, bool more) {
  const Ending how = ending(more ? status::kMoreResults : 0);
  transport_.put([&](Bytes& out) { put_ok(out, done, how, client_.capabilities); });
}

void Session::say_end(std::uint16_t further) {
  const Ending how = ending(further);
  transport_.put([&](Bytes& out) { put_end(out, how, client_.capabilities); });
}

void Session::say_columns(std::span<const Column> columns) {
  for (const Column& column : columns) {
    transport_.put([&column](Bytes& out) { put_column(out, column); });
  }
}

void Session::settle() {
  connection_.hold(transport_.held() + command_.capacity() + payload_.capacity() +
                   prepared_.long_bytes());
}

}  // namespace octavo::mysql
