#include "protocol/mysql/handshake.h"

#include <utility>

#include "base/assert.h"
#include "protocol/common/logins.h"
#include "protocol/mysql/payload.h"

namespace octavo::mysql {
namespace {

using Step = Handshake::Step;

// First bytes of packets of this dialogue.
constexpr char kMoreData = '\x01';
constexpr char kSwitch = '\xfe';
// What follows kMoreData in caching_sha2_password.
constexpr char kFastIsEnough = '\x03';
constexpr char kFullIsNeeded = '\x04';

constexpr std::uint16_t kAutocommit = 0x0002;

// MySQL's own text names a program that does nothing here.
std::unexpected<Error> too_many_failed() {
  return fail(Error{.code = Code::unauthenticated,
                    .what = std::string(protocol::kTooManyFailedLogins),
                    .number = 1129});
}

Step refuse(std::unexpected<Error> error) {
  return {.kind = Step::Kind::refuse, .send = {}, .error = std::move(error).error()};
}

}  // namespace

Handshake::Handshake(HandshakeContext context) : context_(std::move(context)) {
  state_.scramble = make_scramble();
  state_.secure = context_.secure;
}

Bytes Handshake::greeting() const {
  Bytes out;
  put_greeting(out, {.thread_id = context_.thread_id,
                     .scramble = state_.scramble,
                     .capabilities = context_.offered,
                     .status = kAutocommit,
                     .plugin = kUsualPlugin});
  return out;
}

Step Handshake::on_packet(BytesView payload) {
  if (expects_ == Expects::answer) return on_answer(payload);
  auto response = parse_response(payload, context_.offered);
  if (!response) return refuse(sql::error<1043>());
  if (response->wants_tls) {
    if (state_.secure) return refuse(sql::error<1043>());
    state_.secure = true;
    return {.kind = Step::Kind::start_tls};
  }
  if (context_.requires_secure && !state_.secure) return refuse(sql::error<3159>());
  return on_response(*std::move(response));
}

Step Handshake::change_user(BytesView payload, const ClientResponse& before) {
  auto response = parse_change_user(payload, before);
  if (!response) return refuse(sql::error<1047>());
  client_ = *std::move(response);
  expects_ = Expects::answer;
  // Its answer, if it has one, is for the scramble of a dialogue that is over.
  const bool asks = (client_.capabilities & capability::kPluginAuth) != 0;
  if (asks || !client_.answer.empty()) return switch_method();
  method_ = find_auth_method(kUsualPlugin);
  return on_answer({});
}

Step Handshake::on_response(ClientResponse response) {
  client_ = std::move(response);
  expects_ = Expects::answer;
  method_ = find_auth_method(client_.plugin.empty() ? kOldestPlugin : client_.plugin);
  if (method_ == nullptr || !may_answer(*method_)) return switch_method();
  return on_answer(std::exchange(client_.answer, {}));
}

bool Handshake::may_answer(const AuthMethod& method) const {
  if ((method.flags & kNeedsSecureChannel) != 0 && !state_.secure) return false;
  if ((method.flags & kWithoutPassword) == 0) return true;
  return client_.answer.empty() && context_.has_no_password(client_.user);
}

// The client is asked by the usual plugin, with another scramble.
Step Handshake::switch_method() {
  if ((client_.capabilities & capability::kPluginAuth) == 0) return refuse(sql::error<1251>());
  ASSERT(!switched_);
  switched_ = true;
  method_ = find_auth_method(kUsualPlugin);
  state_.scramble = make_scramble();
  Step step{.kind = Step::Kind::read};
  step.send.push_back(kSwitch);
  put_zero_ended(step.send, method_->plugin);
  put_zero_ended(step.send, state_.scramble);
  return step;
}

Step Handshake::on_answer(BytesView answer) {
  AuthStep next = method_->answer(state_, answer);
  if (next.kind == AuthStep::Kind::malformed) return refuse(sql::error<1043>());
  if (next.kind == AuthStep::Kind::send_key) return {.kind = Step::Kind::send_key};
  proof_ = std::move(next.proof);
  with_password_ = !proof_.data.empty();
  return {.kind = Step::Kind::check};
}

Step Handshake::on_key(BytesView public_pem) {
  Step step{.kind = Step::Kind::read};
  step.send.push_back(kMoreData);
  step.send.append(public_pem);
  return step;
}

Step Handshake::on_checked(Checked checked) {
  switch (checked) {
    case Checked::right: {
      Step step{.kind = Step::Kind::done};
      if (proof_.kind == Proof::Kind::cached) step.send = {kMoreData, kFastIsEnough};
      return step;
    }
    case Checked::unknown:
      ASSERT(proof_.kind == Proof::Kind::cached);
      state_.expects_full = true;
      return {.kind = Step::Kind::read, .send = {kMoreData, kFullIsNeeded}};
    case Checked::wrong: return denied();
    case Checked::refused: return refuse(too_many_failed());
  }
  std::unreachable();
}

Step Handshake::denied() const {
  return refuse(sql::error<1045>(client_.user, context_.host, with_password_ ? "YES" : "NO"));
}

}  // namespace octavo::mysql
