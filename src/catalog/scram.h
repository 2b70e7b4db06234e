#pragma once

// SCRAM-SHA-256 (RFC 5802, RFC 7677): making credentials from a password and checking a proof.
// The messages of the exchange belong to the protocols.

#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "catalog/model.h"

namespace octavo::catalog {

constexpr std::uint32_t kDefaultIterations = 4096;

// With a fresh random salt. The empty password gets one iteration.
Credentials make_credentials(std::string_view password,
                             std::uint32_t iterations = kDefaultIterations);

// By the hash that the credentials are of (sha1_credentials.h has others than SHA-256).
// The server signature when `client_proof` is right for `auth_message`, else unauthenticated.
Result<Bytes> verify_proof(const Credentials& credentials, BytesView auth_message,
                           BytesView client_proof);

// For a user who does not exist: always the same for a name, and no password fits. `secret` is the
// server's, so that nobody else can tell them from those of a user.
Credentials made_up_credentials(BytesView secret, std::string_view user, std::uint32_t iterations);

// Credentials by user name; made-up ones for an unknown user, which goes the same way.
using FindCredentials = std::function<Credentials(const std::string& user)>;

// For protocols that see the password itself (Redis AUTH, RethinkDB's old handshake).
bool password_matches(const Credentials& credentials, std::string_view password);

}  // namespace octavo::catalog
