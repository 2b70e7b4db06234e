#include "base/rsa_key.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <utility>

#include "base/assert.h"

namespace octavo {
namespace {

struct Free {
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(EVP_PKEY_CTX* context) const { EVP_PKEY_CTX_free(context); }
};
template <class T>
using Owned = std::unique_ptr<T, Free>;

Bytes to_public_pem(EVP_PKEY* key) {
  const Owned<BIO> memory(BIO_new(BIO_s_mem()));
  ASSERT(memory != nullptr);
  const int written = PEM_write_bio_PUBKEY(memory.get(), key);
  ASSERT(written == 1);
  char* data = nullptr;
  const long size = BIO_get_mem_data(memory.get(), &data);
  return Bytes(data, static_cast<std::size_t>(size));
}

// `init` and `step` are the two calls of one direction.
template <class Init, class Step>
std::optional<Bytes> run_oaep(EVP_PKEY* key, BytesView input, Init init, Step step) {
  const Owned<EVP_PKEY_CTX> context(EVP_PKEY_CTX_new(key, nullptr));
  ASSERT(context != nullptr);
  const bool ready = init(context.get()) == 1 &&
                     EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_OAEP_PADDING) == 1;
  ASSERT(ready);
  const auto* data = reinterpret_cast<const unsigned char*>(input.data());
  Bytes out(static_cast<std::size_t>(EVP_PKEY_get_size(key)), '\0');
  std::size_t size = out.size();
  const int done =
      step(context.get(), reinterpret_cast<unsigned char*>(out.data()), &size, data, input.size());
  if (done != 1) {
    ERR_clear_error();
    return std::nullopt;
  }
  out.resize(size);
  return out;
}

}  // namespace

RsaKey::RsaKey(evp_pkey_st* key, Bytes public_pem)
    : key_(key), public_pem_(std::move(public_pem)) {}

RsaKey::~RsaKey() { EVP_PKEY_free(key_); }

std::shared_ptr<const RsaKey> RsaKey::make(int bits) {
  EVP_PKEY* key = EVP_RSA_gen(static_cast<unsigned>(bits));
  ASSERT(key != nullptr);
  Bytes pem = to_public_pem(key);
  return std::shared_ptr<const RsaKey>(new RsaKey(key, std::move(pem)));
}

std::optional<Bytes> RsaKey::decrypt_oaep(BytesView encrypted) const {
  return run_oaep(key_, encrypted, EVP_PKEY_decrypt_init, EVP_PKEY_decrypt);
}

std::optional<Bytes> RsaKey::encrypt_oaep(BytesView public_pem, BytesView secret) {
  const Owned<BIO> memory(BIO_new_mem_buf(public_pem.data(), static_cast<int>(public_pem.size())));
  ASSERT(memory != nullptr);
  const Owned<EVP_PKEY> key(PEM_read_bio_PUBKEY(memory.get(), nullptr, nullptr, nullptr));
  if (key == nullptr) {
    ERR_clear_error();
    return std::nullopt;
  }
  return run_oaep(key.get(), secret, EVP_PKEY_encrypt_init, EVP_PKEY_encrypt);
}

}  // namespace octavo
