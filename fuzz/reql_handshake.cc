// The opening dialogue of the RethinkDB protocol. Its answers do not depend on how the input was
// cut, and what is sent under V1_0 is NUL-terminated JSON. Server nonce and users are fixed, so
// that an input can hold a proof that is right (the seeds do).

#include <algorithm>

#include "base/assert.h"
#include "base/base64.h"
#include "catalog/scram.h"
#include "fuzz.h"
#include "protocol/rethinkdb/handshake.h"
#include "value/json.h"

namespace {

using octavo::Bytes;
using octavo::catalog::Credentials;
using octavo::rethinkdb::Handshake;
using octavo::rethinkdb::ProtocolVersion;

Bytes counting(std::size_t size) {
  Bytes out;
  for (std::size_t i = 0; i < size; ++i) out.push_back(static_cast<char>(i));
  return out;
}

std::string fixed_nonce() { return octavo::base64_encode(counting(18)); }

// `user` with the password of handshake_test.cc; `admin` with none.
Credentials find_user(const std::string& name) {
  static const Credentials user = {
      .salt = counting(16),
      .iterations = 4096,
      .stored_key = *octavo::base64_decode("zHCdol2044/ZyWzPLi7oxApCkamKw9Z+E4U/QApd/5Y="),
      .server_key = *octavo::base64_decode("dd5peBOitVnLNFu7VmwP+HiDaaw4OUCv396eVCWhYiE="),
      .empty_password = false};
  static const Credentials admin = octavo::catalog::make_credentials("");
  if (name == "user") return user;
  if (name == "admin") return admin;
  return octavo::catalog::made_up_credentials("secret", name, 4096);
}

struct Outcome {
  Handshake handshake{find_user, fixed_nonce};
  Bytes output;
};

void feed(Outcome& outcome, std::string_view input, std::size_t piece) {
  std::string pending;
  while (!input.empty() && outcome.handshake.state() == Handshake::State::more) {
    pending += input.substr(0, piece);
    input.remove_prefix(std::min(piece, input.size()));
    const std::size_t used = outcome.handshake.feed(pending, outcome.output);
    ASSERT(used <= pending.size());
    pending.erase(0, used);
  }
  if (outcome.handshake.state() != Handshake::State::check) return;
  outcome.handshake.finish(outcome.handshake.password_fits(), outcome.output);
}

void check_messages(std::string_view output) {
  while (!output.empty()) {
    const std::size_t end = output.find('\0');
    ASSERT(end != std::string_view::npos);
    ASSERT(octavo::value::parse_json(output.substr(0, end)).has_value());
    output.remove_prefix(end + 1);
  }
}

}  // namespace

// The first byte is the size of the pieces.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view input = octavo::fuzz::input(data, size).substr(1);
  Outcome whole;
  feed(whole, input, size);
  Outcome pieces;
  feed(pieces, input, std::max<std::size_t>(data[0], 1));
  ASSERT(whole.handshake.state() == pieces.handshake.state());
  ASSERT(whole.handshake.user() == pieces.handshake.user());
  ASSERT(whole.output == pieces.output);
  if (whole.output.starts_with('{')) check_messages(whole.output);
  if (whole.handshake.state() == Handshake::State::done) {
    const std::string& user = whole.handshake.user();
    ASSERT(user == "user" || user == "admin");
  }
  return 0;
}
