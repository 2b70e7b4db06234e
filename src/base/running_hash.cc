#include "base/running_hash.h"

#include <openssl/evp.h>

#include <utility>

#include "base/assert.h"

namespace octavo {
namespace {

const EVP_MD* algorithm_of(HashKind kind) {
  switch (kind) {
    case HashKind::md5: return EVP_md5();
    case HashKind::sha1: return EVP_sha1();
    case HashKind::sha224: return EVP_sha224();
    case HashKind::sha256: return EVP_sha256();
    case HashKind::sha384: return EVP_sha384();
    case HashKind::sha512: return EVP_sha512();
  }
  std::unreachable();
}

EVP_MD_CTX* context(void* state) { return static_cast<EVP_MD_CTX*>(state); }

}  // namespace

void RunningHash::Delete::operator()(void* state) const { EVP_MD_CTX_free(context(state)); }

RunningHash::RunningHash(HashKind kind) : state_(EVP_MD_CTX_new()) {
  ASSERT(state_ != nullptr);
  const int ok = EVP_DigestInit_ex(context(state_.get()), algorithm_of(kind), nullptr);
  ASSERT(ok == 1);
}

void RunningHash::add(BytesView piece) {
  const int ok = EVP_DigestUpdate(context(state_.get()), piece.data(), piece.size());
  ASSERT(ok == 1);
}

Bytes RunningHash::finish() {
  Bytes out(EVP_MAX_MD_SIZE, '\0');
  unsigned size = 0;
  const int ok = EVP_DigestFinal_ex(context(state_.get()),
                                    reinterpret_cast<unsigned char*>(out.data()), &size);
  ASSERT(ok == 1);
  out.resize(size);
  return out;
}

}  // namespace octavo
