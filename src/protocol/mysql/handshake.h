#pragma once

// From the greeting to the first command, or from COM_CHANGE_USER to the next one: which packet
// goes out next, and what is to be compared. No I/O, no clock; whoever calls does what `Step` says
// and comes back with what came of it.

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "dialect/sql/error/error.h"
#include "protocol/mysql/auth_methods.h"
#include "protocol/mysql/greeting.h"

namespace octavo::mysql {

struct HandshakeContext {
  std::uint32_t thread_id = 0;
  std::string host;  // the client's, for messages
  Capabilities offered = 0;
  bool secure = false;
  bool requires_secure = false;
  // Whether there is such a user, who has no password.
  std::function<bool(const std::string& user)> has_no_password;
};

class Handshake {
 public:
  explicit Handshake(HandshakeContext context);

  struct Step {
    enum class Kind : std::uint8_t {
      read,       // a packet, for `on_packet`
      start_tls,  // and then read
      send_key,   // the public key is wanted: `on_key`
      check,      // `proof()`, for `on_checked`
      done,
      refuse,  // with `error`; the connection ends
    };
    Kind kind = Kind::read;
    Bytes send;  // the payload of a packet that goes first; empty: none
    Error error;
  };

  Bytes greeting() const;
  Step on_packet(BytesView payload);
  // In place of greeting and response. `before`: what the client has said when it connected.
  Step change_user(BytesView payload, const ClientResponse& before);
  Step on_key(BytesView public_pem);

  enum class Checked : std::uint8_t {
    right,
    wrong,
    unknown,  // a digest could not be compared with anything: more is needed. Of Proof::cached only
    refused,  // too many have failed
  };
  const Proof& proof() const { return proof_; }
  BytesView scramble() const { return state_.scramble; }
  Step on_checked(Checked checked);

  const ClientResponse& client() const { return client_; }

 private:
  enum class Expects : std::uint8_t { response, answer };

  Step on_response(ClientResponse response);
  bool may_answer(const AuthMethod& method) const;
  Step switch_method();
  Step on_answer(BytesView answer);
  Step denied() const;

  HandshakeContext context_;
  Expects expects_ = Expects::response;
  AuthState state_;
  const AuthMethod* method_ = nullptr;
  bool switched_ = false;
  bool with_password_ = false;
  Proof proof_;
  ClientResponse client_;
};

}  // namespace octavo::mysql
