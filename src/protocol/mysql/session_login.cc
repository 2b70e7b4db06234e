// How a client comes in, and how it becomes another one.

#include <utility>

#include "base/clock.h"
#include "engine/engine.h"
#include "protocol/common/dispatch.h"
#include "protocol/common/handshake_deadline.h"
#include "protocol/common/logins.h"
#include "protocol/mysql/password_digest.h"
#include "protocol/mysql/session.h"

namespace octavo::mysql {

HandshakeContext Session::handshake_context() const {
  const protocol::ConnectionInfo& info = connection_.info();
  const protocol::TlsOffer tls = connection_.tls_offer();
  HandshakeContext context;
  context.thread_id = static_cast<std::uint32_t>(std::to_underlying(info.id));
  context.host = info.peer.host;
  context.offered = offered_capabilities(tls != protocol::TlsOffer::none);
  if (!service_.options.local_infile) context.offered &= ~capability::kLocalFiles;
  context.secure = info.tls;
  context.requires_secure = tls == protocol::TlsOffer::required;
  context.has_no_password = [this](const std::string& user) {
    return service_.credentials(account_of(*service_.context.engine.catalog(), user))
        .empty_password;
  };
  return context;
}

io::Task<bool> Session::log_in() {
  Handshake handshake(handshake_context());
  Handshake::Step step;
  step.send = handshake.greeting();
  const bool right = co_await authenticate(handshake, std::move(step));
  if (!right) co_return false;
  client_ = handshake.client();
  statements_ = service_.language->open(connection_, client_);
  const bool begun = co_await begin();
  co_return begun;
}

io::Task<bool> Session::authenticate(Handshake& handshake, Handshake::Step step) {
  const protocol::HandshakeDeadline deadline(connection_, [] { return false; });
  for (;;) {
    if (!step.send.empty()) transport_.put([&step](Bytes& out) { out.append(step.send); });
    switch (step.kind) {
      case Handshake::Step::Kind::start_tls: {
        const bool secure = co_await connection_.start_tls();
        if (!secure) co_return false;
        [[fallthrough]];
      }
      case Handshake::Step::Kind::read: {
        const bool sent = co_await transport_.send();
        if (!sent) co_return false;
        const bool got = co_await transport_.read(payload_);
        if (!got) co_return false;
        step = handshake.on_packet(payload_);
        Bytes().swap(payload_);  // perhaps a password
        break;
      }
      case Handshake::Step::Kind::send_key: {
        const auto key = co_await public_key();
        if (!key) co_return false;
        step = handshake.on_key(*key);
        break;
      }
      case Handshake::Step::Kind::check: {
        const auto checked = co_await check(handshake);
        if (!checked) co_return false;
        step = handshake.on_checked(*checked);
        break;
      }
      case Handshake::Step::Kind::done: co_return true;
      case Handshake::Step::Kind::refuse: say(step.error); co_return false;
    }
  }
}

io::Task<std::optional<Bytes>> Session::public_key() {
  protocol::Dispatch dispatch(service_.context.workers, connection_);
  auto job = [&key = service_.key] { return key.get(); };
  const auto made = co_await dispatch.compute(std::move(job));
  if (made) co_return (*made)->public_pem();
  say(sql::with_number(made.error()));
  co_return std::nullopt;
}

namespace {

// The password that a client has hidden: it mixes the scramble in, so that none looks like another.
std::optional<Bytes> uncover(const RsaKey& key, BytesView hidden, BytesView scramble) {
  const auto mixed = key.decrypt_oaep(hidden);
  if (!mixed) return std::nullopt;
  Bytes password = exclusive_or(*mixed, scramble);
  if (password.empty() || password.back() != '\0') return std::nullopt;
  password.pop_back();
  return password;
}

}  // namespace

// Nothing: the connection or the server ends.
io::Task<std::optional<Handshake::Checked>> Session::check(const Handshake& handshake) {
  using Checked = Handshake::Checked;
  const Proof& proof = handshake.proof();
  const BytesView scramble = handshake.scramble();
  const std::string user = account_of(*service_.context.engine.catalog(), handshake.client().user);
  const catalog::Credentials credentials = service_.credentials(user);
  std::optional<Bytes> password;
  protocol::Login login(user, protocol::LoginCost::little);
  switch (proof.kind) {
    case Proof::Kind::cached: {
      const auto fits = [&] {
        return service_.passwords.fits(user, credentials, scramble, proof.data);
      };
      if (!fits()) co_return Checked::unknown;
      login.fits = fits;
      break;
    }
    case Proof::Kind::password:
      password = proof.data;
      login.cost = protocol::cost_of(credentials);
      login.fits = [&] { return catalog::password_matches(credentials, *password); };
      break;
    case Proof::Kind::hidden:
      login.cost = protocol::LoginCost::hash;
      login.fits = [&] {
        password = uncover(*service_.key.get(), proof.data, scramble);
        return password && catalog::password_matches(credentials, *password);
      };
      break;
  }
  login.unchanged = [&] { return credentials == service_.credentials(user); };
  const auto outcome = co_await service_.context.logins.log_in(connection_, std::move(login));
  switch (outcome) {
    case protocol::LoginOutcome::right:
      if (password && !password->empty()) service_.passwords.put(user, credentials, *password);
      co_return Checked::right;
    case protocol::LoginOutcome::wrong: co_return Checked::wrong;
    case protocol::LoginOutcome::refused: co_return Checked::refused;
    case protocol::LoginOutcome::ended: co_return std::nullopt;
  }
  std::unreachable();
}

io::Task<bool> Session::begin() {
  if (!client_.database.empty()) {
    const auto used = co_await statements_->use(client_.database);
    if (!used) {
      say(used.error());
      co_return false;
    }
  }
  say_ok(Done());
  const bool sent = co_await transport_.send();
  co_return sent;
}

io::Task<void> Session::change_user(BytesView rest) {
  Handshake handshake(handshake_context());
  Handshake::Step step = handshake.change_user(rest, client_);
  const bool right = co_await authenticate(handshake, std::move(step));
  if (!right) {
    closing_ = true;
    co_return;
  }
  client_ = handshake.client();
  prepared_.clear();
  co_await statements_->become(client_);
  const bool begun = co_await begin();
  if (!begun) closing_ = true;
}

io::Task<void> Session::reset_connection(BytesView) {
  prepared_.clear();
  co_await statements_->reset();
  say_ok(Done());
}

}  // namespace octavo::mysql
