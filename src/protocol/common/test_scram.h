#pragma once

// The client's side of SCRAM-SHA-256.

#include <string>
#include <string_view>

#include "base/base64.h"
#include "base/crypto.h"
#include "catalog/model.h"

namespace octavo::protocol {

// The client's last message with the right proof for `password`, as the RFC says it is computed.
inline std::string client_final(std::string_view first, std::string_view server_first,
                                std::string_view header, std::string_view password,
                                const catalog::Credentials& credentials) {
  const std::string_view bare = first.substr(header.size());
  const std::string nonce(server_first.substr(2, server_first.find(",s=") - 2));
  const std::string without_proof = "c=" + base64_encode(header) + ",r=" + nonce;
  const std::string covered =
      std::string(bare) + ',' + std::string(server_first) + ',' + without_proof;
  const Bytes salted = pbkdf2_hmac_sha256(password, credentials.salt, credentials.iterations);
  Bytes proof = hmac_sha256(salted, "Client Key");
  const Bytes signature = hmac_sha256(sha256(proof), covered);
  for (std::size_t i = 0; i < proof.size(); ++i) {
    proof[i] = static_cast<char>(proof[i] ^ signature[i]);
  }
  return without_proof + ",p=" + base64_encode(proof);
}

}  // namespace octavo::protocol
