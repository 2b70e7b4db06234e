#include "protocol/mysql/session.h"

#include <algorithm>
#include <limits>

#include "base/limits.h"

namespace octavo::mysql {
namespace {

// What a client may send before it has logged in. The attributes that describe it take 64 KiB.
constexpr std::size_t kMaxLoginBytes = 128 * kKiB;

}  // namespace

Session::Session(ServiceState& service, protocol::Connection& connection)
    : service_(service),
      connection_(connection),
      transport_(connection, kMaxLoginBytes),
      prepared_(service.counts.prepared),
      reachable_(connection.executor(), *this) {}

io::Task<void> Session::serve() {
  const bool in = co_await log_in();
  if (!in) co_return;
  transport_.set_largest(service_.options.max_packet);
  if (const FrameCoding* coding = find_coding(client_.capabilities)) {
    const bool sent = co_await transport_.flush();
    if (!sent) co_return;
    transport_.compress(*coding, client_.compression_level);
  }
  process_.emplace(service_.processes, connection_.info(), connection_.executor().now_ns(),
                   [self = reachable_.handle()](Kill what) {
                     self.post([what](Session& session) { session.on_kill(what); });
                   });
  co_await serve_commands();
}

Ending Session::standing() const {
  constexpr std::size_t kMost = std::numeric_limits<std::uint16_t>::max();
  return {.status = statements_->status(),
          .warnings = static_cast<std::uint16_t>(std::min(statements_->warnings(), kMost)),
          .changes = {}};
}

Ending Session::ending(std::uint16_t further) {
  Ending how = standing();
  how.status = static_cast<std::uint16_t>(how.status | further);
  how.changes = statements_->take_changes();
  return how;
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
  transport_.hold_beside(command_.capacity() + payload_.capacity() + prepared_.held());
}

// How long the client may be silent from here on.
void Session::set_patience() {
  const Nanoseconds wanted = statements_->wait_timeout();
  protocol::ConnectionLimits limits = connection_.limits();
  if (limits.idle_timeout == wanted) return;
  limits.idle_timeout = wanted;
  connection_.set_limits(limits);
}

// While the session waits for something. What runs answers by itself once it has ended, unless the
// client is what it waits for.
void Session::on_kill(Kill what) {
  if (running_) statements_->kill();
  if (what == Kill::query) return;
  closing_ = true;
  if (!transport_.waits()) return;
  if (!running_) say(sql::error<1317>());
  // It is gone in any case; what the socket takes of the message the client may still read.
  connection_.start_flush();
  connection_.abort();
}

}  // namespace octavo::mysql
