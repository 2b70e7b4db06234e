#include "protocol/mysql/password_digest.h"

#include "base/assert.h"
#include "base/crypto.h"

namespace octavo::mysql {
namespace {

Bytes join(BytesView a, BytesView b) { return Bytes(a).append(b); }

}  // namespace

Bytes exclusive_or(BytesView a, BytesView repeated) {
  ASSERT(!repeated.empty());
  Bytes out(a);
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i] = static_cast<char>(out[i] ^ repeated[i % repeated.size()]);
  }
  return out;
}

Bytes sha2_verifier(std::string_view password) { return sha256(sha256(password)); }

Bytes sha2_answer(std::string_view password, BytesView scramble) {
  return exclusive_or(sha256(password), sha256(join(sha2_verifier(password), scramble)));
}

bool sha2_fits(BytesView verifier, BytesView scramble, BytesView answer) {
  if (answer.size() != kSha256Size) return false;
  const Bytes hash = exclusive_or(answer, sha256(join(verifier, scramble)));
  return constant_time_equal(sha256(hash), verifier);
}

}  // namespace octavo::mysql
