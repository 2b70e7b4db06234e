#pragma once

// How clients prove who they are: a row for each plugin. No I/O: what is to be compared comes out
// as a `Proof`.

#include <cstdint>
#include <string_view>

#include "base/bytes.h"

namespace octavo::mysql {

// What a client has shown.
struct Proof {
  enum class Kind : std::uint8_t {
    password,  // itself
    hidden,    // itself, encrypted for the server's key
    cached,    // a digest, to be compared with the verifier of an earlier login of this process
  };
  Kind kind = Kind::password;
  Bytes data;
};

struct AuthState {
  Bytes scramble;
  bool secure = false;          // TLS or a Unix socket: a password may be sent as it is
  bool expects_full = false;    // the digest was not enough: now the password itself
  bool expects_hidden = false;  // the client has our public key
};

struct AuthStep {
  enum class Kind : std::uint8_t {
    check,     // `proof`
    send_key,  // the client asks for the public key
    malformed,
  };
  Kind kind = Kind::malformed;
  Proof proof;
};

struct AuthMethod {
  std::string_view plugin;
  std::uint8_t flags;
  AuthStep (*answer)(AuthState& state, BytesView answer);
};

constexpr std::uint8_t kNeedsSecureChannel = 1;
// Of SHA-1, with which no password that is kept can be compared: only users without one come in by
// it, and others are asked by the usual plugin.
constexpr std::uint8_t kWithoutPassword = 2;

inline constexpr std::string_view kUsualPlugin = "caching_sha2_password";
inline constexpr std::string_view kOldestPlugin = "mysql_native_password";  // of who names none

// Null: there is none.
const AuthMethod* find_auth_method(std::string_view plugin);

}  // namespace octavo::mysql
