// The server's side of SCRAM: an input is the client's first message, a line feed, and its last
// one. What is answered and who gets in follows from the messages. The server's nonce is fixed, so
// that an input can hold a proof that is right (the seeds do).

#include "catalog/scram.h"

#include <algorithm>
#include <string>

#include "base/assert.h"
#include "base/base64.h"
#include "base/crypto.h"
#include "fuzz.h"
#include "protocol/common/scram.h"

using namespace octavo;

namespace {

constexpr std::string_view kNonce = "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";

std::string fixed_nonce() { return std::string(kNonce); }

// The user of RFC 7677, with the password `pencil`.
catalog::Credentials make_user() {
  catalog::Credentials out;
  out.salt = base64_decode("W22ZaJ0SNY7soEsUEjb6gQ==").value();
  out.iterations = 4096;
  const Bytes salted = pbkdf2_hmac_sha256("pencil", out.salt, out.iterations);
  out.stored_key = sha256(hmac_sha256(salted, "Client Key"));
  out.server_key = hmac_sha256(salted, "Server Key");
  out.empty_password = false;
  return out;
}

catalog::Credentials find(const std::string& name) {
  static const catalog::Credentials user = make_user();
  return name == "user" ? user : catalog::made_up_credentials("secret", name, 4096);
}

// The attribute of a message that has it once.
std::string_view attribute(std::string_view message, char name) {
  const char pattern[] = {',', name, '=', 0};
  const bool in_front = message.starts_with(std::string_view(pattern).substr(1));
  const std::size_t at = in_front ? 2 : message.find(pattern) + 3;
  return message.substr(at, message.find(',', at) - at);
}

void check_last(protocol::ScramServer& scram, std::string_view header, std::string_view message) {
  if (!scram.proof(message)) return;
  ASSERT(base64_decode(attribute(message, 'c')) == header);
  ASSERT(attribute(message, 'r').ends_with(kNonce));
  if (!scram.proof_fits()) return;
  ASSERT(scram.user() == "user");
  ASSERT(base64_decode(scram.last().substr(2)).value().size() == kSha256Size);
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input = fuzz::input(data, size);
  const std::size_t end = std::min(input.find('\n'), input.size());
  const std::string_view first = input.substr(0, end);
  protocol::ScramServer scram(find, fixed_nonce);
  const auto answer = scram.first(first);
  if (!answer) return 0;
  ASSERT(!scram.user().empty());
  ASSERT(scram.credentials() == find(scram.user()));
  const std::string_view header = first.substr(0, first.find(',', 2) + 1);
  ASSERT(header.starts_with("n,"));
  const std::string nonce(attribute(first.substr(header.size()), 'r'));
  ASSERT(answer->starts_with("r=" + nonce + std::string(kNonce) + ",s="));
  if (end < input.size()) check_last(scram, header, input.substr(end + 1));
  return 0;
}
