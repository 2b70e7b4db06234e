#pragma once

// A pair of RSA keys that a server makes for itself, with which clients hide a short secret.

#include <cstddef>
#include <memory>
#include <optional>

#include "base/bytes.h"

struct evp_pkey_st;

namespace octavo {

// Immutable once made; shared by threads.
class RsaKey {
 public:
  // Takes a tenth of a second or so.
  static std::shared_ptr<const RsaKey> make(int bits = kUsualBits);
  ~RsaKey();
  RsaKey(const RsaKey&) = delete;
  RsaKey& operator=(const RsaKey&) = delete;

  const Bytes& public_pem() const { return public_pem_; }

  // What was encrypted for the public key with OAEP padding and SHA-1 (RFC 8017, the standard's own
  // choice of hash). Takes a millisecond or so. Nullopt: it was not.
  std::optional<Bytes> decrypt_oaep(BytesView encrypted) const;

  // What a client does: tests are clients.
  static std::optional<Bytes> encrypt_oaep(BytesView public_pem, BytesView secret);

 private:
  static constexpr int kUsualBits = 2048;
  RsaKey(evp_pkey_st* key, Bytes public_pem);

  evp_pkey_st* key_;
  Bytes public_pem_;
};

}  // namespace octavo
