#pragma once

// What a login is checked against. A name that nobody has gets credentials as well, made up and
// always the same: with those it goes the way of a wrong password, in the same time and with the
// same words, so that a client cannot find out who exists. Thread-safe.

#include <memory>
#include <string>
#include <string_view>

#include "base/mutex.h"
#include "base/result.h"
#include "catalog/model.h"
#include "io/file.h"

namespace octavo::engine {

class LoginCredentials {
 public:
  // `secret` is what made-up credentials are made from.
  explicit LoginCredentials(Bytes secret) : secret_(std::move(secret)) {}
  LoginCredentials(const LoginCredentials&) = delete;
  LoginCredentials& operator=(const LoginCredentials&) = delete;

  catalog::Credentials of(const catalog::CatalogPtr& state, std::string_view user) const;
  // The same for protocols over which a user without a password cannot log in.
  catalog::Credentials with_password(const catalog::CatalogPtr& state, std::string_view user) const;

 private:
  std::uint32_t usual_iterations(const catalog::CatalogPtr& state) const;

  const Bytes secret_;
  mutable Mutex mutex_;
  // The iterations that most users have, for the newest state that was asked about.
  mutable std::weak_ptr<const catalog::CatalogState> counted_in_ OCTAVO_GUARDED_BY(mutex_);
  mutable std::uint32_t usual_iterations_ OCTAVO_GUARDED_BY(mutex_) = 0;
};

constexpr std::size_t kLoginSecretBytes = 32;

// The secret of a data directory, made at its first start. Always returns one: where none can be
// read or kept (a damaged file, a full disk) that is said in the log, and made-up credentials
// change once more.
Bytes load_login_secret(io::FileSystem& files, const std::string& directory);

}  // namespace octavo::engine
