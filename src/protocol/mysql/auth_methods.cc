#include "protocol/mysql/auth_methods.h"

#include <algorithm>

#include "base/crypto.h"

namespace octavo::mysql {
namespace {

AuthStep check(Proof::Kind kind, BytesView data) {
  return {.kind = AuthStep::Kind::check, .proof = {.kind = kind, .data = Bytes(data)}};
}

// No password, which some clients say by a zero byte and some by nothing.
bool is_empty(BytesView answer) { return answer.empty() || answer == BytesView("\0", 1); }

// With the zero byte that ends it.
AuthStep plain_password(BytesView answer) {
  if (answer.empty() || answer.back() != '\0') return {};
  answer.remove_suffix(1);
  return check(Proof::Kind::password, answer);
}

// A password that goes in clear where nobody listens, and else encrypted, for which the client asks
// for the key first by `request`, or has it already.
AuthStep whole_password(AuthState& state, BytesView answer, char request) {
  if (state.secure) return plain_password(answer);
  if (answer.size() == 1 && answer.front() == request && !state.expects_hidden) {
    state.expects_hidden = true;
    return {.kind = AuthStep::Kind::send_key};
  }
  return check(Proof::Kind::hidden, answer);
}

AuthStep caching_sha2(AuthState& state, BytesView answer) {
  constexpr char kKeyRequest = '\x02';
  if (state.expects_full) return whole_password(state, answer, kKeyRequest);
  if (is_empty(answer)) return check(Proof::Kind::password, {});
  if (answer.size() != kSha256Size) return {};
  return check(Proof::Kind::cached, answer);
}

AuthStep sha256_plugin(AuthState& state, BytesView answer) {
  constexpr char kKeyRequest = '\x01';
  if (is_empty(answer)) return check(Proof::Kind::password, {});
  return whole_password(state, answer, kKeyRequest);
}

AuthStep native(AuthState&, BytesView answer) {
  return answer.empty() ? check(Proof::Kind::password, {}) : AuthStep();
}

AuthStep clear(AuthState&, BytesView answer) { return plain_password(answer); }

constexpr AuthMethod kMethods[] = {
    {kUsualPlugin, 0, caching_sha2},
    {kOldestPlugin, kWithoutPassword, native},
    {"sha256_password", 0, sha256_plugin},
    {"mysql_clear_password", kNeedsSecureChannel, clear},
};

}  // namespace

const AuthMethod* find_auth_method(std::string_view plugin) {
  const auto* found = std::ranges::find(kMethods, plugin, &AuthMethod::plugin);
  return found == std::end(kMethods) ? nullptr : found;
}

}  // namespace octavo::mysql
