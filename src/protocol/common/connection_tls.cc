// TLS that begins inside of the dialogue.

#include <utility>

#include "base/assert.h"
#include "io/tls.h"
#include "protocol/common/connection.h"
#include "protocol/common/handshake_deadline.h"

namespace octavo::protocol {
namespace {

// More than any client's first flight. Who sends more has not understood what it asked for.
constexpr std::size_t kMaxFirstBytes = 64 * kKiB;

}  // namespace

void Connection::offer_tls(std::shared_ptr<const io::TlsContext> context, TlsOffer offer) {
  ASSERT((context != nullptr) == (offer != TlsOffer::none));
  tls_context_ = std::move(context);
  tls_offer_ = offer;
}

io::Task<bool> Connection::start_tls() {
  ASSERT(may_start_tls());
  const HandshakeDeadline deadline(*this, [] { return false; });
  const bool sent = co_await flush();
  const bool secured = sent && co_await secure();
  if (!secured) abort();
  co_return secured;
}

io::Task<bool> Connection::secure() {
  ASSERT(filler_ == nullptr);
  ASSERT(flushers_ == nullptr);
  ASSERT(peer_watch_ == nullptr);
  const bool over = draining() || end_ != EndOfInput::none || ahead_end_ != EndOfInput::none;
  if (over || input_.size() + ahead_.size() > kMaxFirstBytes) co_return false;
  Bytes first = take_unread();
  securing_ = true;
  const Status done = co_await stream_.start_tls_server(*tls_context_, std::move(first));
  securing_ = false;
  if (!done) co_return false;
  listen();
  info_->tls = true;
  co_return true;
}

// All of it, also what was read ahead.
Bytes Connection::take_unread() {
  Bytes out(input_.readable());
  input_.drop();
  while (!ahead_.empty()) {
    ahead_.move_front_to(input_);
    out += input_.readable();
    input_.drop();
  }
  ahead_.drop();
  return out;
}

}  // namespace octavo::protocol
