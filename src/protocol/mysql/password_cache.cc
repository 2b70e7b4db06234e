#include "protocol/mysql/password_cache.h"

#include "protocol/mysql/password_digest.h"

namespace octavo::mysql {

void PasswordCache::put(const std::string& user, const catalog::Credentials& credentials,
                        std::string_view password) {
  Bytes verifier = sha2_verifier(password);
  const MutexLock lock(mutex_);
  entries_[user] = Entry{credentials, std::move(verifier)};
}

bool PasswordCache::fits(const std::string& user, const catalog::Credentials& credentials,
                         BytesView scramble, BytesView answer) const {
  Bytes verifier;
  {
    const MutexLock lock(mutex_);
    const auto found = entries_.find(user);
    if (found == entries_.end() || found->second.credentials != credentials) return false;
    verifier = found->second.verifier;
  }
  return sha2_fits(verifier, scramble, answer);
}

}  // namespace octavo::mysql
