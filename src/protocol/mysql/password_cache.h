#pragma once

// Who has shown a password to this process, so that the next login of the same user needs only a
// digest of it: pools of clients rely on it, and it is what caching_sha2_password is named after.
// In memory only; what is in it can be used like a password for the digest, not for the rest.
// Thread-safe.

#include <string>
#include <string_view>
#include <unordered_map>

#include "base/mutex.h"
#include "catalog/model.h"

namespace octavo::mysql {

class PasswordCache {
 public:
  // `password` was right for `credentials`.
  void put(const std::string& user, const catalog::Credentials& credentials,
           std::string_view password);
  // Whether the digest is right. False too where the user's credentials are not those any more, and
  // where nothing is known: then the client is asked for the password itself.
  bool fits(const std::string& user, const catalog::Credentials& credentials, BytesView scramble,
            BytesView answer) const;

 private:
  struct Entry {
    catalog::Credentials credentials;
    Bytes verifier;
  };
  mutable Mutex mutex_;
  // By users who exist or did: nobody else's password is ever right.
  std::unordered_map<std::string, Entry> entries_ OCTAVO_GUARDED_BY(mutex_);
};

}  // namespace octavo::mysql
