#include "base/crypto.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <limits>

#include "base/assert.h"
#include "base/running_hash.h"

namespace octavo {
namespace {

unsigned char* as_unsigned(Bytes& bytes) { return reinterpret_cast<unsigned char*>(bytes.data()); }
const unsigned char* as_unsigned(BytesView bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

// OpenSSL counts in `int`; nothing that is hashed here comes near it.
int as_int(std::size_t size) {
  ASSERT(size <= static_cast<std::size_t>(std::numeric_limits<int>::max()));
  return static_cast<int>(size);
}

Bytes digest(const EVP_MD* algorithm, BytesView data) {
  Bytes out(static_cast<std::size_t>(EVP_MD_get_size(algorithm)), '\0');
  unsigned size = 0;
  const int ok = EVP_Digest(data.data(), data.size(), as_unsigned(out), &size, algorithm, nullptr);
  ASSERT(ok == 1);
  ASSERT(size == out.size());
  return out;
}

Bytes hmac(const EVP_MD* algorithm, BytesView key, BytesView data) {
  Bytes out(static_cast<std::size_t>(EVP_MD_get_size(algorithm)), '\0');
  unsigned size = 0;
  // A null key means "the key of the last call" to OpenSSL, so an empty one needs an address.
  const char* key_data = key.empty() ? "" : key.data();
  const unsigned char* done = HMAC(algorithm, key_data, as_int(key.size()), as_unsigned(data),
                                   data.size(), as_unsigned(out), &size);
  ASSERT(done != nullptr);
  ASSERT(size == out.size());
  return out;
}

Bytes pbkdf2(const EVP_MD* algorithm, BytesView password, BytesView salt,
             std::uint32_t iterations) {
  ASSERT(iterations > 0);
  Bytes out(static_cast<std::size_t>(EVP_MD_get_size(algorithm)), '\0');
  const int ok = PKCS5_PBKDF2_HMAC(password.data(), as_int(password.size()), as_unsigned(salt),
                                   as_int(salt.size()), as_int(iterations), algorithm,
                                   as_int(out.size()), as_unsigned(out));
  ASSERT(ok == 1);
  return out;
}

}  // namespace

Bytes sha1(BytesView data) { return digest(EVP_sha1(), data); }
Bytes sha256(BytesView data) { return digest(EVP_sha256(), data); }

Bytes hash_of(HashKind kind, BytesView data) {
  RunningHash hash(kind);
  hash.add(data);
  return hash.finish();
}

Bytes hmac_sha1(BytesView key, BytesView data) { return hmac(EVP_sha1(), key, data); }
Bytes hmac_sha256(BytesView key, BytesView data) { return hmac(EVP_sha256(), key, data); }

Bytes pbkdf2_hmac_sha1(BytesView password, BytesView salt, std::uint32_t iterations) {
  return pbkdf2(EVP_sha1(), password, salt, iterations);
}
Bytes pbkdf2_hmac_sha256(BytesView password, BytesView salt, std::uint32_t iterations) {
  return pbkdf2(EVP_sha256(), password, salt, iterations);
}

bool constant_time_equal(BytesView a, BytesView b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace octavo
