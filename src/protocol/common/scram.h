#pragma once

// The server's side of SCRAM-SHA-256 (RFC 5802, RFC 7677), without I/O: text in, text out. How the
// messages are wrapped (JSON, BSON) and which number a problem has is the protocol's.
//
//   ScramServer scram(find);
//   first(client-first-message) -> server-first-message
//   proof(client-final-message), then proof_fits() on a `Login`'s terms -> last()
//
// There is no channel binding. A client that offers it (`y`) is refused like one that demands it:
// RethinkDB does so. Names are compared as they are sent (no SASLprep), an authorisation identity
// is passed over.

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "catalog/scram.h"

namespace octavo::protocol {

enum class ScramProblem : std::uint8_t {
  encoding,         // no such message, or an attribute that nobody knows
  channel_binding,  // asked for, or a header in the end that is not the one of the beginning
  extension,        // `m`, which must not be ignored
  empty_user,
  user,   // an escape that is none
  nonce,  // another than was agreed on
};
constexpr ScramProblem kLastScramProblem = ScramProblem::nonce;

// The server's part of the nonce: printable, no comma, and nobody can guess it. Tests give theirs.
using ScramNonce = std::string (*)();
std::string random_scram_nonce();

class ScramServer {
 public:
  explicit ScramServer(catalog::FindCredentials find, ScramNonce nonce = random_scram_nonce)
      : find_(std::move(find)), make_nonce_(nonce) {}

  // Once; the server's first message.
  std::expected<std::string, ScramProblem> first(std::string_view client_first);
  // Once, after that: when it succeeds there is a proof to be looked at.
  std::expected<void, ScramProblem> proof(std::string_view client_final);
  // Once, after that; from any thread, microseconds: the client has computed the hash.
  bool proof_fits();
  // When it did: the server's last message.
  std::string last() const;

  // From `first` on.
  const std::string& user() const { return user_; }
  const catalog::Credentials& credentials() const { return credentials_; }

 private:
  catalog::FindCredentials find_;
  ScramNonce make_nonce_;
  std::string user_;
  catalog::Credentials credentials_;
  std::string header_;  // the client's, which it repeats in the end
  std::string nonce_;
  std::string client_first_bare_;
  std::string server_first_;
  std::string auth_message_;  // what the proof covers
  Bytes proof_;
  Bytes server_signature_;  // once the proof was right
};

}  // namespace octavo::protocol
