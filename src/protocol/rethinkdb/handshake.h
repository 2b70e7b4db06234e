#pragma once

// The opening dialogue of RethinkDB's client protocol, V0_3, V0_4 and V1_0, without I/O: bytes in,
// bytes out. V1_0 is SCRAM-SHA-256 (RFC 5802, RFC 7677) in NUL-terminated JSON messages; the V0
// versions send the administrator's password as an «authorization key». Looking at a password may
// take long: the dialogue stops in front of it, and its caller has it done where that does no harm.

#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "catalog/model.h"
#include "catalog/scram.h"
#include "protocol/common/scram.h"

namespace octavo::rethinkdb {

constexpr std::size_t kMaxAuthKeyBytes = 2048;
constexpr std::size_t kMaxHandshakeMessageBytes = 2047;  // before the NUL

enum class ProtocolVersion : std::uint8_t { v0_3, v0_4, v1_0 };

class Handshake {
 public:
  enum class State : std::uint8_t {
    more,    // needs more input
    check,   // has a password: `password_fits`, and then `finish` or `refuse`
    done,    // queries follow
    failed,  // send `output`, then end the connection
  };

  explicit Handshake(const catalog::FindCredentials& find,
                     protocol::ScramNonce nonce = protocol::random_scram_nonce)
      : find_(find), scram_(find, nonce) {}

  // Consumes what it can from the front of `input`, returns how much; appends answers to `output`.
  std::size_t feed(BytesView input, Bytes& output);

  // In state `check`. Whether looking at the password takes a hash; the look itself, from any
  // thread while nothing else is called; and what came of it.
  bool needs_hash() const;
  bool password_fits();
  void finish(bool password_fits, Bytes& output);
  void refuse(std::string_view why, Bytes& output);  // the password was not looked at

  State state() const { return state_; }
  ProtocolVersion version() const { return version_; }
  const std::string& user() const;
  // What the password was compared with.
  const catalog::Credentials& credentials() const;

 private:
  enum class Step : std::uint8_t { magic, v0_key, v0_protocol, first_message, proof };

  std::size_t step(BytesView input, Bytes& output);
  std::size_t read_magic(BytesView input, Bytes& output);
  std::size_t read_v0_key(BytesView input, Bytes& output);
  std::size_t read_v0_protocol(BytesView input, Bytes& output);
  std::size_t read_message(BytesView input, Bytes& output);
  void answer_first(BytesView json, Bytes& output);
  void answer_proof(BytesView json, Bytes& output);
  void fail_v0(std::string_view text, Bytes& output);
  void fail_v1(int code, std::string_view text, Bytes& output);
  void fail_scram(protocol::ScramProblem problem, Bytes& output);

  catalog::FindCredentials find_;
  State state_ = State::more;
  Step step_ = Step::magic;
  ProtocolVersion version_ = ProtocolVersion::v1_0;
  protocol::ScramServer scram_;  // V1_0
  std::string auth_key_;         // V0
  catalog::Credentials admin_;
};

}  // namespace octavo::rethinkdb
