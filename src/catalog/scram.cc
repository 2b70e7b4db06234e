#include "catalog/scram.h"

#include "base/crypto.h"
#include "base/random.h"

namespace octavo::catalog {
namespace {

// As MongoDB's: mongo-c-driver, and what is made of it, takes no other length.
constexpr std::size_t kSaltBytes = 28;

struct Keys {
  Bytes stored;
  Bytes server;
};

Keys derive(std::string_view password, BytesView salt, std::uint32_t iterations) {
  const Bytes salted = pbkdf2_hmac_sha256(password, salt, iterations);
  return {sha256(hmac_sha256(salted, "Client Key")), hmac_sha256(salted, "Server Key")};
}

// Which hash credentials are of is told by the size of their keys (sha1_credentials.h).
struct Hash {
  std::size_t size;
  Bytes (*digest)(BytesView data);
  Bytes (*hmac)(BytesView key, BytesView data);
};
constexpr Hash kSha1{kSha1Size, sha1, hmac_sha1};
constexpr Hash kSha256{kSha256Size, sha256, hmac_sha256};

const Hash& hash_of(const Credentials& credentials) {
  return credentials.stored_key.size() == kSha1.size ? kSha1 : kSha256;
}

}  // namespace

Credentials make_credentials(std::string_view password, std::uint32_t iterations) {
  Credentials out;
  out.empty_password = password.empty();
  out.iterations = password.empty() ? 1 : iterations;
  out.salt = secure_random_bytes(kSaltBytes);
  Keys keys = derive(password, out.salt, out.iterations);
  out.stored_key = std::move(keys.stored);
  out.server_key = std::move(keys.server);
  return out;
}

Result<Bytes> verify_proof(const Credentials& credentials, BytesView auth_message,
                           BytesView client_proof) {
  const Hash& hash = hash_of(credentials);
  const Bytes signature = hash.hmac(credentials.stored_key, auth_message);
  if (client_proof.size() != signature.size()) {
    return fail(Code::unauthenticated, "Wrong password");
  }
  Bytes client_key = signature;
  for (std::size_t i = 0; i < client_key.size(); ++i) {
    client_key[i] = static_cast<char>(client_key[i] ^ client_proof[i]);
  }
  if (!constant_time_equal(hash.digest(client_key), credentials.stored_key)) {
    return fail(Code::unauthenticated, "Wrong password");
  }
  return hash.hmac(credentials.server_key, auth_message);
}

Credentials made_up_credentials(BytesView secret, std::string_view user, std::uint32_t iterations) {
  const auto part = [&](std::string_view name) {
    Bytes text(name);
    text.append(user);
    return hmac_sha256(secret, text);
  };
  Credentials out;
  out.salt = part("salt ").substr(0, kSaltBytes);
  out.iterations = iterations;
  out.stored_key = part("stored key ");
  out.server_key = part("server key ");
  out.empty_password = false;
  return out;
}

bool password_matches(const Credentials& credentials, std::string_view password) {
  const Keys keys = derive(password, credentials.salt, credentials.iterations);
  return constant_time_equal(keys.stored, credentials.stored_key);
}

}  // namespace octavo::catalog
